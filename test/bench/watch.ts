// 500 hosts at once, watched in a real extension host: one real server, a session of its own for every host, a reading
// of eight GPUs every two seconds.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { openContainer } from "../e2e/workbench.ts";
import { startSshd, type Sshd } from "../sandbox/sshd.ts";
import { OUT } from "./built.ts";
import { separateCores } from "./cores.ts";
import type { Figure, Part } from "./figure.ts";
import { startGpuFeed } from "./gpuFeed.ts";
import { startWorkbench, type Workbench } from "./window.ts";
import type { WatchOrder, WatchReport, WatchTask } from "./watchOrder.ts";

const HOSTS = Number(process.env["GPU_DEV_BENCH_HOSTS"] ?? 500);
const SECONDS = 60;
const CPU_LIMIT_PERCENT = 6;
/** A percentage tells of the machine as well; this does not. */
const CPU_LIMIT_OF_BARE = 1.25;
const MEMORY_LIMIT_MB = 150;
const LATE_LIMIT_MS = 1_000;
/** sshd listens on sixteen addresses at most. */
const ADDRESSES = Array.from({ length: 16 }, (_, index) => `127.0.1.${index + 1}`);

export const watch: Part = {
  ids: ["ssh-watch-500-cpu", "ssh-watch-500-cpu-of-bare", "ssh-watch-500-memory", "ssh-watch-500-latest"],
  measure,
};

async function measure(): Promise<readonly Figure[]> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-bench-"));
  const cores = separateCores();
  const endings: (() => unknown)[] = [() => rm(directory, { recursive: true, force: true }), () => cores.release()];
  try {
    const feed = await startGpuFeed(directory);
    endings.push(() => feed.stop());
    const sshd = await startSshd({
      directory: path.join(directory, "sshd"),
      addresses: ADDRESSES,
      environment: { HOME: directory, PATH: `${feed.bin}:/usr/bin:/bin` },
    });
    endings.push(() => sshd.stop());
    const workbench = await startWorkbench();
    endings.push(() => workbench.stop());
    const order = { ...(await prepare(directory, sshd)), core: cores.client };
    const client = await buildClient();
    const ours = await run(workbench, { client, order: { ...order, mode: "watch" } });
    const bare = await run(workbench, { client, order: { ...order, mode: "bare" } });
    return figures(ours, bare, cores.words);
  } finally {
    for (const end of endings.toReversed()) await end();
  }
}

function figures(ours: WatchReport, bare: WatchReport, words: string): readonly Figure[] {
  const who = "a bare ssh2 client with a streaming exec per host and no parsing";
  return [
    {
      id: "ssh-watch-500-cpu",
      value: ours.cpuPercent,
      unit: "% of a core",
      limit: CPU_LIMIT_PERCENT,
      against: `${who}: ${bare.cpuPercent.toFixed(1)} %; ${words}`,
    },
    {
      id: "ssh-watch-500-cpu-of-bare",
      value: ours.cpuPercent / bare.cpuPercent,
      unit: "times",
      limit: CPU_LIMIT_OF_BARE,
      against: `${who}: 1; with readings, history and problems on top of that`,
    },
    {
      id: "ssh-watch-500-memory",
      value: ours.memoryMB,
      unit: "MB added",
      limit: MEMORY_LIMIT_MB,
      against: `${who}: ${bare.memoryMB.toFixed(0)} MB; the extension host before: ${ours.memoryBeforeMB.toFixed(0)} MB`,
    },
    {
      id: "ssh-watch-500-latest",
      value: ours.latestMs,
      unit: "ms past its time",
      limit: LATE_LIMIT_MS,
      against: `the latest of ${ours.readings} readings, their median ${ours.medianMs} ms; ${who}: ${bare.latestMs} ms of ${bare.readings}`,
    },
  ];
}

async function prepare(directory: string, sshd: Sshd): Promise<Omit<WatchOrder, "mode" | "core">> {
  const knownHosts = path.join(directory, "known_hosts");
  const configFile = path.join(directory, "config");
  const hosts = Array.from({ length: HOSTS }, (_, index) => ({
    alias: `gpu-${String(index).padStart(3, "0")}`,
    address: ADDRESSES[index % ADDRESSES.length] ?? "",
  }));
  await writeFile(knownHosts, sshd.knownHosts);
  const blocks = hosts.map(({ alias, address }) => sshd.sshConfig(alias, address));
  await writeFile(configFile, `${blocks.join("")}Host *\n  UserKnownHostsFile "${knownHosts}"\n`);
  const { port, user, userKeyFile } = sshd;
  return { directory, configFile, hosts, port, user, userKeyFile, seconds: SECONDS };
}

/** As the extension is built, so that neither its time nor its memory is that of a compiler. */
async function buildClient(): Promise<string> {
  await mkdir(OUT, { recursive: true });
  const outfile = path.join(OUT, "watchClient.mjs");
  await build({
    entryPoints: [path.join(import.meta.dirname, "watchClient.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    packages: "external",
    minify: true,
    logLevel: "error",
  });
  return outfile;
}

/** In a window of its own, and so in an extension host of its own. */
async function run(workbench: Workbench, task: WatchTask): Promise<WatchReport> {
  await writeFile(path.join(workbench.directory, "watch-task.json"), JSON.stringify(task));
  const { page, close } = await workbench.open();
  try {
    await openContainer(page, "Explorer"); // the window is ready for keys then
    const report = JSON.parse(await workbench.report(page, "watch")) as WatchReport | { readonly error: string };
    if ("error" in report) throw new Error(report.error);
    return report;
  } finally {
    await close();
  }
}
