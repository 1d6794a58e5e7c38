// Our sessions and the OpenSSH client in turns, against one real server.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Session } from "../../src/core/session.ts";
import { createOpenSession } from "../../src/remote/openSession.ts";
import { startSshd, type Sshd } from "../sandbox/sshd.ts";
import { alternately, median, type Figure, type Part } from "./figure.ts";
import { backgroundRemote } from "./remoteParts.ts";

const COLD_TURNS = 25;
const OPEN_TURNS = 60;
/** Of what `ssh host true` takes. */
const COLD_SHARE = 0.5;
const ALIAS = "bench";

export const ssh: Part = { ids: ["ssh-first-exec", "ssh-open-exec"], measure };

/** A server and the configuration with which both clients reach it. */
interface Ground {
  readonly directory: string;
  readonly configFile: string;
  readonly environment: NodeJS.ProcessEnv;
}

async function measure(): Promise<readonly Figure[]> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-bench-"));
  const sshd = await startSshd({ directory: path.join(directory, "sshd"), environment: { HOME: directory } });
  try {
    const ground = { directory, configFile: await configure(directory, sshd), environment: process.env };
    return [await firstExec(ground), await openExec(ground)];
  } finally {
    await sshd.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function configure(directory: string, sshd: Sshd): Promise<string> {
  const knownHosts = path.join(directory, "known_hosts");
  const configFile = path.join(directory, "config");
  await writeFile(knownHosts, sshd.knownHosts);
  await writeFile(configFile, `${sshd.sshConfig(ALIAS)}  UserKnownHostsFile "${knownHosts}"\n`);
  return configFile;
}

/** From nothing to the answer of `true`, the reading of the configuration included. */
async function firstExec(ground: Ground): Promise<Figure> {
  const ours = async (): Promise<void> => {
    const session = await open(ground);
    await execTrue(session);
    session.close();
  };
  const cold = (): Promise<void> => runSsh(ground, ["-o", "ControlPath=none", ALIAS, "true"]);
  const times = await alternately(ours, cold, { turns: COLD_TURNS, warmUps: 3 });
  const peer = median(times.other);
  return {
    id: "ssh-first-exec",
    value: median(times.one),
    unit: "ms",
    limit: COLD_SHARE * peer,
    against: `OpenSSH cold, ssh host true: ${peer.toFixed(1)} ms`,
  };
}

async function openExec(ground: Ground): Promise<Figure> {
  const session = await open(ground);
  const master = await startMaster(ground);
  try {
    const shared = (): Promise<void> => runSsh(ground, ["-S", master.socket, ALIAS, "true"]);
    const times = await alternately(() => execTrue(session), shared, { turns: OPEN_TURNS, warmUps: 5 });
    const peer = median(times.other);
    return {
      id: "ssh-open-exec",
      value: median(times.one),
      unit: "ms",
      limit: peer,
      against: `OpenSSH ControlMaster, ssh -S socket host true: ${peer.toFixed(1)} ms`,
    };
  } finally {
    session.close();
    await master.stop();
  }
}

/** With nothing kept from the opening before: neither the answer of `ssh -G` nor an unlocked key. */
function open({ configFile, directory, environment }: Ground): Promise<Session> {
  const openSession = createOpenSession(backgroundRemote({ configFile, directory, environment }));
  return openSession({ kind: "ssh", alias: ALIAS }, "background", new AbortController().signal);
}

async function execTrue(session: Session): Promise<void> {
  const { exitCode } = await session.exec("true", { signal: new AbortController().signal, timeoutMs: 20_000 });
  if (exitCode !== 0) throw new Error(`true ended with ${String(exitCode)}`);
}

async function startMaster(ground: Ground): Promise<{ readonly socket: string; readonly stop: () => Promise<void> }> {
  const socket = path.join(ground.directory, "master");
  const args = ["-F", ground.configFile, "-M", "-N", "-S", socket, ALIAS];
  const child = spawn("ssh", args, { env: ground.environment, stdio: "ignore" });
  const ended = once(child, "exit");
  const deadline = Date.now() + 20_000;
  const isUp = (): Promise<boolean> =>
    runSsh(ground, ["-S", socket, "-O", "check", ALIAS]).then(
      () => true,
      () => false,
    );
  while (!(await isUp())) {
    if (Date.now() > deadline) throw new Error("The ControlMaster does not come up.");
    await delay(50);
  }
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  return { socket, stop };
}

async function runSsh({ configFile, environment }: Ground, args: readonly string[]): Promise<void> {
  const child = spawn("ssh", ["-F", configFile, ...args], { env: environment, stdio: "ignore" });
  const [exitCode] = (await once(child, "exit")) as [number | null];
  if (exitCode !== 0) throw new Error(`ssh ${args.join(" ")} ended with ${String(exitCode)}`);
}
