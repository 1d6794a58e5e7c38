import type { Instance } from "@aws-sdk/client-ec2";
import { GpuDevError } from "../../../core/error.ts";
import { plainText } from "../../../core/plainText.ts";
import { sentence, type Sentence } from "../../../core/sentence.ts";
import { instances } from "./findRemains.ts";
import { ifAnswered } from "./insist.ts";
import { LIST_LAG_MS, type LaunchRun } from "./run.ts";

const LOOK_AGAIN_MS = 5000;
/** EC2 takes seconds, and minutes for the largest machines. */
const RUNNING_DEADLINE_MS = 10 * 60_000;
const CHECKS_DEADLINE_MS = 15 * 60_000;

/** Until AWS reports the machine running and its own checks passed. One that was stopped meanwhile is done, too. */
export async function waitUntilReady(run: LaunchRun, instanceId: string): Promise<void> {
  const late = sentence(
    "AWS has not started {0} within {1} min. It exists as {2} and may cost money: finish or delete it.",
    run.spec.name,
    RUNNING_DEADLINE_MS / 60_000,
    instanceId,
  );
  const state = await until(run, RUNNING_DEADLINE_MS, late, (waitedMs) => stateReached(run, instanceId, waitedMs));
  if (state === "stopped") return;
  run.report(sentence("It runs; AWS checks it."));
  const unchecked = sentence(
    "{0} runs, but AWS's checks of it have not passed within {1} min. It costs money: finish or delete it.",
    run.spec.name,
    CHECKS_DEADLINE_MS / 60_000,
  );
  const outcome = await until(run, CHECKS_DEADLINE_MS, unchecked, (waitedMs) =>
    checksPassed(run, instanceId, waitedMs),
  );
  if (outcome === "passed") run.report(sentence("AWS's checks have passed."));
}

/** Looks again and again until there is something to see. */
async function until<T>(
  { wait, signal, clock }: LaunchRun,
  deadlineMs: number,
  late: Sentence,
  look: (waitedMs: number) => Promise<T | undefined>,
): Promise<T> {
  const since = clock();
  for (;;) {
    const waitedMs = clock() - since;
    const seen = await ifAnswered(() => look(waitedMs));
    if (seen !== undefined) return seen;
    if (waitedMs > deadlineMs) throw new GpuDevError("timeout", late);
    await wait(LOOK_AGAIN_MS, signal);
  }
}

async function stateReached(run: LaunchRun, instanceId: string, waitedMs: number) {
  const [instance] = await instances(run, [{ Name: "instance-id", Values: [instanceId] }]);
  const state = instance?.State?.Name;
  if (state === "running") return "running";
  if (state === "stopping" || state === "stopped") return "stopped";
  // A list may lack it at first; after that it is gone, as an ended machine is after an hour.
  const isGone = state === undefined && waitedMs > LIST_LAG_MS;
  if (isGone || state === "shutting-down" || state === "terminated") throw ended(run, instance);
  return undefined;
}

/** Why a machine ended before it ran: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html */
function ended({ spec }: LaunchRun, instance: Instance | undefined): GpuDevError {
  const { Code = "", Message = "" } = instance?.StateReason ?? {};
  const words = sentence(
    "AWS ended {0} before it could be used: {1}",
    spec.name,
    plainText(Message || Code || "?", 200),
  );
  if (/InsufficientInstanceCapacity|SpotInstanceTermination/.test(Code)) return new GpuDevError("capacity", words);
  return new GpuDevError(Code.includes("LimitExceeded") ? "quota" : "conflict", words);
}

async function checksPassed(run: LaunchRun, instanceId: string, waitedMs: number) {
  const { clients, signal, spec } = run;
  const { DescribeInstanceStatusCommand } = await import("../sdk/ec2.ts");
  const failure = sentence("The checks of {0} could not be read", spec.name);
  const command = new DescribeInstanceStatusCommand({ InstanceIds: [instanceId], IncludeAllInstances: true });
  const { InstanceStatuses = [] } = await clients.send(clients.ec2, command, { failure }, signal);
  const [status] = InstanceStatuses;
  if (status?.InstanceStatus?.Status === "ok" && status.SystemStatus?.Status === "ok") return "passed";
  const state = await stateReached(run, instanceId, waitedMs);
  return state === "stopped" ? "stopped" : undefined;
}
