import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createHealth } from "../../../src/health/healthService.ts";
import type { Health, Watch } from "../../../src/health/watch.ts";
import { createOpenSession } from "../../../src/remote/openSession.ts";
import { startSshd, type Sshd } from "../../sandbox/sshd.ts";

const CYCLES = process.env["GPU_DEV_FAULTS"] === "full" ? 10 : 1;
const NOTICED_MS = 20_000;
/** Some rungs of the ladder, and an opening that was begun while nothing answered. */
const BACK_MS = 45_000;
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe.skipIf(!existsSync("/usr/sbin/sshd"))("F-12: a connection that is open and dead", () => {
  test(`${CYCLES} times: noticed within 20 s, back by itself, nothing left over`, { timeout: 600_000 }, async () => {
    const { sshd, directory } = await workingServer();
    const openings: number[] = [];
    const health = watching(sshd, directory, openings);
    await until(health, BACK_MS, ({ kind }) => kind === "live");
    const running = (await sshd.processes()).length;
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const before = openings.length;
      await sshd.pause();
      await until(health, NOTICED_MS, ({ kind }) => kind === "unreachable");
      await sshd.resume();
      await until(health, BACK_MS, ({ kind }) => kind === "live");
      expect(openings.length - before).toBeLessThanOrEqual(4);
      await settled(async () => (await sshd.processes()).length <= running);
    }
    health.dispose();
    await settled(async () => (await sshd.processes()).length === 1);
  });
});

async function workingServer(): Promise<{ readonly sshd: Sshd; readonly directory: string }> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-half-open-"));
  cleanUps.push(() => rm(directory, { recursive: true, force: true }));
  const bin = path.join(directory, "bin");
  await mkdir(bin);
  await writeFile(
    path.join(bin, "nvidia-smi"),
    `#!/bin/sh
case $* in *--help-query-gpu*)
  for field in index uuid pci.bus_id name driver_version count utilization.gpu; do echo "\\"$field\\""; done; exit;;
esac
echo "index, uuid, pci.bus_id, name, driver_version, count, utilization.gpu [%]"
while echo "0, GPU-1, 00000000:01:00.0, NVIDIA L4, 570.86, 1, 42"; do sleep 2; done
`,
  );
  await chmod(path.join(bin, "nvidia-smi"), 0o755);
  const sshd = await startSshd({
    directory: path.join(directory, "sshd"),
    environment: { PATH: `${bin}:/usr/bin:/bin`, HOME: directory },
  });
  cleanUps.push(() => sshd.stop());
  await writeFile(path.join(directory, "config"), sshd.sshConfig("box"));
  await writeFile(path.join(directory, "known_hosts"), sshd.knownHosts);
  return { sshd, directory };
}

function watching(sshd: Sshd, directory: string, openings: number[]) {
  const neverAsked = (): Promise<never> => Promise.reject(new Error("A background session asked the user."));
  const open = createOpenSession({
    ask: { trustHostKey: neverAsked, passphrase: neverAsked, answers: neverAsked },
    sshProgram: () => "ssh",
    configFile: () => path.join(directory, "config"),
    trustFile: path.join(directory, "known_hosts"),
    log: () => undefined,
    environment: process.env,
    platform: process.platform,
  });
  const health = createHealth({
    connectionOf: (alias) => Promise.resolve({ kind: "ssh", alias }),
    openSession: (...call) => {
      openings.push(Date.now());
      return open(...call);
    },
    specs: { spec: () => undefined, rememberSpec: () => undefined },
    clock: Date.now,
    random: Math.random,
    log: () => undefined,
  });
  cleanUps.push(() => health.dispose());
  health.show("box", "stream");
  return health;
}

async function until(health: Health, deadlineMs: number, reached: (watch: Watch) => boolean): Promise<void> {
  const began = Date.now();
  while (!reached(health.watch("box"))) {
    if (Date.now() - began > deadlineMs) throw new Error(`Still ${JSON.stringify(health.watch("box"))}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function settled(condition: () => Promise<boolean>): Promise<void> {
  await expect.poll(condition, { timeout: 15_000, interval: 200 }).toBe(true);
}
