import {
  CancelSpotInstanceRequestsCommand,
  DescribeInstancesCommand,
  DescribeSpotInstanceRequestsCommand,
  DescribeSpotPriceHistoryCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type SpotInstanceRequest,
  type SpotMarketOptions,
} from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { errorName, instancesOf, only, setUp } from "./clients.ts";

const current = setUp();

async function launch(SpotOptions: SpotMarketOptions = {}): Promise<string> {
  const { aws, ec2 } = current();
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      ImageId: aws.region("us-east-1").imageId("ubuntu-24.04-amd64"),
      InstanceType: "g5.xlarge",
      MinCount: 1,
      MaxCount: 1,
      InstanceMarketOptions: { MarketType: "spot", SpotOptions },
    }),
  );
  await aws.clock.advance(15_000);
  return only(Instances).InstanceId ?? "";
}

async function request(): Promise<SpotInstanceRequest> {
  return only((await current().ec2.send(new DescribeSpotInstanceRequestsCommand({}))).SpotInstanceRequests);
}

const requestState = async () => {
  const { State, Status } = await request();
  return [State, Status?.Code];
};

async function instanceStates(): Promise<readonly (string | undefined)[]> {
  const { Reservations } = await current().ec2.send(new DescribeInstancesCommand({}));
  return instancesOf(Reservations).map(({ State }) => State?.Name);
}

const stopOf = (id: string) => current().ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));

describe("a one-time request", () => {
  it("is fulfilled by an instance that cannot be stopped", async () => {
    const id = await launch();
    const { Reservations } = await current().ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: "instance-lifecycle", Values: ["spot"] }] }),
    );
    const instance = only(instancesOf(Reservations));
    expect(instance).toMatchObject({ InstanceId: id, InstanceLifecycle: "spot" });
    expect(await request()).toMatchObject({
      SpotInstanceRequestId: instance.SpotInstanceRequestId,
      Type: "one-time",
      State: "active",
      Status: { Code: "fulfilled" },
      InstanceId: id,
    });
    expect(await errorName(stopOf(id))).toBe("UnsupportedOperation");
  });

  it("closes after an interruption, of which there are two minutes' notice", async () => {
    const { aws } = current();
    const id = await launch();
    aws.interruptSpot(id, "terminate");
    expect(await requestState()).toEqual(["active", "marked-for-termination"]);
    expect(await instanceStates()).toEqual(["running"]);
    await aws.clock.advance(120_000);
    expect(await instanceStates()).toEqual(["shutting-down"]);
    await aws.clock.advance(30_000);
    expect(await requestState()).toEqual(["closed", "instance-terminated-no-capacity"]);
    const [instance] = aws.region("us-east-1").instances;
    expect(instance?.stateReason?.code).toBe("Server.SpotInstanceTermination");
  });
});

describe("a persistent request", () => {
  it("launches another instance after a termination, until it is cancelled", async () => {
    const { aws, ec2 } = current();
    const id = await launch({ SpotInstanceType: "persistent" });
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await aws.clock.advance(30_000);
    expect(await requestState()).toEqual(["open", "instance-terminated-by-user"]);
    await aws.clock.advance(45_000);
    expect(await instanceStates()).toEqual(["terminated", "running"]);
    const { SpotInstanceRequestId = "", InstanceId = "" } = await request();
    expect(InstanceId).not.toBe(id);
    await ec2.send(new CancelSpotInstanceRequestsCommand({ SpotInstanceRequestIds: [SpotInstanceRequestId] }));
    expect(await requestState()).toEqual(["cancelled", "request-canceled-and-instance-running"]);
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    await aws.clock.advance(600_000);
    expect(await instanceStates()).toEqual(["terminated", "terminated"]);
  });

  it("is disabled while its user has stopped the instance", async () => {
    const { aws, ec2 } = current();
    const id = await launch({ SpotInstanceType: "persistent", InstanceInterruptionBehavior: "stop" });
    await stopOf(id);
    await aws.clock.advance(30_000);
    expect(await requestState()).toEqual(["disabled", "instance-stopped-by-user"]);
    await ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
    await aws.clock.advance(15_000);
    expect(await requestState()).toEqual(["active", "fulfilled"]);
  });

  it("whose instance EC2 stopped is started by EC2 alone", async () => {
    const { aws, ec2 } = current();
    const id = await launch({ SpotInstanceType: "persistent", InstanceInterruptionBehavior: "stop" });
    aws.interruptSpot(id, "stop");
    await aws.clock.advance(150_000);
    expect(await instanceStates()).toEqual(["stopped"]);
    expect(await requestState()).toEqual(["disabled", "instance-stopped-no-capacity"]);
    const start = ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
    expect(await errorName(start)).toBe("IncorrectSpotRequestState");
    aws.resumeSpot(id);
    await aws.clock.advance(15_000);
    expect(await instanceStates()).toEqual(["running"]);
  });

  it("has a say in what an interruption does, a one-time one has not", async () => {
    expect(await errorName(launch({ InstanceInterruptionBehavior: "stop" }))).toBe("InvalidParameterCombination");
  });
});

it("a hibernation by EC2 begins without notice", async () => {
  const { aws } = current();
  const id = aws.addInstance({ instanceType: "m5.large", spot: { persistent: true, interruption: "hibernate" } });
  aws.interruptSpot(id, "hibernate");
  expect(await instanceStates()).toEqual(["stopping"]);
  await aws.clock.advance(60_000);
  expect(await requestState()).toEqual(["disabled", "instance-stopped-no-capacity"]);
});

it("prices are known for each zone, the latest first", async () => {
  const { aws, ec2 } = current();
  const StartTime = new Date(aws.clock.now() - 24 * 3_600_000);
  const { SpotPriceHistory = [] } = await ec2.send(
    new DescribeSpotPriceHistoryCommand({
      InstanceTypes: ["g5.xlarge"],
      ProductDescriptions: ["Linux/UNIX"],
      StartTime,
    }),
  );
  const zones = new Set(SpotPriceHistory.map(({ AvailabilityZone }) => AvailabilityZone));
  expect([...zones]).toEqual(["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1f"]);
  const times = SpotPriceHistory.filter((price) => price.AvailabilityZone === "us-east-1a").map(
    ({ Timestamp }) => Timestamp,
  );
  expect(times).toEqual(times.toSorted((left, right) => Number(right) - Number(left)));
  expect(Number(SpotPriceHistory[0]?.SpotPrice)).toBeGreaterThan(0.1);
  const { SpotPriceHistory: now } = await ec2.send(
    new DescribeSpotPriceHistoryCommand({ InstanceTypes: ["g5.xlarge"], StartTime: new Date(aws.clock.now()) }),
  );
  expect(now).toHaveLength(5);
});
