import {
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type RunInstancesCommandInput,
} from "@aws-sdk/client-ec2";
import { GpuDevError } from "../../../../src/core/error.ts";
import { sentence } from "../../../../src/core/sentence.ts";
import type { AwsCommand } from "../../../../src/providers/aws/sending.ts";
import type { Instance } from "../../../emulators/aws/world/model.ts";
import { never, type Emulated } from "./emulated.ts";

/** What a list is like that a step leaves to be read: as AWS has it, as it was a while ago, or not to be had. */
export type ListKind = "exact" | "stale" | "refused";

/** One step on the emulated cloud; `pick` chooses among what there is. */
type Step = (emulated: Emulated, pick: number) => Promise<ListKind | undefined> | ListKind | undefined;

const REGION = "us-east-1";
const MINUTE_MS = 60_000;
/** Beyond every walk: what is deleted then stays in its last state. */
const FOR_EVER_MS = 1000 * 60 * MINUTE_MS;

export function instancesOf({ emulator }: Pick<Emulated, "emulator">): readonly Instance[] {
  return emulator.region(REGION).instances;
}

const MARKETS: readonly RunInstancesCommandInput[] = [
  { ...sized("g5.xlarge") },
  { ...sized("m5.large") },
  {
    ...sized("g5.xlarge"),
    BlockDeviceMappings: [{ DeviceName: "/dev/sdf", Ebs: { VolumeSize: 200, DeleteOnTermination: false } }],
  },
  { ...sized("g5.xlarge"), InstanceMarketOptions: { MarketType: "spot" } },
  {
    ...sized("g5.xlarge"),
    InstanceMarketOptions: {
      MarketType: "spot",
      SpotOptions: { SpotInstanceType: "persistent", InstanceInterruptionBehavior: "stop" },
    },
  },
];

function sized(InstanceType: "g5.xlarge" | "m5.large"): RunInstancesCommandInput {
  return { InstanceType, MinCount: 1, MaxCount: 1 };
}

const INTERRUPTIONS = ["terminate", "stop", "hibernate"] as const;
const TIMES_MS = [5_000, 20_000, 35_000, 2 * MINUTE_MS, 20 * MINUTE_MS, 40 * MINUTE_MS] as const;
const AGES_MS = [10_000, 25_000, 45_000] as const;

export const STEPS = {
  launch: async (emulated, pick) => {
    const ImageId = emulated.emulator.region(REGION).imageId("ubuntu-24.04-amd64");
    await ask(emulated, new RunInstancesCommand({ ...chosen(MARKETS, pick), ImageId }));
    return undefined;
  },
  add: ({ emulator }, pick) => {
    const spot = pick % 2 === 0 ? { spot: { persistent: true, interruption: chosen(INTERRUPTIONS, pick) } } : {};
    emulator.addInstance({ instanceType: "m5.large", hibernationConfigured: true, ...spot });
    return undefined;
  },
  start: (emulated, pick) => act(emulated, pick, (InstanceIds) => new StartInstancesCommand({ InstanceIds })),
  stop: (emulated, pick) => act(emulated, pick, (InstanceIds) => new StopInstancesCommand({ InstanceIds })),
  hibernate: (emulated, pick) =>
    act(emulated, pick, (InstanceIds) => new StopInstancesCommand({ InstanceIds, Hibernate: true })),
  terminate: (emulated, pick) => act(emulated, pick, (InstanceIds) => new TerminateInstancesCommand({ InstanceIds })),
  terminateForEver: async (emulated, pick) => {
    emulated.emulator.setDurations({ shuttingDownMs: FOR_EVER_MS });
    await STEPS.terminate(emulated, pick);
    emulated.emulator.setDurations({ shuttingDownMs: 30_000 });
    return undefined;
  },
  spoilHibernation: (emulated, pick) => {
    const [instance] = alive(emulated, pick);
    if (instance) emulated.emulator.failHibernation(instance.id);
    return undefined;
  },
  interrupt: (emulated, pick) => {
    const [instance] = alive(emulated, pick).filter(({ state, spotRequestId }) => state === "running" && spotRequestId);
    if (instance) emulated.emulator.interruptSpot(instance.id, chosen(INTERRUPTIONS, pick));
    return undefined;
  },
  resume: (emulated, pick) => {
    const [instance] = alive(emulated, pick).filter((candidate) => wasTaken(candidate));
    if (instance && isWaiting(emulated, instance)) emulated.emulator.resumeSpot(instance.id);
    return undefined;
  },
  capacity: ({ emulator }, pick) => {
    emulator.setCapacity({ instanceType: "g5.xlarge", available: pick % 2 === 0 ? 0 : 100 });
    return undefined;
  },
  time: async ({ emulator }, pick) => {
    await emulator.clock.advance(chosen(TIMES_MS, pick));
    return undefined;
  },
  staleList: ({ emulator }, pick) => {
    emulator.inject({ action: "DescribeInstances", effect: { kind: "stale", ageMs: chosen(AGES_MS, pick) } });
    return "stale";
  },
  refusedList: ({ emulator }) => {
    emulator.inject({ action: "DescribeInstances", effect: { kind: "error", code: "UnauthorizedOperation" } });
    return "refused";
  },
} as const satisfies Record<string, Step>;

export type StepName = keyof typeof STEPS;

function chosen<T>(choices: readonly T[], pick: number): T {
  const choice = choices[pick % choices.length];
  if (choice === undefined) throw new Error("There is nothing to choose from.");
  return choice;
}

/** All that exist, another one first each time. */
function alive(emulated: Emulated, pick: number): readonly Instance[] {
  const existing = instancesOf(emulated).filter(({ state }) => state !== "terminated");
  const first = existing.length === 0 ? 0 : pick % existing.length;
  return [...existing.slice(first), ...existing.slice(0, first)];
}

function wasTaken({ state, stateReason }: Instance): boolean {
  return state === "stopped" && stateReason?.code === "Server.SpotInstanceShutdown";
}

function isWaiting({ emulator }: Emulated, { spotRequestId }: Instance): boolean {
  const request = emulator.region(REGION).spotRequests.find(({ id }) => id === spotRequestId);
  return request?.state === "disabled" && request.status.code === "instance-stopped-no-capacity";
}

async function act(
  emulated: Emulated,
  pick: number,
  command: (ids: string[]) => AwsCommand<unknown>,
): Promise<undefined> {
  const [instance] = alive(emulated, pick);
  if (instance) await ask(emulated, command([instance.id]));
}

/** A refusal is an answer like any other: the machine goes on as it was. */
async function ask({ clients }: Emulated, command: AwsCommand<unknown>): Promise<void> {
  try {
    await clients.send(clients.ec2, command, { failure: sentence("It was not done") }, never());
  } catch (error) {
    if (!(error instanceof GpuDevError)) throw error;
  }
}
