import { GpuDevError } from "../../../core/error.ts";
import { sentence, type Sentence } from "../../../core/sentence.ts";
import { awsCodeOf } from "../answer.ts";
import { findInstanceIds } from "./findRemains.ts";
import { insist } from "./insist.ts";
import { launchRequest } from "./launchRequest.ts";
import { isInstanceId } from "./names.ts";
import { launchToken } from "./operationNames.ts";
import { STEP, type LaunchRun } from "./run.ts";

/**
 * Makes sure that there is the machine of a launch, one and no more. A zone without capacity hands on to the next one;
 * any other outcome, and above all an answer that was lost, stays with its zone and token.
 */
export async function ensureInstance(run: LaunchRun, groupId: string): Promise<string> {
  const { steps } = run;
  const known = steps.get(STEP.instanceId);
  if (known !== undefined) return known;
  const refusals: GpuDevError[] = [];
  for (const zone of zonesLeft(run)) {
    await steps.put(STEP.zone, zone);
    const id = await launchIn(run, zone, groupId);
    if (id instanceof GpuDevError) {
      refusals.push(id);
      continue;
    }
    await steps.put(STEP.instanceId, id);
    run.report(sentence("AWS has accepted the launch in {0}.", zone));
    return id;
  }
  await steps.put(STEP.zone, "");
  // Where none of them has the type at all, AWS's own words say more.
  throw refusals.some(({ code }) => code === "capacity") ? noCapacity(run) : (refusals.at(-1) ?? noCapacity(run));
}

/** From the one in which the run was interrupted. */
function zonesLeft({ steps, spec }: LaunchRun): readonly string[] {
  const begun = spec.zones.indexOf(steps.get(STEP.zone) ?? "");
  return begun === -1 ? spec.zones : spec.zones.slice(begun);
}

/** The refusal where the zone has none of the type at the moment, or never: nothing was made then. */
async function launchIn(run: LaunchRun, zone: string, groupId: string): Promise<string | GpuDevError> {
  const { spec, report, signal, wait } = run;
  report(sentence("Asking for {0} in {1}.", spec.instanceType, zone));
  try {
    return await insist(wait, signal, () => launch(run, zone, groupId));
  } catch (error) {
    if (hasNone(error)) return error;
    throw inOurWords(error);
  }
}

async function launch(run: LaunchRun, zone: string, groupId: string): Promise<string> {
  const { clients, spec, signal, operationId } = run;
  const { RunInstancesCommand } = await import("../sdk/ec2.ts");
  const token = launchToken(operationId, zone);
  const purpose = {
    failure: sentence("{0} could not be started", spec.name),
    instanceType: spec.instanceType,
    zone,
    market: spec.market,
  };
  const command = new RunInstancesCommand(launchRequest(spec, { zone, token, groupId }));
  const { Instances = [] } = await clients.send(clients.ec2, command, purpose, signal);
  const id = Instances[0]?.InstanceId ?? (await findInstanceIds(run, [zone]))[0];
  if (isInstanceId(id)) return id;
  throw new GpuDevError(
    "unreadable-answer",
    sentence("AWS accepted the launch of {0}, but names no machine.", spec.name),
  );
}

function hasNone(error: unknown): error is GpuDevError {
  return error instanceof GpuDevError && (error.code === "capacity" || awsCodeOf(error) === "Unsupported");
}

/** A token that AWS will never take for a launch again: a new attempt needs a new operation. */
const SPENT: ReadonlyMap<string, Sentence> = new Map([
  [
    "IdempotentInstanceTerminated",
    sentence(
      "The machine of this attempt was started before and has been deleted meanwhile. Delete what is left of it, then provision anew.",
    ),
  ],
  [
    "IdempotentParameterMismatch",
    sentence(
      "AWS knows this attempt with other contents than are written down here. Delete what is left of it, then provision anew.",
    ),
  ],
]);

function inOurWords(error: unknown): unknown {
  const words = SPENT.get(awsCodeOf(error) ?? "");
  return words ? new GpuDevError("conflict", words, { cause: error }) : error;
}

function noCapacity({ spec, clients }: LaunchRun): GpuDevError {
  return new GpuDevError(
    "capacity",
    sentence(
      "AWS has no capacity left for {0} in any zone of {1} at the moment ({2}); this is not a limit of the account. No machine was started. Try again later, or another instance type or region.",
      spec.instanceType,
      clients.scope.region,
      spec.zones.join(", "),
    ),
  );
}
