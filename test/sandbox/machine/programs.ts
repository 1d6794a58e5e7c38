import { spawn } from "node:child_process";
import type { Box } from "./box.ts";
import { busParts } from "./moment.ts";

/** A line of the kernel log. */
interface KernelLine {
  readonly atMs: number;
  readonly text: string;
}

function kernelLog(box: Box): readonly KernelLine[] {
  const { machine } = box;
  const startMs = box.startedAtMs();
  const bootMs = startMs - BOOTED_BEFORE_MS;
  const earlier = (machine.kernelLog ?? []).map(({ beforeMs, text }) => ({ atMs: startMs - beforeMs, text }));
  const lost = machine.gpus.flatMap((gpu, index) => {
    const atMs = box.lostSince(index, Date.now());
    return atMs === undefined ? [] : lostGpuLines(gpu.busId, gpu.serial ?? "", atMs);
  });
  const loaded = `nvidia: loading NVIDIA UNIX x86_64 Kernel Module  ${machine.driver.version}`;
  return [
    { atMs: bootMs, text: "Linux version 6.8.0-1021" },
    { atMs: bootMs + 9_000, text: loaded },
    ...earlier,
    ...lost,
  ];
}

const BOOTED_BEFORE_MS = 9 * 24 * 3_600_000;

/** XID 79, as the driver words it: https://docs.nvidia.com/deploy/xid-errors/ */
function lostGpuLines(busId: string, serial: string, atMs: number): readonly KernelLine[] {
  const { domain, bus, device } = busParts(busId);
  const slot = `${domain}:${bus}:${device}`.toLowerCase();
  return [
    `NVRM: GPU at PCI:${slot}: GPU-serial ${serial}`,
    `NVRM: Xid (PCI:${slot}): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.`,
    `NVRM: GPU ${slot}.0: GPU has fallen off the bus.`,
    `NVRM: Xid (PCI:${slot}): 154, GPU recovery action changed from 0x0 (None) to 0x2 (Node Reboot Required)`,
  ].map((text) => ({ atMs, text }));
}

const option = (args: readonly string[], ...names: readonly string[]): string | undefined => {
  const index = args.findIndex((argument) => names.includes(argument));
  if (index >= 0) return args[index + 1];
  const prefix = names.map((name) => `${name}=`).find((start) => args.some((argument) => argument.startsWith(start)));
  return args.find((argument) => prefix !== undefined && argument.startsWith(prefix))?.slice(prefix?.length);
};

/** `journalctl -k`: forms short, short-iso and cat, `-n`, `-g`; the box has no journal but that of its kernel. */
export function journalctl(box: Box, args: readonly string[]): number {
  const form = option(args, "-o", "--output") ?? "short";
  const count = Number(option(args, "-n", "--lines") ?? Infinity);
  const pattern = option(args, "-g", "--grep");
  const matching = kernelLog(box).filter(({ text }) => pattern === undefined || new RegExp(pattern, "i").test(text));
  for (const line of Number.isFinite(count) ? matching.slice(-count) : matching) {
    const host = `${box.machine.hostname} kernel: `;
    const time = form === "short-iso" ? isoTime(line.atMs) : shortTime(line.atMs);
    process.stdout.write(form === "cat" ? `${line.text}\n` : `${time} ${host}${line.text}\n`);
  }
  return 0;
}

/** `dmesg`, with `-T` for times of day. */
export function dmesg(box: Box, args: readonly string[]): number {
  const bootMs = box.startedAtMs() - BOOTED_BEFORE_MS;
  for (const { atMs, text } of kernelLog(box)) {
    const seconds = ((atMs - bootMs) / 1000).toFixed(6);
    const readable = args.includes("-T") || args.includes("--ctime");
    process.stdout.write(`[${readable ? longTime(atMs) : seconds.padStart(12)}] ${text}\n`);
  }
  return 0;
}

const longTime = (atMs: number): string => {
  const [weekday = "", month = "", day = "", year = "", time = ""] = new Date(atMs).toString().split(" ");
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
};
const shortTime = (atMs: number): string => longTime(atMs).slice(4, 19);
const isoTime = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19)}+0000`;

/**
 * `ps -o … -p <pids>` for processes of the simulated GPUs, whose pids belong to no process of this machine; everything
 * else is answered by the real ps.
 */
export async function ps(box: Box, args: readonly string[]): Promise<number> {
  const pids = (option(args, "-p", "--pid") ?? "").split(/[ ,]+/).map(Number);
  const now = Date.now();
  const known = box.machine.gpus.flatMap((gpu) => gpu.processes).filter(({ pid }) => pids.includes(pid));
  if (known.length === 0) return realPs(args);
  const columns = args.flatMap((argument, index) => (args[index - 1] === "-o" ? argument.split(",") : []));
  const titles = columns.map((column) => column.replace(/^[^=]*=?/, ""));
  if (columns.some((column) => !column.includes("="))) process.stdout.write(`${columns.join(" ").toUpperCase()}\n`);
  else if (titles.some((title) => title !== "")) process.stdout.write(`${titles.join(" ")}\n`);
  for (const { pid, user, name, startedBeforeMs } of known) {
    const seconds = Math.round((now - box.startedAtMs() + startedBeforeMs) / 1000);
    const values: Readonly<Record<string, string>> = {
      pid: String(pid).padStart(7),
      user: user.padEnd(8),
      etimes: String(seconds).padStart(7),
      comm: name.split("/").at(-1) ?? name,
      args: name,
    };
    process.stdout.write(`${columns.map((column) => values[/^\w+/.exec(column)?.[0] ?? ""] ?? "-").join(" ")}\n`);
  }
  return 0;
}

function realPs(args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn("/bin/ps", args, { stdio: "inherit" });
    child.on("error", () => resolve(127));
    child.on("close", (code) => resolve(code ?? 1));
  });
}
