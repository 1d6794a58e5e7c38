import { awake } from "../../../core/clock.ts";
import type { Environment } from "../../../core/environment.ts";
import { GpuDevError } from "../../../core/error.ts";
import type { OperationContext } from "../../../core/provider.ts";
import type { Answers, Option, Provisioning, ProvisioningPlan } from "../../../core/provisioning.ts";
import { sentence } from "../../../core/sentence.ts";
import { awsCodeOf } from "../answer.ts";
import { abandonRun } from "./abandon.ts";
import { converse } from "./conversation.ts";
import type { ProvisioningDependencies } from "./dependencies.ts";
import { keptFor } from "./keptFor.ts";
import { missing, type Draft } from "./draft.ts";
import { ensureGroup } from "./ensureGroup.ts";
import { ensureInstance } from "./ensureInstance.ts";
import { ensureKey } from "./ensureKey.ts";
import { trialRequest } from "./launchRequest.ts";
import { parseLaunchSpec, type LaunchSpec } from "./launchSpec.ts";
import { makeLaunchSpec } from "./makeLaunchSpec.ts";
import { CONVERSATION_MS, createOffer } from "./offer.ts";
import { toPlan } from "./plan.ts";
import type { QuestionSources } from "./questionSources.ts";
import { LIST_LAG_MS, STEP, type LaunchRun, type Run } from "./run.ts";
import { sizesFor, type SizedMachine } from "./sizes.ts";
import { findRemains, findRemnants, remainsOf, type Remains } from "./unfinished.ts";
import { waitUntilRunning } from "./waitUntilRunning.ts";

export interface Ec2Provisioning extends Provisioning {
  /** What was made here and is still there, by operation: also what no journal knows of. */
  findRemains(signal: AbortSignal): Promise<readonly Remains[]>;
  /** See `sizesFor`. */
  sizes(machine: SizedMachine, signal: AbortSignal): Promise<readonly Option[]>;
}

type Sources = ProvisioningDependencies & QuestionSources;

/** Machines with GPUs in one region of one account. */
export function createEc2Provisioning(dependencies: ProvisioningDependencies): Ec2Provisioning {
  const { clients } = dependencies;
  const sources: Sources = {
    ...dependencies,
    offer: createOffer(dependencies),
    region: clients.scope.region,
    callerAddress: keptFor(CONVERSATION_MS, dependencies.clock, dependencies.callerAddress),
  };
  return {
    next: async (answers, signal) => (await converse(answers, sources, signal)).open,
    plan: (answers, signal) => plan(answers, sources, signal),
    provision: (answers, operationId, context) => provision(answers, sources, runOf(sources, operationId, context)),
    abandon: (_answers, operationId, context) => abandonRun(runOf(sources, operationId, context)),
    remains: (operationId, signal) => remainsOf({ clients, signal, operationId }),
    findRemains: (signal) => findRemains({ clients, signal }),
    findRemnants: async (signal) =>
      findRemnants({ clients, signal, clock: dependencies.clock }, await sources.offer.caller(signal)),
    sizes: (machine, signal) => sizesFor(machine, sources, signal),
  };
}

function runOf({ clients, keys, clock, wait }: Sources, operationId: string, context: OperationContext): Run {
  const { signal, report, steps } = context;
  return { clients, keys, clock: awake(clock), wait, signal, report, steps, operationId };
}

async function plan(answers: Answers, sources: Sources, signal: AbortSignal): Promise<ProvisioningPlan> {
  const draft = await completeDraft(answers, sources, signal);
  const spec = await makeLaunchSpec(draft, "plan", sources, signal);
  await tryOut(spec, sources, signal);
  const quota = await sources.offer.quota(spec.instanceType, spec.market, signal);
  return toPlan({ draft, spec, prices: sources.prices, quota });
}

async function completeDraft(answers: Answers, sources: Sources, signal: AbortSignal): Promise<Draft> {
  const { draft, open } = await converse(answers, sources, signal);
  return open ? missing(open.id) : draft;
}

/** Asks AWS whether it would: a missing permission is told before anything is made. */
async function tryOut(spec: LaunchSpec, { clients }: Sources, signal: AbortSignal): Promise<void> {
  const { RunInstancesCommand } = await import("../sdk/ec2.ts");
  const [zone = ""] = spec.zones;
  const purpose = {
    failure: sentence("{0} could not be started", spec.name),
    instanceType: spec.instanceType,
    zone,
    market: spec.market,
  };
  try {
    await clients.send(clients.ec2, new RunInstancesCommand(trialRequest(spec, zone)), purpose, signal);
  } catch (error) {
    if (awsCodeOf(error) !== "DryRunOperation") throw error; // the one by which AWS says that it would
  }
}

async function provision(answers: Answers, sources: Sources, run: Run): Promise<Environment> {
  const spec = await keptSpec(answers, sources, run);
  const launch: LaunchRun = { ...run, spec };
  await ensureKey(launch);
  const groupId = await ensureGroup(launch);
  const instanceId = await ensureInstance(launch, groupId);
  await waitUntilRunning(launch, instanceId);
  return readMachine(instanceId, launch, sources);
}

/** Of an interrupted run, what that one decided; else decided here, and on the disk before anything is made. */
async function keptSpec(answers: Answers, sources: Sources, { steps, operationId, signal }: Run): Promise<LaunchSpec> {
  const kept = steps.get(STEP.spec);
  if (kept !== undefined) return parseLaunchSpec(kept) ?? unreadable();
  const draft = await completeDraft(answers, sources, signal);
  const spec = await makeLaunchSpec(draft, operationId, sources, signal);
  await steps.put(STEP.spec, JSON.stringify(spec));
  return spec;
}

function unreadable(): never {
  throw new GpuDevError(
    "storage",
    sentence("What the interrupted run wrote down cannot be read. Delete what it made, then provision anew."),
  );
}

/** Lists may lack a new machine for a moment. */
async function readMachine(instanceId: string, run: LaunchRun, { readEnvironment }: Sources): Promise<Environment> {
  const { clock, wait, signal, spec } = run;
  const since = clock();
  for (;;) {
    const environment = await readEnvironment(instanceId, signal);
    if (environment) return environment;
    if (clock() - since > LIST_LAG_MS) break;
    await wait(2000, signal);
  }
  throw new GpuDevError("not-found", sentence("AWS no longer lists {0} ({1}).", spec.name, instanceId));
}
