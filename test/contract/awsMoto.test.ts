import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeInstanceStatusCommand,
  DescribeInstanceTypeOfferingsCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type Instance,
  type RunInstancesCommandInput,
} from "@aws-sdk/client-ec2";
import { ListServiceQuotasCommand } from "@aws-sdk/client-service-quotas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EnvironmentProvider } from "../../src/core/provider.ts";
import { sentence } from "../../src/core/sentence.ts";
import { delay } from "../../src/core/waiting.ts";
import { awsCodeOf } from "../../src/providers/aws/answer.ts";
import type { AwsClients } from "../../src/providers/aws/client.ts";
import type { AwsCommand } from "../../src/providers/aws/sending.ts";
import { startMoto, type Moto } from "../emulators/moto.ts";
import { aContext, listAll, openEc2, pointSdkAt } from "./awsSubject.ts";
import { describeProviderContract } from "./providerContract.ts";

let moto: Moto;
let imageId: string;

beforeAll(async () => {
  moto = await startMoto();
  pointSdkAt(moto.endpoint);
  await withClients(async (clients) => {
    const { Images = [] } = await send(clients, new DescribeImagesCommand({ Owners: ["amazon"] }));
    imageId = Images.find(({ Platform, Architecture }) => !Platform && Architecture === "x86_64")?.ImageId ?? "";
  });
}, 300_000);

afterAll(() => moto.stop());

describeProviderContract("EC2, on moto", async () => {
  await moto.reset();
  const { provider, clients, dispose } = open();
  for (const name of ["a", "b", "c"]) await launch(clients, { TagSpecifications: [nameTag(name)] });
  const release = (): Promise<void> => {
    dispose();
    return Promise.resolve();
  };
  return { provider, expected: 3, release };
});

describe("EC2, on moto", () => {
  it("lists what it has of the catalogue, types with a part of a GPU included", () =>
    withMachines(["g5.xlarge", "g6f.large", "p4d.24xlarge", "inf2.xlarge", "m5.large"], async ({ provider }) => {
      const gpus = (await listAll(provider)).map(({ gpu }) => gpu && `${gpu.count} ${gpu.model}`);
      expect(gpus).toEqual(["1 NVIDIA A10G", "1 NVIDIA L4 (1/8)", "8 NVIDIA A100", undefined, undefined]);
    }));

  it("stops, starts, restarts and deletes", () =>
    withMachines(["g5.xlarge"], async ({ provider }) => {
      const states: (string | undefined)[] = [];
      for (const operation of ["stop", "start", "restart", "delete"] as const) {
        const [environment] = await listAll(provider);
        if (!environment) throw new Error("The machine is not listed.");
        await provider.perform({ operation, operationId: operation }, environment, aContext());
        states.push((await listAll(provider))[0]?.state);
      }
      expect(states).toEqual(["stopped", "running", "running", undefined]);
    }));

  it("knows what is not there, and what a dry run says", () =>
    withClients(async (clients) => {
      const nobody = { InstanceIds: ["i-0fffffffffffffff0"] };
      await expect(send(clients, new StartInstancesCommand(nobody))).rejects.toMatchObject({ code: "not-found" });
      const trial = { ImageId: imageId, InstanceType: "g5.xlarge", MinCount: 1, MaxCount: 1, DryRun: true } as const;
      const error: unknown = await send(clients, new RunInstancesCommand(trial)).catch((thrown: unknown) => thrown);
      expect(awsCodeOf(error)).toBe("DryRunOperation");
    }));

  it("answers what it does not know with a page, which is said to be unreadable", () =>
    withClients(async (clients) => {
      const command = new ListServiceQuotasCommand({ ServiceCode: "ec2" });
      const sent = clients.send(clients.serviceQuotas, command, { failure: sentence("It failed") }, never());
      await expect(sent).rejects.toMatchObject({
        code: expect.stringMatching(/unreadable-answer|unreachable/) as string,
      });
    }));
});

interface Divergence {
  readonly name: string;
  /** Resolves with whether moto differs from EC2 as it did when this was written. */
  readonly holds: (clients: AwsClients) => Promise<boolean>;
}

/** Where moto is no EC2: what rests on these is tested on our own emulator. An upgrade of moto shows here. */
const DIVERGENCES: readonly Divergence[] = [
  {
    name: "the same client token starts a second instance",
    holds: async (clients) => {
      const one = await launch(clients, { ClientToken: "token-1" });
      const other = await launch(clients, { ClientToken: "token-1" });
      return one.InstanceId !== other.InstanceId;
    },
  },
  {
    name: "a launch is running at the next look",
    holds: async (clients) => (await stateOf(clients, await launch(clients))) === "running",
  },
  {
    name: "a stop is over at the next look",
    holds: async (clients) => {
      const instance = await launch(clients);
      await send(clients, new StopInstancesCommand(named(instance)));
      return (await stateOf(clients, instance)) === "stopped";
    },
  },
  {
    name: "a hibernation is a plain stop, also where it was not configured",
    holds: async (clients) => {
      const instance = await launch(clients);
      await send(clients, new StopInstancesCommand({ ...named(instance), Hibernate: true }));
      return (await described(clients, instance))?.StateReason?.Code === "Client.UserInitiatedShutdown";
    },
  },
  {
    name: "what is terminated can be started",
    holds: async (clients) => {
      const instance = await launch(clients);
      await send(clients, new TerminateInstancesCommand(named(instance)));
      await send(clients, new StartInstancesCommand(named(instance)));
      return (await stateOf(clients, instance)) === "running";
    },
  },
  {
    name: "status checks pass at once",
    holds: async (clients) => {
      const { InstanceStatuses = [] } = await send(
        clients,
        new DescribeInstanceStatusCommand(named(await launch(clients))),
      );
      return InstanceStatuses[0]?.InstanceStatus?.Status === "ok";
    },
  },
  {
    name: "a lent public address belongs to the account",
    holds: async (clients) => {
      const instance = await described(clients, await launch(clients));
      return /^\d{12}$/.test(instance?.NetworkInterfaces?.[0]?.Association?.IpOwnerId ?? "");
    },
  },
  {
    name: "a malformed id is one that is not found",
    holds: async (clients) => {
      const error: unknown = await send(clients, new StartInstancesCommand({ InstanceIds: ["nonsense"] })).catch(
        (thrown: unknown) => thrown,
      );
      return awsCodeOf(error) === "InvalidInstanceID.NotFound";
    },
  },
  {
    name: "wildcards find no offerings",
    holds: async (clients) => {
      const command = new DescribeInstanceTypeOfferingsCommand({
        LocationType: "availability-zone",
        Filters: [{ Name: "instance-type", Values: ["g5.*"] }],
      });
      return ((await send(clients, command)).InstanceTypeOfferings ?? []).length === 0;
    },
  },
  {
    name: "of MaxCount instances MinCount are launched",
    holds: async (clients) => {
      const { Instances = [] } = await send(clients, new RunInstancesCommand({ ...machine(), MaxCount: 3 }));
      return Instances.length === 1;
    },
  },
];

describe("moto differs from EC2", () => {
  it.each(DIVERGENCES)("as expected: $name", ({ holds }) =>
    withMachines([], async ({ clients }) => expect(await holds(clients)).toBe(true)),
  );
});

function open(): ReturnType<typeof openEc2> {
  // Nothing takes time there: what is waited for is over at the next look.
  // On a busy machine its first answer takes longer than AWS is given.
  return openEc2({ clock: Date.now, wait: (_milliseconds, signal) => delay(0, signal), requestDeadlineMs: 120_000 });
}

async function withClients(act: (clients: AwsClients) => Promise<void>): Promise<void> {
  const { clients, dispose } = open();
  try {
    await act(clients);
  } finally {
    dispose();
  }
}

async function withMachines(
  types: readonly string[],
  act: (opened: { readonly provider: EnvironmentProvider; readonly clients: AwsClients }) => Promise<void>,
): Promise<void> {
  await moto.reset();
  const opened = open();
  try {
    for (const InstanceType of types)
      await launch(opened.clients, { InstanceType } as Partial<RunInstancesCommandInput>);
    await act(opened);
  } finally {
    opened.dispose();
  }
}

function machine(): RunInstancesCommandInput {
  return { ImageId: imageId, InstanceType: "g5.xlarge", MinCount: 1, MaxCount: 1 };
}

async function launch(clients: AwsClients, differing: Partial<RunInstancesCommandInput> = {}): Promise<Instance> {
  const { Instances = [] } = await send(clients, new RunInstancesCommand({ ...machine(), ...differing }));
  const [instance] = Instances;
  if (!instance) throw new Error("moto launched nothing.");
  return instance;
}

function nameTag(name: string) {
  return { ResourceType: "instance" as const, Tags: [{ Key: "Name", Value: name }] };
}

function named({ InstanceId = "" }: Instance): { readonly InstanceIds: string[] } {
  return { InstanceIds: [InstanceId] };
}

async function described(clients: AwsClients, instance: Instance): Promise<Instance | undefined> {
  const { Reservations = [] } = await send(clients, new DescribeInstancesCommand(named(instance)));
  return Reservations[0]?.Instances?.[0];
}

async function stateOf(clients: AwsClients, instance: Instance): Promise<string | undefined> {
  return (await described(clients, instance))?.State?.Name;
}

function send<Output>(clients: AwsClients, command: AwsCommand<Output>): Promise<Output> {
  return clients.send(clients.ec2, command, { failure: sentence("It failed") }, never());
}

function never(): AbortSignal {
  return new AbortController().signal;
}
