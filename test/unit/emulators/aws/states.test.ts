import {
  DescribeInstancesCommand,
  GetConsoleOutputCommand,
  ModifyInstanceAttributeCommand,
  RebootInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type Instance,
} from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { errorName, instancesOf, only, setUp } from "./clients.ts";

const current = setUp();

async function read(id: string): Promise<Instance> {
  const { Reservations } = await current().ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return only(instancesOf(Reservations));
}

const start = (id: string) => current().ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
const stop = (id: string, Hibernate = false) =>
  current().ec2.send(new StopInstancesCommand({ InstanceIds: [id], Hibernate }));
const terminate = (id: string) => current().ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));

describe("a stop", () => {
  it("takes its time, says who did it and gives the public address up", async () => {
    const { aws } = current();
    const id = aws.addInstance();
    const change = only((await stop(id)).StoppingInstances);
    expect([change.PreviousState?.Name, change.CurrentState]).toEqual(["running", { Code: 64, Name: "stopping" }]);
    await aws.clock.advance(29_999);
    expect((await read(id)).State?.Name).toBe("stopping");
    await aws.clock.advance(1);
    const stopped = await read(id);
    expect(stopped).toMatchObject({
      State: { Code: 80, Name: "stopped" },
      StateReason: { Code: "Client.UserInitiatedShutdown" },
    });
    expect(stopped.StateTransitionReason).toMatch(/^User initiated \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT\)$/);
    expect([stopped.PublicIpAddress, typeof stopped.PrivateIpAddress]).toEqual([undefined, "string"]);
  });

  it("is followed by a start with another address and a new launch time; an elastic one stays", async () => {
    const { aws } = current();
    const [plain, elastic] = [aws.addInstance(), aws.addInstance({ elasticIp: "198.18.255.1" })];
    const before = await read(plain);
    for (const id of [plain, elastic]) await stop(id);
    await aws.clock.advance(30_000);
    expect((await read(elastic)).PublicIpAddress).toBe("198.18.255.1");
    for (const id of [plain, elastic]) await start(id);
    expect((await read(plain)).State).toEqual({ Code: 0, Name: "pending" });
    await aws.clock.advance(15_000);
    const after = await read(plain);
    expect(after.State?.Name).toBe("running");
    expect(after.PublicIpAddress).not.toBe(before.PublicIpAddress);
    expect(after.PrivateIpAddress).toBe(before.PrivateIpAddress);
    expect(after.LaunchTime?.getTime()).toBe((before.LaunchTime?.getTime() ?? 0) + 30_000);
    expect((await read(elastic)).PublicIpAddress).toBe("198.18.255.1");
  });

  it("that is made again changes nothing, and a start of what runs neither", async () => {
    const { aws } = current();
    const id = aws.addInstance();
    expect(only((await start(id)).StartingInstances).CurrentState?.Name).toBe("running");
    await stop(id);
    expect(only((await stop(id)).StoppingInstances).PreviousState?.Name).toBe("stopping");
  });

  it("and the other steps are refused in a wrong state", async () => {
    const { aws, ec2 } = current();
    const refusal = async (state: "pending" | "stopping" | "stopped" | "terminated") => {
      const id = aws.addInstance({ state });
      const reboot = () => ec2.send(new RebootInstancesCommand({ InstanceIds: [id] }));
      return [await errorName(reboot()), await errorName(start(id)), await errorName(stop(id))];
    };
    const [ok, wrong] = ["no error", "IncorrectInstanceState"];
    expect(await refusal("pending")).toEqual([wrong, ok, wrong]);
    expect(await refusal("stopping")).toEqual([wrong, wrong, ok]);
    expect(await refusal("stopped")).toEqual([wrong, ok, wrong]);
    expect(await refusal("terminated")).toEqual([wrong, wrong, wrong]);
  });

  it("leaves room for another machine, so that a start may fail", async () => {
    const { aws } = current();
    const id = aws.addInstance({ state: "stopped" });
    aws.setCapacity({ zone: "us-east-1a", available: 0 });
    expect(await errorName(start(id))).toBe("InsufficientInstanceCapacity");
    aws.setCapacity({ zone: "us-east-1a", available: 1 });
    aws.setQuota("L-DB2E81BA", 0);
    expect(await errorName(start(id))).toBe("VcpuLimitExceeded");
  });
});

describe("a hibernation", () => {
  const sleeper = () => current().aws.addInstance({ instanceType: "m5.large", hibernationConfigured: true });

  it("is refused until the guest is ready, then ends as stopped with a reason of its own", async () => {
    const { aws } = current();
    const id = sleeper();
    await expect(stop(id, true)).rejects.toMatchObject({ name: "UnsupportedOperation" });
    await aws.clock.advance(120_000);
    await stop(id, true);
    await aws.clock.advance(59_999);
    expect((await read(id)).State?.Name).toBe("stopping");
    await aws.clock.advance(1);
    expect(await read(id)).toMatchObject({
      State: { Name: "stopped" },
      StateReason: { Code: "Client.UserInitiatedHibernate" },
    });
  });

  it("is refused where it was not configured", async () => {
    const id = current().aws.addInstance();
    await current().aws.clock.advance(120_000);
    expect(await errorName(stop(id, true))).toBe("UnsupportedHibernationConfiguration");
    expect((await read(id)).State?.Name).toBe("running");
  });

  it("that fails is a plain stop", async () => {
    const { aws } = current();
    const id = sleeper();
    await aws.clock.advance(120_000);
    aws.failHibernation(id);
    await stop(id, true);
    await aws.clock.advance(60_000);
    expect((await read(id)).StateReason?.Code).toBe("Client.UserInitiatedShutdown");
  });
});

describe("a termination", () => {
  it("overtakes a start, and what is terminated keeps its tags but no address", async () => {
    const { aws } = current();
    const id = aws.addInstance({ state: "stopped", tags: { Name: "box" } });
    await start(id);
    await terminate(id);
    await aws.clock.advance(30_000);
    const gone = await read(id);
    expect(gone).toMatchObject({
      State: { Code: 48, Name: "terminated" },
      StateReason: { Code: "Client.UserInitiatedShutdown" },
      Tags: [{ Key: "Name", Value: "box" }],
      SecurityGroups: [],
      NetworkInterfaces: [],
      BlockDeviceMappings: [],
    });
    expect([gone.PublicIpAddress, gone.PrivateIpAddress, gone.VpcId]).toEqual([undefined, undefined, undefined]);
    expect(only((await terminate(id)).TerminatingInstances).CurrentState?.Name).toBe("terminated");
  });

  it("is refused where it is forbidden, of all or of none, until that is lifted", async () => {
    const { aws, ec2 } = current();
    const [shielded, free] = [aws.addInstance({ terminationProtected: true }), aws.addInstance()];
    const both = ec2.send(new TerminateInstancesCommand({ InstanceIds: [shielded, free] }));
    expect(await errorName(both)).toBe("OperationNotPermitted");
    expect((await read(free)).State?.Name).toBe("running");
    await ec2.send(
      new ModifyInstanceAttributeCommand({ InstanceId: shielded, DisableApiTermination: { Value: false } }),
    );
    await terminate(shielded);
    expect((await read(shielded)).State?.Name).toBe("shutting-down");
  });
});

it("the type changes only while the instance is stopped", async () => {
  const { aws, ec2 } = current();
  const id = aws.addInstance();
  const change = (Value: string) =>
    ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, InstanceType: { Value } }));
  expect(await errorName(change("g6.xlarge"))).toBe("IncorrectInstanceState");
  await stop(id);
  await aws.clock.advance(30_000);
  await change("g6.xlarge");
  expect((await read(id)).InstanceType).toBe("g6.xlarge");
  expect(await errorName(change("t4g.medium"))).toBe("InvalidParameterValue");
});

it("a dry run changes nothing", async () => {
  const { aws, ec2 } = current();
  const InstanceIds = [aws.addInstance()];
  expect(await errorName(ec2.send(new StopInstancesCommand({ InstanceIds, DryRun: true })))).toBe("DryRunOperation");
  expect((await read(InstanceIds[0] ?? "")).State?.Name).toBe("running");
});

it("the console output lags behind the start", async () => {
  const { aws, ec2 } = current();
  const InstanceId = aws.addInstance();
  expect((await ec2.send(new GetConsoleOutputCommand({ InstanceId }))).Output).toBeUndefined();
  await aws.clock.advance(60_000);
  const { Output = "" } = await ec2.send(new GetConsoleOutputCommand({ InstanceId }));
  expect(Buffer.from(Output, "base64").toString()).toContain("Linux version");
});
