import { awake, type Clock } from "../../core/clock.ts";
import type { Environment, PowerOperation } from "../../core/environment.ts";
import { GpuDevError } from "../../core/error.ts";
import { plainText } from "../../core/plainText.ts";
import type { OperationContext, OperationRequest } from "../../core/provider.ts";
import { sentence, type Sentence } from "../../core/sentence.ts";
import { awsCodeOf } from "./answer.ts";
import type { Ec2Instance } from "./ec2Instance.ts";
import { endSpotRequest, type SpotParts } from "./endSpotRequest.ts";
import { tell, type Purpose } from "./errors.ts";
import { instanceIdOf } from "./instances.ts";
import { ACTS, type Act, type PowerAct, type Verdict } from "./powerActs.ts";
import { isLost, isPassing } from "./passing.ts";
import { waitForChecks } from "./statusChecks.ts";
import { sweep } from "./sweep.ts";

/** What performing an operation takes. */
export interface OperationParts extends SpotParts {
  /** Undefined where AWS does not know it, or not yet. */
  readonly describe: (instanceId: string, signal: AbortSignal) => Promise<Ec2Instance | undefined>;
  /** As it was last seen. */
  readonly seen: (environmentId: string) => Ec2Instance | undefined;
  /** Removes the private half of a key pair that is gone, where this computer has it. */
  readonly forgetKey: (keyName: string) => Promise<void>;
  readonly clock: Clock;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly log: (line: string) => void;
}

/** An operation under way on one instance. */
interface Run {
  readonly id: string;
  readonly act: Act;
  readonly environment: Environment;
  readonly context: OperationContext;
  readonly parts: OperationParts;
}

const ASKED = "asked";
const ACCEPTED = "accepted";
const FIRST_INTERVAL_MS = 2000;
const LONGEST_INTERVAL_MS = 10_000;
/** A list may lack for some seconds what exists: gone is what is missing twice and for this long. */
const GONE_AFTER_MS = 60_000;
/** For so long after a change AWS may still report what was before it. */
const STALE_FOR_MS = 30_000;

/** Asks AWS and follows the instance until AWS reports the state. Called again with the same steps it goes on. */
export async function performOperation(
  { operation, size }: OperationRequest,
  environment: Environment,
  context: OperationContext,
  parts: OperationParts,
): Promise<readonly Sentence[]> {
  const id = instanceIdOf(environment.id);
  if (id === undefined || !isAct(operation)) throw refusal(operation, environment);
  const run: Run = { id, act: ACTS[operation], environment, context, parts };
  const wasAsked = context.steps.get(ASKED) !== undefined;
  if (!wasAsked && !environment.operations[operation].available) throw refusal(operation, environment);
  if (operation === "start" && size !== undefined) await resize(run, size);
  if (run.act.isOnce) await askOnce(run, wasAsked);
  else await askAgain(run);
  context.report(sentence("accepted by AWS"));
  await follow(run);
  if (operation === "restart") await waitForChecks(id, environment.name, context, parts);
  return operation === "delete" ? sweep(environment, id, context, parts) : [];
}

/** Only a machine that is off can be given another type; one that has it already is left alone. */
async function resize({ id, environment, context, parts }: Run, size: string): Promise<void> {
  const instance = await parts.describe(id, context.signal);
  if (instance?.instanceType === size) return;
  const { ModifyInstanceAttributeCommand } = await import("./sdk/ec2.ts");
  const purpose: Purpose = {
    failure: sentence("{0} could not be given the type {1}", environment.name, plainText(size, 40)),
    left: ACTS.start.left,
    instanceType: size,
  };
  const command = new ModifyInstanceAttributeCommand({ InstanceId: id, InstanceType: { Value: size } });
  await parts.clients.send(parts.clients.ec2, command, purpose, context.signal);
  context.report(sentence("has the type {0} from now on", plainText(size, 40)));
}

function isAct(operation: PowerOperation): operation is PowerAct {
  return operation !== "scale" && operation !== "extend";
}

function refusal(operation: PowerOperation, { name, operations }: Environment): GpuDevError {
  const availability = operations[operation];
  const reason = availability.available ? sentence("EC2 does not do that.") : availability.reason;
  return new GpuDevError("unsupported", sentence("{0} was left as it is. {1}", name, reason));
}

/** What asked twice is done once is asked again after a crash. */
async function askAgain(run: Run): Promise<void> {
  await note(run, ASKED);
  await ask(run);
}

/** After a crash before AWS's answer nobody knows whether it was done: to ask again might do it twice. */
async function askOnce(run: Run, wasAsked: boolean): Promise<void> {
  const { act, context, environment } = run;
  if (context.steps.get(ACCEPTED) !== undefined) return;
  if (wasAsked) {
    const reason = sentence("It was interrupted, and whether AWS has done it is not known. Try again if it is needed.");
    throw new GpuDevError("conflict", tell({ failure: act.failure(environment.name) }, reason));
  }
  await note(run, ASKED);
  await ask(run);
  await note(run, ACCEPTED);
}

function note({ context, parts }: Run, step: string): Promise<void> {
  return context.steps.put(step, new Date(parts.clock()).toISOString());
}

/** A lost answer, and a refusal because it is there already, are judged by what AWS reports of the instance. */
async function ask(run: Run): Promise<void> {
  if (run.act === ACTS.delete) await prepareDelete(run);
  try {
    await send(run);
  } catch (error) {
    if (run.context.signal.aborted || !isOpen(error)) throw error;
    const instance = await run.parts.describe(run.id, run.context.signal).catch(() => undefined);
    if (isOnItsWay(instance, run)) return;
    if (run.act.isOnce || !isLost(error)) throw error;
    await send(run);
  }
}

async function prepareDelete({ id, environment, parts, context }: Run): Promise<void> {
  const instance = parts.seen(environment.id) ?? (await parts.describe(id, context.signal));
  if (instance) await endSpotRequest(instance, environment.name, parts, context.signal);
}

async function send({ act, id, environment, context, parts }: Run): Promise<void> {
  const seen = parts.seen(environment.id);
  const purpose: Purpose = {
    failure: act.failure(environment.name),
    left: act.left,
    ...(seen?.instanceType === undefined ? {} : { instanceType: seen.instanceType }),
    ...(seen?.zone === undefined ? {} : { zone: seen.zone }),
    ...(seen?.lifecycle === "spot" ? { market: "spot" } : {}),
  };
  await parts.clients.send(parts.clients.ec2, await act.command(id), purpose, context.signal);
}

/** Failures after which the instance may all the same be on its way. */
function isOpen(error: unknown): boolean {
  return isLost(error) || awsCodeOf(error) === "IncorrectInstanceState" || isUnknownInstance(error);
}

function isUnknownInstance(error: unknown): boolean {
  return awsCodeOf(error) === "InvalidInstanceID.NotFound";
}

/** What AWS reports while it does what was asked. */
const UNDERWAY: ReadonlyMap<Act, string> = new Map([
  [ACTS.start, "pending"],
  [ACTS.stop, "stopping"],
  [ACTS.hibernate, "stopping"],
  [ACTS.delete, "shutting-down"],
]);

function isOnItsWay(instance: Ec2Instance | undefined, { act, environment }: Run): boolean {
  if (!instance) return act === ACTS.delete;
  if (act.isOnce) return false;
  return instance.state === UNDERWAY.get(act) || act.judge(instance, environment.name, false).kind === "done";
}

/** Polls until AWS reports the end. What keeps AWS from answering meanwhile is told and waited out. */
async function follow(run: Run): Promise<void> {
  const { parts, context, act } = run;
  const elapsed = awake(parts.clock);
  const watch = new Watch(run, elapsed);
  for (let interval = FIRST_INTERVAL_MS; ; interval = Math.min(LONGEST_INTERVAL_MS, interval * 1.5)) {
    await parts.wait(interval, context.signal);
    const verdict = await watch.look();
    if (verdict.kind === "done") return;
    if (verdict.kind === "failed") throw verdict.error;
    if (elapsed() > act.deadlineMs) throw late(run, watch.state);
  }
}

function late({ act, environment }: Run, state: string | undefined): GpuDevError {
  const reason = sentence(
    "After {0} min AWS still reports {1}. What AWS has begun goes on there; until it ends the machine may be billing.",
    act.deadlineMs / 60_000,
    state === undefined ? sentence("nothing") : plainText(state, 64),
  );
  return new GpuDevError("timeout", tell({ failure: act.failure(environment.name) }, reason));
}

/** What AWS has reported of the instance since it was asked. */
class Watch {
  state: string | undefined;
  private readonly run: Run;
  private readonly elapsed: Clock;
  private hasMoved = false;
  private missingSince: number | undefined;
  private told: string | undefined;

  constructor(run: Run, elapsed: Clock) {
    this.run = run;
    this.elapsed = elapsed;
  }

  async look(): Promise<Verdict> {
    const { parts, id, context, environment, act } = this.run;
    const elapsedMs = this.elapsed();
    let instance: Ec2Instance | undefined;
    try {
      instance = await parts.describe(id, context.signal);
    } catch (error) {
      this.bear(error);
      return { kind: "waiting" };
    }
    if (!instance) return this.missing(elapsedMs);
    this.missingSince = undefined;
    this.state = instance.state;
    this.tell(instance.state ?? "", sentence("AWS reports: {0}", plainText(instance.state ?? "?", 64)));
    this.hasMoved ||= instance.state === UNDERWAY.get(act) || elapsedMs >= STALE_FOR_MS;
    return act.judge(instance, environment.name, this.hasMoved);
  }

  /** An answer that cannot be had now may come later; the work goes on at AWS, also while nobody is signed in. */
  private bear(error: unknown): void {
    this.run.context.signal.throwIfAborted();
    if (!isPassing(error)) throw error;
    this.tell(error.message, error.sentence);
  }

  private missing(now: number): Verdict {
    const isGone = this.missingSince !== undefined && now - this.missingSince >= GONE_AFTER_MS;
    this.missingSince ??= now;
    if (!isGone) return { kind: "waiting" };
    if (this.run.act === ACTS.delete) return { kind: "done" };
    const reason = sentence("AWS no longer knows it.");
    const failure = this.run.act.failure(this.run.environment.name);
    return { kind: "failed", error: new GpuDevError("not-found", tell({ failure }, reason)) };
  }

  private tell(key: string, stage: Sentence): void {
    if (this.told === key) return;
    this.told = key;
    this.run.context.report(stage);
  }
}
