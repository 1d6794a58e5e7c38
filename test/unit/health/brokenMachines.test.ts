import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createHealth } from "../../../src/health/healthService.ts";
import { createOpenSession } from "../../../src/remote/openSession.ts";
import { FAILURES, startBrokenMachines, type BrokenMachines } from "../../fakes/brokenMachines.ts";

const FULL = process.env["GPU_DEV_FAULTS"] === "full";
/** For each failure. */
const HOSTS = FULL ? 50 : 3;
/** Long enough for the report, the end of what hangs, and the next try. */
const WATCHED_MS = FULL ? 90_000 : 26_000;
const LOOK_MS = FULL ? 250 : 50;
const REPORTED_MS = 10_000;
/** `timeout -k 2 10` for what watches no input, and some time for the machine. */
const GONE_MS = 20_000;

const HAS_SSHD = existsSync("/usr/sbin/sshd") && existsSync("/proc/self/cmdline");

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe.skipIf(!HAS_SSHD)("F-14: nvidia-smi hangs, behind a real sshd", () => {
  test(
    `${HOSTS} hosts for each of ${FAILURES.join(", ")}: reported within 10 s, one process at a time, none left`,
    { timeout: 300_000 },
    async () => {
      const machines = await broken();
      const health = watchAll(machines);
      const most = await observe(machines);

      for (const [alias, failure] of machines.hosts) {
        const processes = most.get(machines.addressOf(alias)) ?? 0;
        expect(processes, alias).toBeLessThanOrEqual(1);
        // What hangs has been seen, or looking would prove nothing.
        if (failure === "sleeps" || failure === "stopped") expect(processes, alias).toBe(1);
        expect(health.watch(alias), alias).toMatchObject({ kind: "no-reading", error: { name: "GpuDevError" } });
      }
      const late = [...(await delays(machines, health.reports)).entries()].filter(([, ms]) => !(ms <= REPORTED_MS));
      expect(late).toEqual([]);

      health.dispose();
      await until(GONE_MS, async () => (await machines.alive()).length === 0);
      expect(await machines.alive()).toEqual([]);
    },
  );
});

async function broken(): Promise<BrokenMachines> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-broken-"));
  cleanUps.push(() => rm(directory, { recursive: true, force: true }));
  const machines = await startBrokenMachines(directory, HOSTS);
  cleanUps.push(() => machines.stop());
  return machines;
}

function neverAsked(): Promise<never> {
  return Promise.reject(new Error("A background session asked the user."));
}

/** Streams of every machine, and when each was first reported as not giving readings. */
function watchAll(machines: BrokenMachines) {
  const reports = new Map<string, number>();
  const health = createHealth({
    connectionOf: (alias) => Promise.resolve({ kind: "ssh", alias }),
    openSession: createOpenSession({
      ask: { trustHostKey: neverAsked, passphrase: neverAsked, answers: neverAsked },
      sshProgram: () => "ssh",
      configFile: () => machines.configFile,
      trustFile: machines.trustFile,
      log: () => undefined,
      environment: process.env,
      platform: process.platform,
    }),
    specs: { spec: () => undefined, rememberSpec: () => undefined },
    clock: Date.now,
    random: Math.random,
    log: () => undefined,
  });
  cleanUps.push(() => health.dispose());
  health.onDidChange((alias) => {
    if (health.watch(alias).kind === "no-reading" && !reports.has(alias)) reports.set(alias, Date.now());
  });
  for (const alias of machines.hosts.keys()) health.show(alias, "stream");
  return Object.assign(health, { reports });
}

/** Watches for a while; the most nvidia-smi processes that each machine ever had at one time. */
async function observe(machines: BrokenMachines): Promise<ReadonlyMap<string, number>> {
  const most = new Map<string, number>();
  const end = Date.now() + WATCHED_MS;
  while (Date.now() < end) {
    const now = new Map<string, number>();
    for (const { address, kind } of await machines.alive()) {
      if (kind !== "child") now.set(address, (now.get(address) ?? 0) + 1);
    }
    for (const [address, count] of now) most.set(address, Math.max(most.get(address) ?? 0, count));
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return most;
}

/** For each machine the milliseconds from the first reading that was asked for to the report; NaN where there was none. */
async function delays(machines: BrokenMachines, reports: ReadonlyMap<string, number>) {
  const starts = await machines.starts();
  const result = new Map<string, number>();
  for (const alias of machines.hosts.keys()) {
    const address = machines.addressOf(alias);
    const first = starts.find((start) => start.kind === "read" && start.address === address);
    result.set(alias, (reports.get(alias) ?? Number.NaN) - (first?.at ?? Number.NaN));
  }
  return result;
}

async function until(deadlineMs: number, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await condition()) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
}
