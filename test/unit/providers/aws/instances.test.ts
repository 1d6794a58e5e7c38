import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Environment, PowerOperation } from "../../../../src/core/environment.ts";
import { inEnglish, sentence } from "../../../../src/core/sentence.ts";
import { readInstance } from "../../../../src/providers/aws/ec2Instance.ts";
import { readInstanceType, type InstanceTypeInfo } from "../../../../src/providers/aws/instanceType.ts";
import { toEnvironment, type Surroundings } from "../../../../src/providers/aws/instances.ts";

/** Full runs do more; this many go with every commit. */
const RUNS = Number(process.env["GPU_DEV_TEST_RUNS"] ?? 10_000);

const PRICE = { perHour: 1.006, currency: "USD", source: sentence("AWS Price List"), date: "2026-11-01" };

const G5 = {
  InstanceType: "g5.xlarge",
  VCpuInfo: { DefaultVCpus: 4 },
  MemoryInfo: { SizeInMiB: 16_384 },
  HibernationSupported: false,
  InstanceStorageInfo: { TotalSizeInGB: 250 },
  GpuInfo: {
    Gpus: [
      {
        Name: "A10G",
        Manufacturer: "NVIDIA",
        Count: 1,
        LogicalGpuCount: 1,
        GpuPartitionSize: 1,
        MemoryInfo: { SizeInMiB: 22_888 },
      },
    ],
    TotalGpuMemoryInMiB: 22_888,
  },
};

const INSTANCE = {
  InstanceId: "i-0123456789abcdef0",
  InstanceType: "g5.xlarge",
  ImageId: "ami-0123456789abcdef0",
  KeyName: "jane",
  State: { Code: 16, Name: "running" },
  StateReason: { Code: "Client.UserInitiatedShutdown", Message: "User initiated shutdown" },
  Placement: { AvailabilityZone: "eu-central-1a", Tenancy: "default" },
  PlatformDetails: "Linux/UNIX",
  PublicIpAddress: "198.51.100.7",
  PrivateIpAddress: "10.0.0.7",
  LaunchTime: new Date(Date.UTC(2026, 10, 1)),
  RootDeviceName: "/dev/sda1",
  RootDeviceType: "ebs",
  BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { VolumeId: "vol-1", DeleteOnTermination: true } }],
  NetworkInterfaces: [{ Association: { IpOwnerId: "amazon", PublicIp: "198.51.100.7" } }],
  SecurityGroups: [{ GroupId: "sg-1", GroupName: "default" }],
  IamInstanceProfile: { Arn: "arn:aws:iam::111122223333:instance-profile/team/Trainer" },
  HibernationOptions: { Configured: false },
  Tags: [
    { Key: "Name", Value: "trainer" },
    { Key: "gpu-dev:operation", Value: "operation-1" },
  ],
};

function surroundings(differing: Partial<Surroundings> = {}, type: unknown = G5): Surroundings {
  const known = readInstanceType(type);
  return {
    providerId: "aws.ec2/work/eu-central-1",
    scope: { profile: "work", region: "eu-central-1", ssh: {} },
    accountId: "111122223333",
    type: (name) => (known?.name === name ? known : undefined),
    volume: () => ({ type: "gp3", sizeGiB: 100, isEncrypted: true }),
    spotRequest: () => undefined,
    price: () => PRICE,
    storagePrice: () => ({ ...PRICE, perHour: 0.0109 }),
    clockAheadMs: 0,
    changingMs: () => undefined,
    ...differing,
  };
}

function shown(raw: object, around = surroundings()): Environment | undefined {
  const instance = readInstance({ ...INSTANCE, ...raw });
  return instance && toEnvironment(instance, around);
}

function reasonOf(environment: Environment | undefined, operation: PowerOperation): string {
  const availability = environment?.operations[operation];
  return availability?.available === false ? inEnglish(availability.reason) : "";
}

function factsOf(environment: Environment | undefined): Readonly<Record<string, string>> {
  const text = (value: NonNullable<Environment["facts"]>[number]["value"]): string => {
    if (typeof value === "string") return value;
    return "at" in value ? new Date(value.at).toISOString() : inEnglish(value);
  };
  return Object.fromEntries((environment?.facts ?? []).map(({ label, value }) => [inEnglish(label), text(value)]));
}

describe("an EC2 instance as an environment", () => {
  it("bears its name, its place and what it has", () => {
    expect(shown({})).toMatchObject({
      id: "aws/111122223333/eu-central-1/i-0123456789abcdef0",
      name: "trainer",
      group: "111122223333 · eu-central-1",
      state: "running",
      gpu: { model: "NVIDIA A10G", count: 1, memoryMiBPerGpu: 22_888 },
      billing: { kind: "billing", price: PRICE },
      startedAt: Date.UTC(2026, 10, 1),
      operationId: "operation-1",
      reach: "ssh",
    });
    expect(factsOf(shown({}))).toMatchObject({
      Type: "g5.xlarge: 4 vCPUs, 16 GiB memory",
      Zone: "eu-central-1a",
      "Public address": "198.51.100.7",
      "IAM profile": "Trainer",
      "Root disk": "100 GiB gp3, encrypted",
      "Disks on the host": "250 GB, lost at every stop",
    });
  });

  it("is called by its id where it has no name", () => {
    expect(shown({ Tags: [] })?.name).toBe("i-0123456789abcdef0");
    expect(shown({ Tags: [{ Key: "Name", Value: "  " }] })?.name).toBe("i-0123456789abcdef0");
  });

  it.each([
    ["pending", "Server.x", "transitioning", "billing"],
    ["running", "", "running", "billing"],
    ["stopping", "Client.UserInitiatedHibernate", "transitioning", "billing"],
    ["shutting-down", "Client.UserInitiatedShutdown", "transitioning", "billing"],
    ["stopped", "Client.UserInitiatedShutdown", "stopped", "storage-only"],
    ["stopped", "Client.UserInitiatedHibernate", "hibernated", "storage-only"],
  ])("%s (%s) is %s and costs as %s", (name, code, state, billing) => {
    const environment = shown({ State: { Name: name }, StateReason: { Code: code } });
    expect(environment).toMatchObject({ state, billing: { kind: billing } });
    expect(environment?.activity).toBe(state === "transitioning" ? name : undefined);
    expect(environment?.startedAt).toBe(state === "running" ? Date.UTC(2026, 10, 1) : undefined);
  });

  it("is not listed once it is terminated", () => {
    expect(shown({ State: { Name: "terminated" } })).toBeUndefined();
  });

  it("shows a state that nobody knows verbatim, and lets nothing be done", () => {
    const environment = shown({ State: { Name: "rebalancing" } });
    expect(environment).toMatchObject({ state: "unknown", activity: "rebalancing", billing: { kind: "unknown" } });
    expect(Object.values(environment?.operations ?? {}).some(({ available }) => available)).toBe(false);
    expect(reasonOf(environment, "stop")).toContain('"rebalancing"');
  });

  it("never says of a price that is not known that it costs nothing", () => {
    const unpriced = surroundings({ price: () => undefined, storagePrice: () => undefined });
    expect(shown({}, unpriced)?.billing).toEqual({ kind: "billing" });
    expect(shown({ State: { Name: "stopped" } }, unpriced)?.billing).toEqual({ kind: "storage-only" });
  });

  it.each([
    ["a host of one's own", { Placement: { Tenancy: "host" } }],
    ["Windows", { PlatformDetails: "Windows" }],
    ["a capacity block", { InstanceLifecycle: "capacity-block" }],
  ])("has no price from the lists for %s", (_what, raw) => {
    expect(shown(raw)?.billing).toEqual({ kind: "billing" });
  });

  it("adds up its disks, and says nothing where one is not known", () => {
    const BlockDeviceMappings = ["vol-1", "vol-2"].map((VolumeId) => ({ Ebs: { VolumeId } }));
    const stopped = { State: { Name: "stopped" }, BlockDeviceMappings };
    expect(shown(stopped)?.billing).toMatchObject({ price: { perHour: 0.0218 } });
    const half = surroundings({
      volume: (id) => (id === "vol-1" ? { type: "gp3", sizeGiB: 100, isEncrypted: false } : undefined),
    });
    expect(shown(stopped, half)?.billing).toEqual({ kind: "storage-only" });
  });

  it("says of a Spot instance that AWS may take it back, and what cannot be done with it", () => {
    const spot = { InstanceLifecycle: "spot", SpotInstanceRequestId: "sir-1" };
    expect(shown(spot)?.interruptible).toBe(true);
    expect(reasonOf(shown(spot), "stop")).toContain("one-time Spot instance cannot be stopped");
    expect(reasonOf(shown(spot), "hibernate")).toContain("only when AWS takes it back");
    const persistent = shown(spot, surroundings({ spotRequest: () => "persistent" }));
    expect(persistent?.operations.stop.available).toBe(true);
  });

  it("offers hibernation only where it was set up at the launch, and says which of both is lacking", () => {
    expect(reasonOf(shown({}), "hibernate")).toContain(
      "Machines of the type g5.xlarge cannot hibernate. Stop keeps the disks",
    );
    const able = surroundings({}, { ...G5, HibernationSupported: true });
    expect(reasonOf(shown({}, able), "hibernate")).toContain("was not set up for hibernation");
    expect(shown({ HibernationOptions: { Configured: true } }, able)?.operations.hibernate.available).toBe(true);
    const off = { HibernationOptions: { Configured: true }, State: { Name: "stopped" } };
    expect(reasonOf(shown(off, able), "hibernate")).toBe("It is not running.");
  });

  it("does not stop what an Auto Scaling group would replace", () => {
    const Tags = [{ Key: "aws:autoscaling:groupName", Value: "fleet" }];
    expect(reasonOf(shown({ Tags }), "stop")).toContain("The Auto Scaling group fleet would delete");
  });

  it("can be deleted also while it is pending or stopping", () => {
    for (const Name of ["pending", "running", "stopping", "stopped"]) {
      expect(shown({ State: { Name } })?.operations.delete.available).toBe(true);
    }
    expect(reasonOf(shown({ State: { Name: "shutting-down" } }), "delete")).toBe("It is being deleted.");
  });
});

describe("what a type of instance has", () => {
  const gpu = (differing: object): InstanceTypeInfo["gpu"] => {
    const [first] = G5.GpuInfo.Gpus;
    return readInstanceType({ ...G5, GpuInfo: { Gpus: [{ ...first, ...differing }] } })?.gpu;
  };

  it("counts the logical GPUs of a type with a part of one, and says which part", () => {
    const part = { Name: "L4", Count: 0, LogicalGpuCount: 1, MemoryInfo: { SizeInMiB: 2861 } };
    expect(gpu({ ...part, GpuPartitionSize: 0.125 })).toEqual({
      model: "NVIDIA L4 (1/8)",
      count: 1,
      memoryMiBPerGpu: 2861,
    });
    expect(gpu({ ...part, GpuPartitionSize: 0.5 })?.model).toBe("NVIDIA L4 (1/2)");
    expect(gpu({ ...part, GpuPartitionSize: 0.3 })?.model).toBe("NVIDIA L4 (30 %)");
  });

  it("has none where nothing can be counted, and never none of something", () => {
    expect(gpu({ Count: 0, LogicalGpuCount: undefined })).toBeUndefined();
    expect(gpu({ Count: -1, LogicalGpuCount: Number.NaN })).toBeUndefined();
    expect(gpu({ Count: 1e9 })).toBeUndefined();
    expect(gpu({ MemoryInfo: { SizeInMiB: 0 } })).toEqual({ model: "NVIDIA A10G", count: 1 });
  });

  it("tells other accelerators apart from GPUs", () => {
    const type = readInstanceType({
      InstanceType: "trn1.32xlarge",
      NeuronInfo: { NeuronDevices: [{ Count: 16, Name: "Trainium" }] },
      FpgaInfo: { Fpgas: [{ Count: 2, Manufacturer: "Xilinx", Name: "VU47P" }] },
    });
    expect(type).toMatchObject({ gpu: undefined, accelerators: ["16 × Trainium", "2 × Xilinx VU47P"] });
  });
});

/** Every place in the answer, with something else there: another type, nothing, a text of nobody's making. */
const LIES = fc.oneof(
  fc.constant(undefined),
  fc.constant(null),
  fc.constant(""),
  fc.constant(Number.NaN),
  fc.constant(-1),
  fc.constant([]),
  fc.constant([null]),
  fc.constant({}),
  fc.constant(new Date(Number.NaN)),
  fc.constant("__proto__"),
  fc.constant("x\n  ProxyCommand touch /tmp/canary"),
  fc.constant("\u202Eevil"),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.integer(),
  fc.boolean(),
);

function placesIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  const own = path.length === 0 ? [] : [path];
  if (typeof value !== "object" || value === null || value instanceof Date) return own;
  return [...own, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))];
}

function withLie(value: unknown, [key, ...rest]: readonly string[], lie: unknown): unknown {
  if (key === undefined) return lie;
  if (typeof value !== "object" || value === null) return value;
  const copy: unknown[] | Record<string, unknown> = Array.isArray(value) ? [...(value as unknown[])] : { ...value };
  const inner: unknown = Reflect.get(copy, key);
  Reflect.set(copy, key, withLie(inner, rest, lie));
  return copy;
}

function lied(truth: unknown): fc.Arbitrary<unknown> {
  const places = placesIn(truth);
  const changes = fc.array(fc.tuple(fc.constantFrom(...places), LIES), { minLength: 1, maxLength: 4 });
  return changes.map((made) => made.reduce<unknown>((value, [path, lie]) => withLie(value, path, lie), truth));
}

describe("an EC2 that lies", () => {
  it("crashes nothing, is shown verbatim and bounded, and lets nothing be done where the state is unknown", () => {
    fc.assert(
      fc.property(lied(INSTANCE), lied(G5), fc.boolean(), (raw, type, isPriced) => {
        const instance = readInstance(raw);
        if (!instance) return;
        const unpriced = isPriced ? {} : { price: () => undefined, storagePrice: () => undefined };
        const environment = toEnvironment(instance, surroundings(unpriced, type));
        if (environment) judge(environment);
        else expect(instance.state).toBe("terminated");
      }),
      { numRuns: RUNS },
    );
  });
});

function judge(environment: Environment): void {
  expect(environment.id).toMatch(/^aws\/111122223333\/eu-central-1\/i-[0-9a-zA-Z]{1,32}$/);
  expect(environment.name.length).toBeLessThanOrEqual(256);
  expect(environment.billing.kind).not.toBe("nothing");
  expect(JSON.stringify(environment)).not.toMatch(/NaN|null|"(undefined|\[object Object\])"/);
  expect(JSON.stringify(environment).length).toBeLessThan(20_000);
  const { gpu, startedAt, state, operations } = environment;
  if (gpu) expect(gpu.count).toBeGreaterThan(0);
  if (startedAt !== undefined) expect(Number.isFinite(startedAt)).toBe(true);
  for (const availability of Object.values(operations)) {
    if (state === "unknown") expect(availability.available).toBe(false);
    if (!availability.available) expect(inEnglish(availability.reason)).toMatch(/^[A-Z][\s\S]+\.$/);
  }
}
