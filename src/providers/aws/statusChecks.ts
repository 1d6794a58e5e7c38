import { GpuDevError } from "../../core/error.ts";
import type { OperationContext } from "../../core/provider.ts";
import { sentence } from "../../core/sentence.ts";
import type { OperationParts } from "./operations.ts";
import { listOf, recordOf } from "./untrusted.ts";

/** Checks take minutes after a start: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-system-instance-status-check.html */
const DEADLINE_MS = 10 * 60_000;
const INTERVAL_MS = 10_000;

/** Waits until AWS's checks of the host and of the machine pass. Rejects with "timeout" where they do not. */
export async function waitForChecks(
  instanceId: string,
  name: string,
  { signal, report }: OperationContext,
  parts: OperationParts,
): Promise<void> {
  report(sentence("status checks"));
  const begin = parts.clock();
  while (!(await havePassed(instanceId, name, signal, parts))) {
    if (parts.clock() - begin > DEADLINE_MS) {
      throw new GpuDevError(
        "timeout",
        sentence("{0} runs, but AWS's status checks have not passed after {1} min.", name, DEADLINE_MS / 60_000),
      );
    }
    await parts.wait(INTERVAL_MS, signal);
  }
}

async function havePassed(
  instanceId: string,
  name: string,
  signal: AbortSignal,
  { clients }: OperationParts,
): Promise<boolean> {
  const { DescribeInstanceStatusCommand } = await import("@aws-sdk/client-ec2");
  const command = new DescribeInstanceStatusCommand({ InstanceIds: [instanceId] });
  const failure = sentence("The status checks of {0} could not be read", name);
  const answer = await clients.send(clients.ec2, command, { failure }, signal);
  const checks = recordOf(listOf(answer.InstanceStatuses)[0]);
  return ["InstanceStatus", "SystemStatus"].every((member) => recordOf(checks[member])["Status"] === "ok");
}
