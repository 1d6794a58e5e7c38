import { existsSync, readFileSync, utimesSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { spawn } from "node:child_process";
import { once } from "node:events";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startBoxes, type Boxes } from "../../sandbox/boxes.ts";
import { createHome, type SandboxHome } from "../../sandbox/home.ts";
import { runProgram } from "../../program.ts";

const MINUTE_S = 60;

/** Whether a program has taken its signals into its own hands: the last of them, which Node does not take by itself. */
function takesHangup(pid: number | undefined): boolean {
  const [, caught = "0"] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return (BigInt(`0x${caught}`) & (1n << BigInt(os.constants.signals.SIGHUP - 1))) !== 0n;
}

describe.skipIf(!existsSync("/usr/sbin/sshd"))("the boxes of the sandbox", () => {
  let directory: string;
  let boxes: Boxes;
  let home: SandboxHome;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-boxes-"));
    boxes = await startBoxes(path.join(directory, "boxes"));
    home = await createHome(path.join(directory, "home"), boxes);
  }, 60_000);

  afterAll(async () => {
    await boxes.stop();
    await rm(directory, { recursive: true, force: true });
  });

  afterEach(async () => {
    for (const alias of ["trainer", "flaky-l4"] as const) await boxes.box(alias).setFault(undefined);
  });

  const ssh = (alias: string, command: string) =>
    runProgram("ssh", ["-F", home.sshConfigFile, "-o", "BatchMode=yes", alias, command]);

  /** Ages the box, so that what happens after minutes has happened. */
  const startedAgo = (alias: "flaky-l4", seconds: number): void => {
    const started = Date.now() / 1000 - seconds;
    utimesSync(path.join(boxes.box(alias).directory, "started"), started, started);
  };

  it.each([
    ["trainer", 8],
    ["lab-a10", 2],
    ["flaky-l4", 2],
    ["vault", 4],
  ])("lets ssh list the GPUs of %s, with its host key known", async (alias, count) => {
    const { exitCode, output } = await ssh(alias, "nvidia-smi --query-gpu=uuid --format=csv,noheader");
    expect(exitCode, output).toBe(0);
    expect(output.trim().split("\n")).toHaveLength(count);
  });

  it("has no nvidia-smi on the jump host", async () => {
    expect((await ssh("bastion", "nvidia-smi")).exitCode).toBe(127);
  });

  it("refuses a field that the driver does not know, on standard output and with exit code 2", async () => {
    const { exitCode, output } = await ssh(
      "vault",
      "nvidia-smi --query-gpu=name,clocks_event_reasons.active --format=csv 2>/dev/null",
    );
    expect(exitCode).toBe(2);
    expect(output).toContain('Field "clocks_event_reasons.active" is not a valid field to query.');
  });

  it("prints a header once and then a row for each GPU at every interval", async () => {
    const { output } = await ssh(
      "lab-a10",
      "timeout 1 nvidia-smi --query-gpu=index,utilization.gpu --format=csv,nounits -lms 100",
    );
    const lines = output.trim().split("\n");
    expect(lines.filter((line) => line === "index, utilization.gpu [%]")).toHaveLength(1);
    expect(lines.filter((line) => /^0, \d+$/.test(line)).length).toBeGreaterThan(3);
    expect(lines.filter((line) => line === "1, [N/A]").length).toBeGreaterThan(3);
  });

  it("loses the GPU of flaky-l4 after three minutes, says so in the kernel log, and has it back after a reset", async () => {
    const list = "nvidia-smi --query-gpu=index --format=csv,noheader";
    startedAgo("flaky-l4", 4 * MINUTE_S);
    expect(await ssh("flaky-l4", list)).toEqual({
      exitCode: 255,
      output: "Unable to determine the device handle for GPU1: 0000:34:00.0: Unknown Error\n0\n",
    });
    expect((await ssh("flaky-l4", "journalctl -k --no-pager")).output).toContain(
      "NVRM: Xid (PCI:0000:34:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.",
    );
    await boxes.box("flaky-l4").reset();
    expect(await ssh("flaky-l4", list)).toEqual({ exitCode: 0, output: "0\n1\n" });
    expect((await ssh("flaky-l4", "dmesg")).output).not.toContain("Xid");
  });

  it("tells a program that held the GPU when it fell that it is lost", async () => {
    startedAgo("flaky-l4", 3 * MINUTE_S - 1.5);
    const { output } = await ssh(
      "flaky-l4",
      "timeout 3 nvidia-smi --query-gpu=index,temperature.gpu --format=csv,noheader -lms 200",
    );
    expect(output).toMatch(/^1, \d+$/m);
    expect(output).toMatch(/^1, \[GPU is lost\]$/m);
    await boxes.box("flaky-l4").reset();
  });

  it.each([
    ["no-driver", 9, "couldn't communicate with the NVIDIA driver"],
    ["version-mismatch", 18, "Driver/library version mismatch"],
    ["no-devices", 6, "No devices were found"],
    ["container-lost-devices", 255, "Unknown Error"],
    ["not-installed", 127, "command not found"],
  ])("answers with the error of %s when told to", async (fault, exitCode, text) => {
    await boxes.box("trainer").setFault(fault);
    const answer = await ssh("trainer", "nvidia-smi -L");
    expect(answer.exitCode).toBe(exitCode);
    expect(answer.output).toContain(text);
  });

  it("hangs so that only SIGKILL ends it, and ends it when the box stops", async () => {
    const other = await startBoxes(path.join(directory, "other"));
    const box = other.box("trainer");
    await box.setFault("ignore-signals");
    const hanging = spawn(path.join(box.directory, "bin/nvidia-smi"), ["-L"], { stdio: "ignore" });
    const ended = once(hanging, "exit");
    await vi.waitFor(() => expect(takesHangup(hanging.pid)).toBe(true), 10_000);
    hanging.kill("SIGTERM");
    expect(await Promise.race([ended, delay(300, "still there")])).toBe("still there");
    await other.stop();
    expect(await ended).toEqual([null, "SIGKILL"]);
  });

  it("ends but leaves a child that holds its output when told to", async () => {
    const other = await startBoxes(path.join(directory, "other"));
    const box = other.box("trainer");
    await box.setFault("child-holds-output");
    const program = spawn(path.join(box.directory, "bin/nvidia-smi"), ["-L"], { stdio: ["ignore", "pipe", "ignore"] });
    program.stdout.resume();
    const closed = once(program, "close");
    expect(await once(program, "exit")).toEqual([0, null]);
    expect(await Promise.race([closed, delay(300, "output still open")])).toBe("output still open");
    await other.stop();
    expect(await closed).toEqual([0, null]);
  });

  it("knows the owners of the processes it shows", async () => {
    const { output } = await ssh("trainer", "ps -o pid= -o user:32= -o etimes= -p 4120100,4120106");
    expect(output).toMatch(/^\s*4120100 mira\s+\d+\n\s*4120106 jonas\s+\d+\n$/);
  });
});
