import {
  DescribeInstancesCommand,
  GetConsoleOutputCommand,
  ImportKeyPairCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  startAwsEmulator,
  type AwsEmulator,
  type AwsEmulatorOptions,
  type MachineHost,
  type MachineRequest,
} from "../../../emulators/aws/emulator.ts";
import { ec2Client, errorName, only } from "./clients.ts";

const PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8LxzeEHkBgWfZyzXlWYcLXDDZw6gGfBqKb2cLLQSYf me@laptop";

let close: () => Promise<void> = () => Promise.resolve();
afterEach(() => close());

async function open(options: AwsEmulatorOptions): Promise<{ readonly aws: AwsEmulator; readonly ec2: EC2Client }> {
  const aws = await startAwsEmulator(options);
  const ec2 = ec2Client(aws.endpoint);
  close = async () => {
    ec2.destroy();
    await aws.stop();
  };
  return { aws, ec2 };
}

class FakeHost implements MachineHost {
  readonly calls: string[] = [];
  readonly started: MachineRequest[] = [];
  broken = false;

  start(machine: MachineRequest) {
    this.calls.push("start");
    this.started.push(machine);
    if (this.broken) return Promise.reject(new Error("no room"));
    return Promise.resolve({ publicIp: "127.0.0.9", privateIp: "127.0.0.8", consoleOutput: "booted" });
  }

  stop(): Promise<void> {
    this.calls.push("stop");
    return Promise.resolve();
  }

  remove(): Promise<void> {
    this.calls.push("remove");
    return Promise.resolve();
  }
}

function order(aws: AwsEmulator): RunInstancesCommand {
  const ImageId = aws.region("us-east-1").imageId("ubuntu-24.04-amd64");
  return new RunInstancesCommand({
    ImageId,
    InstanceType: "g5.xlarge",
    MinCount: 1,
    MaxCount: 1,
    KeyName: "laptop",
    UserData: Buffer.from("#cloud-config\n").toString("base64"),
  });
}

const importKey = new ImportKeyPairCommand({ KeyName: "laptop", PublicKeyMaterial: Buffer.from(PUBLIC_KEY) });

describe("a machine behind an instance", () => {
  it("is started with its key, reached at its address, stopped and removed", async () => {
    const host = new FakeHost();
    const { aws, ec2 } = await open({ machines: host });
    await ec2.send(importKey);
    const { Instances } = await ec2.send(order(aws));
    const id = only(Instances).InstanceId ?? "";
    const InstanceIds = [id];
    await aws.clock.advance(15_000);
    expect(host.started).toEqual([
      { id, instanceType: "g5.xlarge", publicKey: PUBLIC_KEY, userData: "#cloud-config\n" },
    ]);
    expect(only(aws.region("us-east-1").instances)).toMatchObject({ publicIp: "127.0.0.9", privateIp: "127.0.0.8" });
    await aws.clock.advance(60_000);
    const { Output = "" } = await ec2.send(new GetConsoleOutputCommand({ InstanceId: id }));
    expect(Buffer.from(Output, "base64").toString()).toBe("booted");
    await ec2.send(new StopInstancesCommand({ InstanceIds }));
    await aws.clock.advance(30_000);
    await ec2.send(new StartInstancesCommand({ InstanceIds }));
    await aws.clock.advance(15_000);
    await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    await aws.clock.advance(30_000);
    expect(host.calls).toEqual(["start", "stop", "start", "remove"]);
  });

  it("that does not start ends the instance", async () => {
    const host = new FakeHost();
    host.broken = true;
    const { aws, ec2 } = await open({ machines: host });
    await ec2.send(importKey);
    await ec2.send(order(aws));
    await aws.clock.advance(15_000);
    expect(only(aws.region("us-east-1").instances)).toMatchObject({
      state: "terminated",
      stateReason: { code: "Server.InternalError" },
    });
  });
});

describe("the clock", () => {
  it("runs by itself when it is real, as fast as it is told, and can still be moved on", async () => {
    const { aws, ec2 } = await open({ clock: "real", speed: 1_000 });
    await ec2.send(importKey);
    await ec2.send(order(aws));
    const state = () => aws.region("us-east-1").instances[0]?.state;
    await vi.waitFor(() => expect(state()).toBe("running"));
    await ec2.send(new StopInstancesCommand({ InstanceIds: aws.region("us-east-1").instances.map(({ id }) => id) }));
    await aws.clock.advance(30_000);
    expect(state()).toBe("stopped");
  });

  it("stands still when it is virtual; what lasts no time is over before the next request", async () => {
    const { aws, ec2 } = await open({ startsAt: Date.UTC(2026, 10, 1), durations: { pendingMs: 0 } });
    await ec2.send(importKey);
    await ec2.send(order(aws));
    await ec2.send(new DescribeInstancesCommand({}));
    expect(only(aws.region("us-east-1").instances).state).toBe("running");
    expect(aws.clock.now()).toBe(Date.UTC(2026, 10, 1));
  });

  it("refuses signatures of another time where it is told to; the SDK follows it at the second attempt", async () => {
    const startsAt = Date.now() - 3_600_000;
    const { aws, ec2 } = await open({ startsAt, checkSignatureTime: true });
    expect(await errorName(ec2.send(new DescribeInstancesCommand({})))).toBe("RequestExpired");
    const patient = ec2Client(aws.endpoint, { maxAttempts: 2 });
    await patient.send(new DescribeInstancesCommand({}));
    expect(Math.abs(patient.config.systemClockOffset + 3_600_000)).toBeLessThan(10_000);
    patient.destroy();
  });
});
