// What an operation on one machine of an account asks of AWS.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Inventory } from "../../src/core/inventory.ts";
import type { EnvironmentProvider } from "../../src/core/provider.ts";
import { createJournal } from "../../src/operations/journal.ts";
import { Operations } from "../../src/operations/operations.ts";
import { startAwsEmulator, type AwsEmulator, type RecordedRequest } from "../emulators/aws/emulator.ts";
import { openAccount } from "./ec2Account.ts";
import { pointSdkAt, REGION } from "./ec2Sdk.ts";
import type { Figure, Part } from "./figure.ts";

const MACHINES = 20;

export const ec2Calls: Part = { ids: ["ec2-operation-calls"], measure: async () => [await callsFigure()] };

async function callsFigure(): Promise<Figure> {
  const ours = await requestsOfStopAndStart((provider) => provider);
  const peer = await requestsOfStopAndStart(withoutRead);
  if (ours.naming === 0) throw new Error("Nobody looked at the machine.");
  return {
    id: "ec2-operation-calls",
    value: ours.others,
    unit: "lists of other machines",
    limit: 0,
    against:
      `${ours.naming} DescribeInstances that name it, of ${ours.all} requests of a stop and a start among ${MACHINES} ` +
      `machines; the same provider without \`read\`: ${peer.others} lists`,
  };
}

function withoutRead(provider: EnvironmentProvider): EnvironmentProvider {
  const blind = { ...provider };
  delete blind.read;
  return blind;
}

interface Requests {
  readonly all: number;
  /** DescribeInstances for the changed machine alone. */
  readonly naming: number;
  /** DescribeInstances for any other. */
  readonly others: number;
}

async function requestsOfStopAndStart(peer: (provider: EnvironmentProvider) => EnvironmentProvider): Promise<Requests> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-bench-"));
  const emulator = await startAwsEmulator();
  const restore = pointSdkAt(emulator.endpoint);
  // Whoever waits makes the time of the emulated cloud pass.
  const wait = (milliseconds: number): Promise<void> => emulator.clock.advance(milliseconds);
  const account = openAccount({ directory, clock: () => emulator.clock.now(), wait });
  try {
    const id = emulator.addInstance({ tags: { Name: "trainer" } });
    // Off, for all of them together are more than a new account may run.
    for (let index = 1; index < MACHINES; index++) emulator.addInstance({ state: "stopped" });
    await stopAndStart(id, emulator, { directory, provider: peer(account.provider) });
    const describing = emulator.requests.filter(({ action }) => action === "DescribeInstances");
    const naming = describing.filter((request) => isFor(id, request)).length;
    return { all: emulator.requests.length, naming, others: describing.length - naming };
  } finally {
    account.dispose();
    restore();
    await emulator.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Leaves in the emulator the requests of the two operations only. */
async function stopAndStart(
  instanceId: string,
  emulator: AwsEmulator,
  { directory, provider }: { readonly directory: string; readonly provider: EnvironmentProvider },
): Promise<void> {
  const clock = (): number => emulator.clock.now();
  const inventory = new Inventory([provider], clock);
  const operations = new Operations({
    ...{ inventory, clock, newId: randomUUID, log: () => undefined },
    journal: createJournal(path.join(directory, "operations"), () => undefined),
    awaitReady: () => Promise.resolve(),
  });
  const control = { signal: new AbortController().signal, report: () => undefined };
  await inventory.refreshAll();
  await untilQuiet(emulator); // prices arrive in the background, and with them another listing
  emulator.clearRequests();
  const id = inventory.environments().find((environment) => environment.id.endsWith(`/${instanceId}`))?.id ?? "";
  await operations.run("stop", inventory.existing(id), control);
  await operations.run("start", inventory.existing(id), control);
  await untilQuiet(emulator);
  operations.dispose();
  inventory.dispose();
  const state = emulator.region(REGION).instances.find((instance) => instance.id === instanceId)?.state;
  if (state !== "running") throw new Error(`The machine is ${state ?? "gone"} after a stop and a start.`);
}

async function untilQuiet({ requests }: AwsEmulator): Promise<void> {
  let before = -1;
  while (before !== requests.length) {
    before = requests.length;
    await delay(300);
  }
}

/** By its id, or by a filter for its id and nothing wider. */
function isFor(instanceId: string, { parameters }: RecordedRequest): boolean {
  const named = Object.entries(parameters).filter(([name]) => /^InstanceId\.\d+$/.test(name));
  if (named.length > 0) return named.every(([, value]) => value === instanceId);
  return Object.entries(parameters).some(([name, value]) => {
    const filter = /^(Filter\.\d+)\.Value\.1$/.exec(name)?.[1];
    const isAlone = filter !== undefined && parameters[`${filter}.Value.2`] === undefined;
    return isAlone && value === instanceId && parameters[`${filter}.Name`] === "instance-id";
  });
}
