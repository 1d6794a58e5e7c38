import {
  DescribeInstancesCommand,
  DescribeInstanceStatusCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  RunInstancesCommand,
  paginateDescribeInstances,
  paginateDescribeInstanceTypes,
  type DescribeInstancesCommandInput,
  type Filter,
} from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { ec2Client, errorName, instancesOf, only, setUp } from "./clients.ts";

const current = setUp();

async function ids(input: DescribeInstancesCommandInput = {}): Promise<readonly (string | undefined)[]> {
  const { Reservations } = await current().ec2.send(new DescribeInstancesCommand(input));
  return instancesOf(Reservations).map(({ InstanceId }) => InstanceId);
}

const refusal = (input: DescribeInstancesCommandInput): Promise<string> => errorName(ids(input));

describe("pages", () => {
  it("count instances, so that a reservation is split", async () => {
    const { aws, ec2 } = current();
    for (let index = 0; index < 7; index += 1) aws.addInstance({ reservationId: "r-00000000000000007" });
    const first = await ec2.send(new DescribeInstancesCommand({ MaxResults: 5 }));
    const second = await ec2.send(new DescribeInstancesCommand({ MaxResults: 5, NextToken: first.NextToken }));
    expect(only(first.Reservations).Instances).toHaveLength(5);
    expect(only(second.Reservations).Instances).toHaveLength(2);
    expect(only(first.Reservations).ReservationId).toBe(only(second.Reservations).ReservationId);
    expect(second.NextToken).toBeUndefined();
  });

  it("neither skip nor repeat when the list changes meanwhile", async () => {
    const { aws, ec2 } = current();
    const known = Array.from({ length: 12 }, () => aws.addInstance());
    const seen: (string | undefined)[] = [];
    for await (const page of paginateDescribeInstances({ client: ec2, pageSize: 5 }, {})) {
      seen.push(...instancesOf(page.Reservations).map(({ InstanceId }) => InstanceId));
      if (seen.length === 5) known.push(aws.addInstance());
    }
    expect(seen).toEqual(known);
  });

  it("have from 5 to 1000 instances, a token that ends, and no ids beside a size", async () => {
    const { aws, ec2 } = current();
    const known = Array.from({ length: 6 }, () => aws.addInstance());
    expect(await refusal({ MaxResults: 4 })).toBe("InvalidParameterValue");
    expect(await refusal({ MaxResults: 1001 })).toBe("InvalidParameterValue");
    expect(await refusal({ MaxResults: 5, InstanceIds: known })).toBe("InvalidParameterCombination");
    expect(await refusal({ MaxResults: 5, NextToken: "nonsense" })).toBe("InvalidPaginationToken");
    const { NextToken } = await ec2.send(new DescribeInstancesCommand({ MaxResults: 5 }));
    await aws.clock.advance(3_600_001);
    expect(await refusal({ MaxResults: 5, NextToken })).toBe("InvalidPaginationToken");
  });

  it("may be empty and yet not the last", async () => {
    const { aws, ec2 } = current();
    const known = Array.from({ length: 6 }, () => aws.addInstance());
    aws.inject({ action: "DescribeInstances", effect: { kind: "emptyPage" } });
    const sizes: number[] = [];
    for await (const { Reservations } of paginateDescribeInstances({ client: ec2, pageSize: 5 }, {}))
      sizes.push(instancesOf(Reservations).length);
    expect(sizes).toEqual([0, 5, 1]);
    expect(await ids()).toEqual(known);
  });

  it("of 5,000 instances are quick", async () => {
    const { aws, ec2 } = current();
    for (let index = 0; index < 5_000; index += 1) aws.addInstance({ tags: { Name: `box ${index}`, owner: "me" } });
    let found = 0;
    for await (const { Reservations } of paginateDescribeInstances({ client: ec2, pageSize: 1000 }, {}))
      found += instancesOf(Reservations).length;
    expect(found).toBe(5_000);
  });

  it("of types hold a hundred", async () => {
    const sizes: number[] = [];
    const names = new Set<string | undefined>();
    for await (const { InstanceTypes = [] } of paginateDescribeInstanceTypes({ client: current().ec2 }, {})) {
      sizes.push(InstanceTypes.length);
      for (const { InstanceType } of InstanceTypes) names.add(InstanceType);
    }
    expect(sizes).toEqual([100, names.size - 100]);
    const tooMany = current().ec2.send(new DescribeInstanceTypesCommand({ MaxResults: 101 }));
    expect(await errorName(tooMany)).toBe("InvalidParameterValue");
  });
});

describe("filters", () => {
  it.each<[string, string[], string[]]>([
    ["instance-state-name", ["stopped", "pending"], ["b"]],
    ["instance-type", ["g?.*"], ["a", "b"]],
    ["tag:Name", ["tr*"], ["a"]],
    ["tag:team", ["vision"], ["a", "c"]],
    ["tag-key", ["team"], ["a", "c"]],
    ["instance-lifecycle", ["spot"], ["c"]],
    ["hibernation-options.configured", ["true"], ["c"]],
    ["availability-zone", ["us-east-1b"], ["b"]],
    ["client-token", ["token"], ["a"]],
    ["key-name", ["laptop"], ["a"]],
    ["tag:Name", ["TR*"], []],
    ["instance.group-id", ["sg-*"], ["a", "b", "c"]],
  ])("%s = %o", async (name, values, expected) => {
    const { aws } = current();
    const known = new Map([
      [aws.addInstance({ tags: { Name: "trainer", team: "vision" }, clientToken: "token", keyName: "laptop" }), "a"],
      [aws.addInstance({ instanceType: "g6.xlarge", state: "stopped", zone: "us-east-1b" }), "b"],
      [
        aws.addInstance({
          instanceType: "m5.large",
          tags: { team: "vision" },
          spot: {},
          hibernationConfigured: true,
        }),
        "c",
      ],
    ]);
    const found = await ids({ Filters: [{ Name: name, Values: values }] });
    expect(found.map((id) => known.get(id ?? ""))).toEqual(expected);
  });

  it("must all be met, and each must be known", async () => {
    const { aws } = current();
    const both: Filter[] = [
      { Name: "tag:team", Values: ["vision"] },
      { Name: "instance-state-name", Values: ["running"] },
    ];
    const id = aws.addInstance({ tags: { team: "vision" } });
    aws.addInstance({ tags: { team: "vision" }, state: "stopped" });
    expect(await ids({ Filters: both })).toEqual([id]);
    const many = Array.from({ length: 201 }, (_, index) => `g${index}.xlarge`);
    expect(await refusal({ Filters: [{ Name: "instance-type", Values: many }] })).toBe("FilterLimitExceeded");
    expect(await refusal({ Filters: [{ Name: "instance-colour", Values: ["red"] }] })).toBe("InvalidParameterValue");
  });
});

describe("an instance that a list does not show", () => {
  it("is told apart from an id that is none", async () => {
    expect(await refusal({ InstanceIds: ["i-00000000000000abc"] })).toBe("InvalidInstanceID.NotFound");
    expect(await refusal({ InstanceIds: ["i-nonsense"] })).toBe("InvalidInstanceID.Malformed");
  });

  it("is too young, where the lists lag behind", async () => {
    const { aws, ec2 } = current();
    aws.setDurations({ visibleAfterMs: 4_000 });
    const ImageId = aws.region("us-east-1").imageId("ubuntu-24.04-amd64");
    const launch = { ImageId, InstanceType: "g5.xlarge", MinCount: 1, MaxCount: 1 } as const;
    const { Instances } = await ec2.send(new RunInstancesCommand(launch));
    const id = only(Instances).InstanceId ?? "";
    expect(await refusal({ InstanceIds: [id] })).toBe("InvalidInstanceID.NotFound");
    expect(await ids()).toEqual([]);
    await aws.clock.advance(4_000);
    expect(await ids()).toEqual([id]);
  });

  it("came after the moment that a stale list shows", async () => {
    const { aws } = current();
    const old = aws.addInstance();
    await aws.clock.advance(10_000);
    const young = aws.addInstance();
    aws.inject({ action: "DescribeInstances", effect: { kind: "stale", ageMs: 5_000 } });
    expect(await ids()).toEqual([old]);
    expect(await ids()).toEqual([old, young]);
  });
});

it("status checks follow the start; what does not run is listed on demand only", async () => {
  const { aws, ec2 } = current();
  aws.addInstance();
  aws.addInstance({ state: "stopped" });
  const summaries = async (IncludeAllInstances: boolean) => {
    const { InstanceStatuses } = await ec2.send(new DescribeInstanceStatusCommand({ IncludeAllInstances }));
    return InstanceStatuses?.map(({ InstanceStatus, SystemStatus }) => [InstanceStatus?.Status, SystemStatus?.Status]);
  };
  expect(await summaries(false)).toEqual([["initializing", "initializing"]]);
  await aws.clock.advance(120_000);
  expect(await summaries(true)).toEqual([
    ["ok", "ok"],
    ["not-applicable", "not-applicable"],
  ]);
});

describe("types", () => {
  const typeOf = async (name: "g6f.large" | "g5.xlarge" | "inf2.xlarge" | "vt1.3xlarge" | "m5.large") => {
    const { InstanceTypes } = await current().ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: [name] }));
    return only(InstanceTypes);
  };

  it("tell a fraction of a GPU, Neuron devices and media cards apart", async () => {
    const { GpuInfo } = await typeOf("g6f.large");
    expect(GpuInfo?.Gpus).toMatchObject([{ Count: 0, LogicalGpuCount: 1, GpuPartitionSize: 0.125, Name: "L4" }]);
    const inferentia = await typeOf("inf2.xlarge");
    expect(inferentia.GpuInfo).toBeUndefined();
    expect(inferentia.NeuronInfo?.NeuronDevices).toMatchObject([{ Name: "Inferentia2", CoreInfo: { Count: 2 } }]);
    expect(inferentia.InferenceAcceleratorInfo?.Accelerators).toMatchObject([{ Count: 1, Manufacturer: "AWS" }]);
    expect((await typeOf("vt1.3xlarge")).MediaAcceleratorInfo?.Accelerators).toMatchObject([{ Name: "U30" }]);
  });

  it("say what can hibernate: no accelerated one", async () => {
    expect(await typeOf("m5.large")).toMatchObject({ HibernationSupported: true, MemoryInfo: { SizeInMiB: 8192 } });
    const g5 = await typeOf("g5.xlarge");
    expect(g5).toMatchObject({ HibernationSupported: false, CurrentGeneration: false, VCpuInfo: { DefaultVCpus: 4 } });
    expect(g5.GpuInfo).toMatchObject({ Gpus: [{ Name: "A10G", Count: 1 }], TotalGpuMemoryInMiB: 22_888 });
    const Filters = [
      { Name: "hibernation-supported", Values: ["true"] },
      { Name: "instance-type", Values: ["g*", "p*"] },
    ];
    const { InstanceTypes } = await current().ec2.send(new DescribeInstanceTypesCommand({ Filters }));
    expect(InstanceTypes).toEqual([]);
  });

  it("are offered in some zones and regions only", async () => {
    const { aws, ec2 } = current();
    const input = {
      LocationType: "availability-zone",
      Filters: [{ Name: "instance-type", Values: ["p5.*"] }],
    } as const;
    const offerings = async (client = ec2) => {
      const { InstanceTypeOfferings } = await client.send(
        new DescribeInstanceTypeOfferingsCommand({ ...input, Filters: [{ Name: "instance-type", Values: ["p5.*"] }] }),
      );
      return InstanceTypeOfferings?.map(({ Location }) => Location);
    };
    expect(await offerings()).toEqual(["us-east-1a", "us-east-1b"]);
    const paris = ec2Client(aws.endpoint, { region: "eu-west-3" });
    expect(await offerings(paris)).toEqual([]);
    const unknown = paris.send(new DescribeInstanceTypesCommand({ InstanceTypes: ["p5.48xlarge"] }));
    expect(await errorName(unknown)).toBe("InvalidInstanceType");
    paris.destroy();
  });
});
