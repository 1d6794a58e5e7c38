import {
  CreateKeyPairCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
  type Instance,
  type RunInstancesCommandInput,
  type RunInstancesCommandOutput,
} from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { ec2Client, errorName, instancesOf, only, setUp } from "./clients.ts";

const current = setUp();

type More = Partial<RunInstancesCommandInput>;

function order(more: More = {}): RunInstancesCommandInput {
  const ImageId = current().aws.region("us-east-1").imageId("ubuntu-24.04-amd64");
  return { ImageId, InstanceType: "g5.xlarge", MinCount: 1, MaxCount: 1, ...more };
}

const run = (more: More = {}): Promise<RunInstancesCommandOutput> =>
  current().ec2.send(new RunInstancesCommand(order(more)));

const refusal = (more: More): Promise<string> => errorName(run(more));

async function list(): Promise<readonly Instance[]> {
  return instancesOf((await current().ec2.send(new DescribeInstancesCommand({}))).Reservations);
}

const stateNames = async () => (await list()).map(({ State }) => State?.Name);

describe("a launch", () => {
  it("is pending, then running with addresses", async () => {
    const { aws } = current();
    const tags = [{ Key: "Name", Value: 'a <b> & "c"\u00e9' }];
    const { Instances, ReservationId } = await run({
      TagSpecifications: [{ ResourceType: "instance", Tags: tags }],
    });
    expect(ReservationId).toMatch(/^r-[0-9a-f]{17}$/);
    expect(only(Instances).State).toEqual({ Code: 0, Name: "pending" });
    expect(only(Instances).PublicIpAddress).toBeUndefined();
    await aws.clock.advance(15_000);
    const instance = only(await list());
    expect(instance).toMatchObject({
      InstanceId: only(Instances).InstanceId,
      InstanceType: "g5.xlarge",
      State: { Code: 16, Name: "running" },
      Tags: tags,
      Placement: { AvailabilityZone: "us-east-1a" },
      HibernationOptions: { Configured: false },
      CpuOptions: { CoreCount: 2, ThreadsPerCore: 2 },
      SecurityGroups: [{ GroupName: "default" }],
      LaunchTime: new Date(aws.clock.now() - 15_000),
    });
    expect(instance.PublicIpAddress).toMatch(/^198\.1[89]\./);
    expect(instance.NetworkInterfaces?.[0]?.Association?.PublicIp).toBe(instance.PublicIpAddress);
  });

  it("shuts down and stays listed for an hour", async () => {
    const { aws, ec2 } = current();
    const { Instances } = await run();
    await aws.clock.advance(15_000);
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [only(Instances).InstanceId ?? ""] }));
    expect(await stateNames()).toEqual(["shutting-down"]);
    await aws.clock.advance(30_000);
    expect(await stateNames()).toEqual(["terminated"]);
    await aws.clock.advance(3_600_000);
    expect(await stateNames()).toEqual([]);
  });

  it("makes the disks that were asked for, and those that stay are left behind", async () => {
    const { aws, ec2 } = current();
    const { Instances } = await run({
      BlockDeviceMappings: [
        { DeviceName: "/dev/sda1", Ebs: { VolumeSize: 200, VolumeType: "gp3", Encrypted: true } },
        { DeviceName: "/dev/sdf", Ebs: { VolumeSize: 500, DeleteOnTermination: false } },
      ],
      TagSpecifications: [{ ResourceType: "volume", Tags: [{ Key: "k", Value: "v" }] }],
    });
    const id = only(Instances).InstanceId ?? "";
    const byInstance = { Filters: [{ Name: "attachment.instance-id", Values: [id] }] };
    const { Volumes } = await ec2.send(new DescribeVolumesCommand(byInstance));
    expect(Volumes?.map(({ Size, Encrypted, Tags }) => [Size, Encrypted, Tags?.[0]?.Key])).toEqual([
      [200, true, "k"],
      [500, false, "k"],
    ]);
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await aws.clock.advance(30_000);
    const left = only((await ec2.send(new DescribeVolumesCommand({}))).Volumes);
    expect([left.Size, left.State, left.Attachments]).toEqual([500, "available", []]);
  });

  it("takes the latest image of a public parameter", async () => {
    const { aws } = current();
    const base = "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id";
    const { Instances } = await run({ ImageId: `resolve:ssm:${base}` });
    expect(only(Instances).ImageId).toBe(
      aws.region("us-east-1").imageId("Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04)"),
    );
    expect(await refusal({ ImageId: "resolve:ssm:/aws/service/nothing" })).toBe("InvalidParameterValue");
  });

  it("as a dry run is neither made nor remembered", async () => {
    const { aws } = current();
    const failed = run({ DryRun: true, ClientToken: "t" });
    await expect(failed).rejects.toMatchObject({ name: "DryRunOperation", $metadata: { httpStatusCode: 412 } });
    expect(aws.region("us-east-1").instances).toEqual([]);
    expect((await run({ ClientToken: "t" })).Instances).toHaveLength(1);
  });
});

describe("a client token", () => {
  it("makes one machine of a lost reply and its repetition by the SDK", async () => {
    const { aws } = current();
    const fault = aws.inject({ action: "RunInstances", effect: { kind: "cut" } });
    const patient = ec2Client(aws.endpoint, { maxAttempts: 2 });
    const { Instances } = await patient.send(new RunInstancesCommand(order()));
    patient.destroy();
    expect(fault.hits).toBe(1);
    expect(aws.requests.filter(({ action }) => action === "RunInstances")).toHaveLength(2);
    expect(aws.region("us-east-1").instances.map(({ id }) => id)).toEqual([only(Instances).InstanceId]);
  });

  it("gives the same machine again in its present state", async () => {
    const { aws } = current();
    const first = await run({ ClientToken: "attempt-1" });
    await aws.clock.advance(15_000);
    const second = await run({ ClientToken: "attempt-1" });
    expect(second.ReservationId).toBe(first.ReservationId);
    expect(only(second.Instances)).toMatchObject({
      InstanceId: only(first.Instances).InstanceId,
      State: { Name: "running" },
      ClientToken: "attempt-1",
    });
  });

  it("refuses other parameters, a terminated machine and more than 64 characters", async () => {
    const { ec2 } = current();
    const { Instances } = await run({ ClientToken: "attempt-1" });
    expect(await refusal({ ClientToken: "attempt-1", InstanceType: "g6.xlarge" })).toBe("IdempotentParameterMismatch");
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [only(Instances).InstanceId ?? ""] }));
    expect(await refusal({ ClientToken: "attempt-1" })).toBe("IdempotentInstanceTerminated");
    expect(await refusal({ ClientToken: "x".repeat(65) })).toBe("InvalidParameterValue");
  });

  it("is free again after a launch that failed", async () => {
    const { aws } = current();
    aws.setCapacity({ instanceType: "g5.xlarge", available: 0 });
    expect(await refusal({ ClientToken: "t" })).toBe("InsufficientInstanceCapacity");
    aws.setCapacity({ instanceType: "g5.xlarge", available: 1 });
    expect((await run({ ClientToken: "t" })).Instances).toHaveLength(1);
  });
});

describe("capacity and quota", () => {
  it("give between the least and the most that was asked for", async () => {
    const { aws } = current();
    aws.setCapacity({ zone: "us-east-1a", available: 3 });
    const place = { Placement: { AvailabilityZone: "us-east-1a" } };
    expect((await run({ ...place, MinCount: 1, MaxCount: 5 })).Instances).toHaveLength(3);
    await expect(run(place)).rejects.toMatchObject({
      name: "InsufficientInstanceCapacity",
      $metadata: { httpStatusCode: 500 },
    });
  });

  it("lead a launch without a place to another zone", async () => {
    const { aws } = current();
    aws.setCapacity({ zone: "us-east-1a", instanceType: "g5.xlarge", available: 0 });
    expect(only((await run()).Instances).Placement?.AvailabilityZone).toBe("us-east-1b");
  });

  it("count processors of what runs, on demand and Spot apart", async () => {
    const { aws } = current();
    aws.setQuota("L-DB2E81BA", 8);
    await run({ MinCount: 2, MaxCount: 2 });
    expect(await refusal({})).toBe("VcpuLimitExceeded");
    expect(await refusal({ InstanceType: "p5.48xlarge" })).toBe("no error");
    aws.setQuota("L-3819A6DF", 3);
    expect(await refusal({ InstanceMarketOptions: { MarketType: "spot" } })).toBe("MaxSpotInstanceCountExceeded");
  });
});

describe("what cannot be launched", () => {
  it.each<[string, More]>([
    ["InvalidAMIID.NotFound", { ImageId: "ami-00000000000000000" }],
    ["InvalidAMIID.Malformed", { ImageId: "ubuntu" }],
    ["InvalidParameterValue", { InstanceType: "t4g.medium" }],
    ["InvalidParameterValue", { InstanceType: undefined }],
    ["InvalidKeyPair.NotFound", { KeyName: "laptop" }],
    ["InvalidGroup.NotFound", { SecurityGroupIds: ["sg-00000000000000000"] }],
    ["InvalidSubnetID.NotFound", { SubnetId: "subnet-00000000000000000" }],
    ["Unsupported", { InstanceType: "p5.48xlarge", Placement: { AvailabilityZone: "us-east-1f" } }],
    ["InvalidParameterValue", { Placement: { AvailabilityZone: "us-east-1z" } }],
    ["InvalidParameterValue", { IamInstanceProfile: { Name: "nobody" } }],
    ["InvalidParameterValue", { MinCount: 2 }],
    ["InvalidBlockDeviceMapping", { BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { VolumeSize: 4 } }] }],
    ["UnsupportedHibernationConfiguration", { HibernationOptions: { Configured: true } }],
    ["SpotMaxPriceTooLow", { InstanceMarketOptions: { MarketType: "spot", SpotOptions: { MaxPrice: "0.001" } } }],
  ])("is refused as %s: %o", async (code, more) => {
    expect(await refusal(more)).toBe(code);
    expect(current().aws.region("us-east-1").instances).toEqual([]);
  });

  it("with hibernation: a root disk that is open or too small", async () => {
    const { aws } = current();
    const sleeper = { InstanceType: "m5.2xlarge", HibernationOptions: { Configured: true } } as const;
    const root = (Encrypted: boolean, VolumeSize: number): More => ({
      ...sleeper,
      BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { Encrypted, VolumeSize } }],
    });
    expect(await refusal(sleeper)).toBe("UnsupportedHibernationConfiguration");
    expect(await refusal(root(false, 100))).toBe("UnsupportedHibernationConfiguration");
    expect(await refusal(root(true, 16))).toBe("UnsupportedHibernationConfiguration");
    expect(await refusal(root(true, 100))).toBe("no error");
    expect(aws.region("us-east-1").instances.map(({ hibernationConfigured }) => hibernationConfigured)).toEqual([true]);
  });

  it("but a known key, profile and subnet are taken", async () => {
    const { ec2 } = current();
    await ec2.send(new CreateKeyPairCommand({ KeyName: "laptop", KeyType: "ed25519" }));
    const { Subnets } = await ec2.send(
      new DescribeSubnetsCommand({ Filters: [{ Name: "availability-zone", Values: ["us-east-1c"] }] }),
    );
    const { Instances } = await run({
      KeyName: "laptop",
      IamInstanceProfile: { Name: "SessionManager" },
      UserData: Buffer.from("#!/bin/sh\n").toString("base64"),
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: only(Subnets).SubnetId, AssociatePublicIpAddress: false }],
    });
    expect(only(Instances)).toMatchObject({ KeyName: "laptop", Placement: { AvailabilityZone: "us-east-1c" } });
    await current().aws.clock.advance(15_000);
    expect(only(await list()).PublicIpAddress).toBeUndefined();
  });
});
