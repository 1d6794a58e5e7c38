import type { Clock } from "../../core/clock.ts";
import { GpuDevError } from "../../core/error.ts";
import { sentence } from "../../core/sentence.ts";
import { withDeadline } from "../../core/waiting.ts";
import { readFailure, type FailedAnswer } from "./answer.ts";
import { errorCode, tell, tellLost, toGpuDevError, type Attempt, type AwsErrorCode, type Purpose } from "./errors.ts";
import { createPacing, type Pacing } from "./pacing.ts";
import { readRenewal } from "./renewal.ts";
import type { AwsScope } from "./scopes.ts";
import { createTurns, type Turns } from "./turns.ts";

/** A command of the SDK, as far as sending it goes. `Output` is what it is answered with. */
export interface AwsCommand<Output> {
  readonly input: object;
  /** Names the operation, also where a bundler has shortened the names of classes. */
  readonly schema?: unknown;
  resolveMiddleware(...parameters: never[]): (...parameters: never[]) => Promise<{ readonly output: Output }>;
}

/** A client of the SDK, as far as sending goes. */
export interface AwsClient {
  readonly config: {
    readonly serviceId: string;
    /** What the SDK adds to the time of this machine when it signs, once an answer has told it AWS's. */
    readonly systemClockOffset: number;
    readonly credentials: (options?: Record<string, unknown>) => Promise<AwsIdentity>;
  };
  send(command: never, options: { readonly abortSignal: AbortSignal }): Promise<unknown>;
  destroy(): void;
}

export interface AwsIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SendingDependencies {
  readonly clock: Clock;
  /** `Math.random`: at least 0, below 1. */
  readonly random: () => number;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly log: (line: string) => void;
  /** Of one request with its answer, the credentials it may need first and the whole of its body, in milliseconds. */
  readonly requestDeadlineMs: number;
}

export type Send = <Output>(
  client: () => Promise<AwsClient>,
  command: AwsCommand<Output>,
  purpose: Purpose,
  signal: AbortSignal,
) => Promise<Output>;

const FURTHER_ATTEMPTS = 2;
/** A longer pause is told instead of waited out. */
const LONGEST_PATIENCE_MS = 5000;
const FIRST_RETRY_MS = 250;

/**
 * Sends the requests of one scope: paces each service by itself, repeats what is safe to repeat, and rejects with
 * GpuDevError in our words. An AbortError passes untouched.
 */
export function createSend(scope: AwsScope, dependencies: SendingDependencies): Send {
  const lanes = new Map<string, Lane>();
  const laneOf = (service: string): Lane => {
    const lane = lanes.get(service) ?? createLane(dependencies);
    lanes.set(service, lane);
    return lane;
  };
  return async (create, command, purpose, signal) => {
    signal.throwIfAborted();
    const client = await create();
    const { serviceId } = client.config;
    const repair = repairsOf(client, dependencies.requestDeadlineMs);
    const { pacing, turns } = laneOf(serviceId);
    return turns.take(signal, () =>
      sendInTurn({ client, command, purpose, scope, pacing, repair }, dependencies, signal),
    );
  };
}

/** What the requests to one service share. */
interface Lane {
  readonly pacing: Pacing;
  readonly turns: Turns;
}

function createLane({ clock, random }: SendingDependencies): Lane {
  const pacing = createPacing(clock, random);
  return { pacing, turns: createTurns(() => pacing.width()) };
}

interface Request<Output> {
  readonly client: AwsClient;
  readonly command: AwsCommand<Output>;
  readonly purpose: Purpose;
  readonly scope: AwsScope;
  readonly pacing: Pacing;
  readonly repair: (failed: Failed, signal: AbortSignal) => Promise<boolean>;
}

async function sendInTurn<Output>(
  request: Request<Output>,
  dependencies: SendingDependencies,
  signal: AbortSignal,
): Promise<Output> {
  for (let further = 0; ; further += 1) {
    await waitForTurn(request, dependencies, signal);
    const signedAt = Date.now() + request.client.config.systemClockOffset;
    try {
      const output = await sendOnce(request, dependencies.requestDeadlineMs, signal);
      request.pacing.succeeded();
      return output;
    } catch (error) {
      signal.throwIfAborted();
      const attempt = attemptOf(request, dependencies.clock(), signedAt);
      const answer = readFailure(error);
      const code = errorCode(answer, signedAt);
      if (code === "throttled" || answer.refusal.retryAfter !== undefined) request.pacing.refused(answer.refusal);
      if (further < FURTHER_ATTEMPTS && (await canGoOn(request, { error, answer, code }, signal))) {
        dependencies.log(`${attempt.action} in ${request.scope.region} is sent again after ${answer.code || code}.`);
        if (code !== "throttled") await dependencies.wait(retryMs(further, dependencies.random), signal);
        continue;
      }
      if (code === "throttled") throw askedTooOften(request, dependencies.clock(), { error, answer, code });
      throw toGpuDevError(error, { ...attempt, ...(await renewalFor(code, request.scope)) });
    }
  }
}

async function renewalFor(code: AwsErrorCode, { profile }: AwsScope): Promise<Pick<Attempt, "renewal">> {
  return code === "authentication" ? { renewal: await readRenewal(profile) } : {};
}

async function waitForTurn<Output>(
  request: Request<Output>,
  { clock, wait }: SendingDependencies,
  signal: AbortSignal,
): Promise<void> {
  // Asked again after each wait: another answer may have made the pause longer meanwhile.
  for (let pause = request.pacing.waitMs(); pause > 0; pause = request.pacing.waitMs()) {
    if (pause > LONGEST_PATIENCE_MS) throw askedTooOften(request, clock());
    await wait(pause, signal);
  }
}

function sendOnce<Output>(
  { client, command, purpose, scope }: Request<Output>,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Output> {
  const reason = sentence("AWS in {0} did not answer within {1} s. Try again.", scope.region, deadlineMs / 1000);
  const late = tellLost({ purpose, isChange: isChange(command) }, reason);
  return withDeadline(
    deadlineMs,
    signal,
    late,
    // The client's own signature ties each command to its output, which a client of any service cannot show.
    (own) => client.send(command as never, { abortSignal: own }) as Promise<Output>,
  );
}

interface Failed {
  readonly error: unknown;
  readonly answer: FailedAnswer;
  readonly code: AwsErrorCode;
}

async function canGoOn<Output>(request: Request<Output>, failed: Failed, signal: AbortSignal): Promise<boolean> {
  const { error, answer, code } = failed;
  if (error instanceof GpuDevError) return false;
  if (code === "throttled") {
    const isHarmless = isRefusal(answer) || isRepeatable(request.command);
    return isHarmless && request.pacing.waitMs() <= LONGEST_PATIENCE_MS;
  }
  if (code === "unreachable" || code === "unreadable-answer") {
    return isRepeatable(request.command) && isPassing(answer);
  }
  return request.repair(failed, signal);
}

/** A refusal by AWS has no effect; a 503 without a code may come from something between, after AWS acted. */
function isRefusal({ code, status }: FailedAnswer): boolean {
  return status !== 503 || code !== "";
}

/** What may be over at the next attempt: a connection that was cut, a server that stumbled. */
function isPassing({ code, status }: FailedAnswer): boolean {
  return (status !== undefined && status >= 500) || /^(ECONNRESET|EPIPE|ECONNABORTED|EAI_AGAIN)$/.test(code);
}

/** A refused identity or time is put right at most once for each request. What AWS refused so had no effect. */
function repairsOf(client: AwsClient, deadlineMs: number): Request<unknown>["repair"] {
  const tried = new Set<AwsErrorCode>();
  return async ({ answer, code }, signal) => {
    if (tried.has(code)) return false;
    tried.add(code);
    // The SDK signs by AWS's clock as soon as a refusal has told it the difference.
    if (code === "clock") return answer.refusal.date !== undefined;
    return code === "authentication" && answer.status !== undefined && renewCredentials(client, deadlineMs, signal);
  };
}

/** True where the profile has other credentials by now, e.g. after the user signed in again. */
async function renewCredentials({ config }: AwsClient, deadlineMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    const before = await config.credentials();
    const after = await withDeadline(deadlineMs, signal, sentence("Signing in took too long."), () =>
      config.credentials({ forceRefresh: true }),
    );
    return before.accessKeyId !== after.accessKeyId || before.sessionToken !== after.sessionToken;
  } catch {
    signal.throwIfAborted();
    return false; // AWS's own refusal says more than that there is nothing else to present
  }
}

function askedTooOften<Output>(request: Request<Output>, now: number, failed?: Failed): GpuDevError {
  const pause = request.pacing.waitMs();
  const reason = sentence(
    "AWS asks to be asked less often: {0} in {1} is left alone for {2} s, until {3} UTC.",
    request.client.config.serviceId,
    request.scope.region,
    Math.ceil(pause / 1000),
    new Date(now + pause).toISOString().slice(11, 19),
  );
  const isOpen = failed !== undefined && !isRefusal(failed.answer);
  const told = isOpen
    ? tellLost({ ...request, isChange: isChange(request.command) }, reason)
    : tell(request.purpose, reason);
  return new GpuDevError("throttled", told, { cause: failed?.error });
}

function attemptOf({ client, command, purpose, scope }: Request<unknown>, now: number, signedAt: number): Attempt {
  const service = client.config.serviceId.toLowerCase().replaceAll(" ", "");
  return {
    purpose,
    action: `${service}:${operationName(command)}`,
    scope,
    isChange: isChange(command),
    now,
    signedAt,
  };
}

/** Reads change nothing; a token makes one of two requests; starting, stopping and ending twice is doing it once. */
function isRepeatable(command: AwsCommand<unknown>): boolean {
  const name = operationName(command);
  return (
    isReading(name) ||
    /^(StartInstances|StopInstances|TerminateInstances)$/.test(name) ||
    ("ClientToken" in command.input && typeof command.input.ClientToken === "string")
  );
}

function isChange(command: AwsCommand<unknown>): boolean {
  return !isReading(operationName(command));
}

function isReading(name: string): boolean {
  return /^(Describe|Get|List)[A-Z]/.test(name);
}

/** The SDK's schema of an operation is an array that holds its name in the third place. */
function operationName({ schema }: AwsCommand<unknown>): string {
  const name: unknown = Array.isArray(schema) ? schema[2] : undefined;
  return typeof name === "string" ? name : "";
}

function retryMs(further: number, random: () => number): number {
  return FIRST_RETRY_MS * 2 ** further * (1 + random());
}
