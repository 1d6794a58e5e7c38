// How long after the cloud and the machine are ready the extension says so: real sshd boxes behind an emulated cloud.
import { randomUUID } from "node:crypto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connections } from "../../src/composition/connections.ts";
import { pinnedConnections, pinning } from "../../src/composition/pins.ts";
import type { Environment } from "../../src/core/environment.ts";
import { Inventory } from "../../src/core/inventory.ts";
import type { Answers, Provisioning, ProvisioningPlan } from "../../src/core/provisioning.ts";
import { createJournal } from "../../src/operations/journal.ts";
import { Operations } from "../../src/operations/operations.ts";
import { awaitReady, type ReadinessParts } from "../../src/operations/readiness.ts";
import { createRemote } from "../../src/remote/openSession.ts";
import { startAwsEmulator, type AwsEmulator } from "../emulators/aws/emulator.ts";
import { openAccount, type Account } from "./ec2Account.ts";
import { startBootingMachines, type BootingMachines } from "./ec2Boot.ts";
import { pointSdkAt, REGION } from "./ec2Sdk.ts";
import { median, type Figure, type Part } from "./figure.ts";
import { backgroundRemote } from "./remoteParts.ts";

const LIMIT_MS = 1_000;
/** AWS's own checks take minutes; a machine is worked on before they are through. */
const CHECKS_MS = 120_000;
/** Until the console tells the host key, without which nothing is sent to a machine. */
const CONSOLE_MS = 500;
/**
 * How long each takes to run, and then to answer over SSH. Spread over the seconds, so that whoever looks now and then
 * does not happen to look at the right moment.
 */
const MACHINES = [
  { pendingMs: 700, bootMs: 0 },
  { pendingMs: 2_100, bootMs: 0 },
  { pendingMs: 3_500, bootMs: 0 },
  { pendingMs: 1_000, bootMs: 8_200 },
  { pendingMs: 1_000, bootMs: 9_500 },
] as const;

/** With their place in the list behind it. */
const NAME = "bench-";

export const ec2Ready: Part = { ids: ["ec2-ready-lag"], measure: async () => [await readyFigure()] };

/** Of one machine, in milliseconds beyond the cloud's own time. */
interface Lag {
  readonly isSshLast: boolean;
  readonly readyMs: number;
  /** Until a bare `ssh` got through, which tries every 100 ms. */
  readonly sshMs: number;
}

async function readyFigure(): Promise<Figure> {
  const lags = await withGround(async (ground) => {
    const running: Promise<Lag>[] = [];
    for (const [index, { pendingMs, bootMs }] of MACHINES.entries()) {
      ground.emulator.setDurations({ pendingMs });
      const lag = provisionOne(ground, `${NAME}${index}`, bootMs > 0);
      lag.catch(() => undefined); // told below, once all of them have begun
      running.push(lag);
      await until(() => instanceOf(ground, `${NAME}${index}`));
    }
    return Promise.all(running);
  });
  const of = (key: "readyMs" | "sshMs", isSshLast: boolean): string =>
    median(lags.filter((lag) => lag.isSshLast === isSshLast).map((lag) => lag[key])).toFixed(0);
  return {
    id: "ec2-ready-lag",
    value: Math.max(...lags.map(({ readyMs }) => readyMs)),
    unit: "ms",
    limit: LIMIT_MS,
    against:
      `the latest of ${lags.length} machines; where SSH answers last: median ${of("readyMs", true)} ms, a loop of ` +
      `\`ssh host true\` every 100 ms ${of("sshMs", true)} ms; where it answers as soon as it runs: median ` +
      `${of("readyMs", false)} ms, the loop ${of("sshMs", false)} ms`,
  };
}

interface Ground {
  readonly directory: string;
  readonly emulator: AwsEmulator;
  readonly machines: BootingMachines;
  readonly account: Account;
  readonly operations: Operations;
}

async function withGround<T>(act: (ground: Ground) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-bench-"));
  const bootMs = (instanceId: string): number => {
    const instance = emulator.region(REGION).instances.find(({ id }) => id === instanceId);
    return MACHINES[Number(instance?.tags.get("Name")?.replace(NAME, ""))]?.bootMs ?? 0;
  };
  const machines = await startBootingMachines(path.join(directory, "machines"), bootMs);
  const durations = { checksMs: CHECKS_MS, consoleLagMs: CONSOLE_MS };
  const emulator = await startAwsEmulator({ clock: "real", machines, durations });
  const restore = pointSdkAt(emulator.endpoint);
  const ssh = { user: os.userInfo().username, port: machines.port };
  const account = openAccount({ directory, ssh });
  const inventory = new Inventory([account.provider], Date.now);
  const operations = new Operations({
    ...{ inventory, clock: Date.now, newId: randomUUID, log: () => undefined },
    journal: createJournal(path.join(directory, "operations"), () => undefined),
    awaitReady: await readiness(directory, inventory),
  });
  try {
    await inventory.refreshAll();
    return await act({ directory, emulator, machines, account, operations });
  } finally {
    operations.dispose();
    inventory.dispose();
    account.dispose();
    restore();
    await emulator.stop();
    await machines.stopAll();
    await rm(directory, { recursive: true, force: true });
  }
}

type AwaitReady = (environment: Environment, control: Parameters<typeof awaitReady>[2]) => Promise<void>;

/** As the composition root joins it. */
async function readiness(directory: string, inventory: Inventory): Promise<AwaitReady> {
  const configFile = path.join(directory, "config");
  await writeFile(configFile, "");
  const remote = createRemote(backgroundRemote({ configFile, directory, environment: process.env }));
  const connectionOf = connections(inventory);
  const log = { info: () => undefined };
  const pin = pinning(
    inventory,
    connectionOf,
    ({ connection, keys }, signal) => remote.pin(connection, keys, signal),
    log,
  );
  const pinned = pinnedConnections(connectionOf, pin);
  const open: ReadinessParts["open"] = async (environment, signal) =>
    remote.openSession(await pinned(environment, signal), "background", signal);
  return (environment, control) => awaitReady({ open, clock: Date.now }, environment, control);
}

async function provisionOne(ground: Ground, name: string, isSshLast: boolean): Promise<Lag> {
  const { account, operations } = ground;
  const { provisioning, id } = account.provider;
  if (!provisioning) throw new Error("Nothing can be provisioned.");
  const plan = await planOf(provisioning, { name, gpu: "NVIDIA L4/1/22888", instanceType: "g6.xlarge" });
  const sshAt = sshGetsThrough(ground, name);
  await operations.provision(id, plan, { signal: new AbortController().signal, report: () => undefined });
  const readyAt = Date.now();
  const from = ownTime(ground, name);
  return { isSshLast, readyMs: readyAt - from, sshMs: (await sshAt) - from };
}

/** When the last of it was true: it runs, its platform tells its host key, and it answers over SSH. */
function ownTime({ emulator, machines }: Ground, name: string): number {
  const { runningSince, publicIp = "" } = instanceOf({ emulator }, name) ?? {};
  const answers = machines.answersSince(publicIp);
  if (runningSince === undefined || answers === undefined)
    throw new Error(`${name} was told to be ready before it was.`);
  return Math.max(runningSince + CONSOLE_MS, answers);
}

function instanceOf({ emulator }: Pick<Ground, "emulator">, name: string) {
  return emulator.region(REGION).instances.find(({ tags }) => tags.get("Name") === name);
}

/** Answers with what is given, else with the first that is possible. */
async function planOf(provisioning: Provisioning, given: Answers): Promise<ProvisioningPlan> {
  const { signal } = new AbortController();
  let answers: Answers = {};
  for (;;) {
    const question = await provisioning.next(answers, signal);
    if (!question) return provisioning.plan(answers, signal);
    const first =
      question.kind === "text" ? question.value : question.options.find((option) => !option.unavailable)?.value;
    const answer = given[question.id] ?? first;
    if (answer === undefined) throw new Error(`${question.id} has no answer.`);
    answers = { ...answers, [question.id]: answer };
  }
}

/** When a bare `ssh` got through for the first time once the machine was ready, as who watches it by hand would. */
async function sshGetsThrough(ground: Ground, name: string): Promise<number> {
  const { address, keyName } = await until(() => {
    const { publicIp, keyName, runningSince = Infinity } = instanceOf(ground, name) ?? {};
    const isDue = Date.now() >= runningSince + CONSOLE_MS;
    return isDue && publicIp !== undefined && keyName !== undefined ? { address: publicIp, keyName } : undefined;
  });
  const options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes"];
  const args = [
    ...["-F", "/dev/null", ...options.flatMap((option) => ["-o", option])],
    ...["-i", ground.account.keyFile(keyName), "-p", String(ground.machines.port)],
  ];
  return until(async () => {
    const child = spawn("ssh", [...args, address, "true"], { stdio: "ignore" });
    const [exitCode] = (await once(child, "exit")) as [number | null];
    return exitCode === 0 ? Date.now() : undefined;
  });
}

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await delay(100);
  }
  throw new Error("It did not come true within a minute.");
}
