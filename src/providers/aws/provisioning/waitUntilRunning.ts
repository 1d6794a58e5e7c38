import type { Instance } from "@aws-sdk/client-ec2";
import { GpuDevError } from "../../../core/error.ts";
import { plainText } from "../../../core/plainText.ts";
import { sentence, type Sentence } from "../../../core/sentence.ts";
import { instances } from "./findRemains.ts";
import { ifAnswered } from "./insist.ts";
import { LIST_LAG_MS, type LaunchRun } from "./run.ts";

/** One machine is looked at, and whoever waits for it wants to know at once. */
const LOOK_AGAIN_MS = 500;
/** EC2 takes seconds, and minutes for the largest machines. */
const DEADLINE_MS = 10 * 60_000;

/** Until AWS reports the machine running. One that was stopped meanwhile is done, too. */
export async function waitUntilRunning(run: LaunchRun, instanceId: string): Promise<void> {
  const { wait, signal, clock, spec } = run;
  const since = clock();
  for (;;) {
    const waitedMs = clock() - since;
    if (await ifAnswered(() => hasStarted(run, instanceId, waitedMs))) return;
    if (waitedMs > DEADLINE_MS) throw new GpuDevError("timeout", late(spec.name, instanceId));
    await wait(LOOK_AGAIN_MS, signal);
  }
}

function late(name: string, instanceId: string): Sentence {
  return sentence(
    "AWS has not started {0} within {1} min. It exists as {2} and may cost money: finish or delete it.",
    name,
    DEADLINE_MS / 60_000,
    instanceId,
  );
}

async function hasStarted(run: LaunchRun, instanceId: string, waitedMs: number): Promise<boolean> {
  const [instance] = await instances(run, [{ Name: "instance-id", Values: [instanceId] }]);
  const state = instance?.State?.Name;
  if (state === "running" || state === "stopping" || state === "stopped") return true;
  // A list may lack it at first; after that it is gone, as an ended machine is after an hour.
  const isGone = state === undefined && waitedMs > LIST_LAG_MS;
  if (isGone || state === "shutting-down" || state === "terminated") throw ended(run, instance);
  return false;
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
