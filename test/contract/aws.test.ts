import { describe, expect, it } from "vitest";
import { sentence } from "../../src/core/sentence.ts";
import { createAwsClients } from "../../src/providers/aws/client.ts";
import { startAwsEmulator, type AwsEmulator } from "../emulators/aws/emulator.ts";
import { aContext, listAll, openEc2, pointSdkAt, SCOPE } from "./awsSubject.ts";
import { describeProviderContract } from "./providerContract.ts";

const MACHINES = [
  { tags: { Name: "trainer" } },
  { instanceType: "p4d.24xlarge", hibernationConfigured: false },
  { instanceType: "g6f.large", spot: {} },
  { instanceType: "m5.xlarge", hibernationConfigured: true },
  { tags: { Name: "$(touch /tmp/canary)\n  ProxyCommand x" } },
] as const;

async function open(): Promise<{ emulator: AwsEmulator } & ReturnType<typeof openEc2>> {
  const emulator = await startAwsEmulator();
  pointSdkAt(emulator.endpoint);
  const subject = openEc2({
    clock: () => emulator.clock.now(),
    wait: (milliseconds) => emulator.clock.advance(milliseconds),
  });
  return { emulator, ...subject };
}

describeProviderContract("EC2, on our emulator of AWS", async () => {
  const { emulator, provider, dispose } = await open();
  for (const machine of MACHINES) emulator.addInstance(machine);
  return {
    provider,
    expected: MACHINES.length,
    release: async () => {
      dispose();
      await emulator.stop();
    },
  };
});

describe("a machine's life on our emulator of AWS", () => {
  it("is stopped, started, restarted and deleted, each as AWS reports it", async () => {
    const { emulator, provider, dispose } = await open();
    emulator.addInstance();
    const states: (string | undefined)[] = [];
    for (const operation of ["stop", "start", "restart", "delete"] as const) {
      const [environment] = await listAll(provider);
      if (!environment) throw new Error("The machine is not listed.");
      await provider.perform({ operation, operationId: operation }, environment, aContext());
      states.push((await listAll(provider))[0]?.state);
    }
    expect(states).toEqual(["stopped", "running", "running", undefined]);
    dispose();
    await emulator.stop();
  });

  it("is refused to whose right is lacking, by the name of the right", async () => {
    const { emulator, dispose } = await open();
    emulator.inject({
      action: "DescribeInstances",
      effect: { kind: "error", code: "UnauthorizedOperation", status: 403 },
    });
    const clients = createAwsClients(SCOPE, { clock: Date.now, log: () => undefined });
    const { DescribeInstancesCommand } = await import("@aws-sdk/client-ec2");
    const purpose = { failure: sentence("It could not be read") };
    const sent = clients.send(clients.ec2, new DescribeInstancesCommand({}), purpose, new AbortController().signal);
    await expect(sent).rejects.toThrow("lacks the permission ec2:DescribeInstances");
    clients.dispose();
    dispose();
    await emulator.stop();
  });
});
