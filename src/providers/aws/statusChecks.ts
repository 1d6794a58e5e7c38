import { awake, type Clock } from "../../core/clock.ts";
import { GpuDevError } from "../../core/error.ts";
import type { OperationContext } from "../../core/provider.ts";
import { sentence, type Sentence } from "../../core/sentence.ts";
import type { AwsClients } from "./client.ts";
import { isPassing } from "./passing.ts";
import { listOf, recordOf } from "./untrusted.ts";

interface CheckParts {
  readonly clients: AwsClients;
  readonly clock: Clock;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** Checks take minutes after a start: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-system-instance-status-check.html */
const DEADLINE_MS = 10 * 60_000;
const INTERVAL_MS = 10_000;
/**
 * Waits until AWS's checks of the host and of the machine pass. Rejects with "timeout" where they do not. Where they may
 * not be read, that is reported and nothing is waited for: AWS has done what was asked.
 */
export async function waitForChecks(
  instanceId: string,
  name: string,
  { signal, report }: OperationContext,
  parts: CheckParts,
): Promise<void> {
  report(sentence("status checks"));
  const elapsed = awake(parts.clock);
  for (;;) {
    const outcome = await look(instanceId, name, signal, parts);
    if (typeof outcome === "object") report(outcome);
    if (outcome === "passed") report(sentence("status checks have passed"));
    if (outcome !== "waiting") return;
    if (elapsed() > DEADLINE_MS) throw late(name);
    await parts.wait(INTERVAL_MS, signal);
  }
}

function late(name: string): GpuDevError {
  const minutes = DEADLINE_MS / 60_000;
  const text = sentence("{0} runs, but AWS's status checks have not passed after {1} min.", name, minutes);
  return new GpuDevError("timeout", text);
}

/** Why they cannot be read, where that will not change. */
async function look(
  instanceId: string,
  name: string,
  signal: AbortSignal,
  parts: CheckParts,
): Promise<"passed" | "waiting" | Sentence> {
  try {
    return (await havePassed(instanceId, name, signal, parts)) ? "passed" : "waiting";
  } catch (error) {
    signal.throwIfAborted();
    if (isPassing(error)) return "waiting";
    if (error instanceof GpuDevError) return error.sentence;
    throw error;
  }
}

async function havePassed(
  instanceId: string,
  name: string,
  signal: AbortSignal,
  { clients }: CheckParts,
): Promise<boolean> {
  const { DescribeInstanceStatusCommand } = await import("./sdk/ec2.ts");
  const command = new DescribeInstanceStatusCommand({ InstanceIds: [instanceId] });
  const failure = sentence("The status checks of {0} could not be read", name);
  const answer = await clients.send(clients.ec2, command, { failure }, signal);
  const checks = recordOf(listOf(answer.InstanceStatuses)[0]);
  return ["InstanceStatus", "SystemStatus"].every((member) => recordOf(checks[member])["Status"] === "ok");
}
