import { AwsError } from "./awsError.ts";
import type { RecordedRequest, Service } from "./requests.ts";

/** What happens to an answer; all but `error`, `html`, `reset` and `hang` let the work be done. */
export type FaultEffect =
  | {
      readonly kind: "error";
      readonly code: string;
      readonly status?: number;
      readonly message?: string;
      /** Seconds, or an HTTP date. */
      readonly retryAfter?: string;
    }
  /** As a proxy answers: no XML, no code. */
  | { readonly kind: "html"; readonly status: number; readonly retryAfter?: string }
  /** The connection ends before the work. */
  | { readonly kind: "reset" }
  /** The work is done and the connection ends, after so many bytes of the body; before the head where absent. */
  | { readonly kind: "cut"; readonly afterBytes?: number }
  /** Accepted and never answered; the work is not done. */
  | { readonly kind: "hang" }
  /** The work is done, and the answer comes byte by byte in real time. */
  | { readonly kind: "trickle"; readonly everyMs?: number }
  | { readonly kind: "rewrite"; readonly rewrite: (body: string) => string }
  /** The Date header is off by so much. */
  | { readonly kind: "date"; readonly offsetMs: number }
  /** Lists of instances are as they were so long ago. */
  | { readonly kind: "stale"; readonly ageMs: number }
  /** A list gives an empty page and a token for the next one. */
  | { readonly kind: "emptyPage" }
  /** A bucket of tokens, in the emulator's time; a request without one is refused as too many. */
  | {
      readonly kind: "throttle";
      readonly capacity: number;
      readonly refillPerSecond: number;
      readonly retryAfter?: string;
    };

export interface Fault {
  /** Any where absent, as with the following three. */
  readonly service?: Service;
  readonly action?: string;
  readonly region?: string;
  readonly accountId?: string;
  readonly matches?: (request: RecordedRequest) => boolean;
  /** How many such requests pass first; default none. */
  readonly after?: number;
  /** How many are hit; default 1, or without end for a throttle. */
  readonly times?: number;
  readonly effect: FaultEffect;
}

export interface InjectedFault {
  /** How many requests it has hit. */
  readonly hits: number;
  remove(): void;
}

interface Active {
  readonly fault: Fault;
  passed: number;
  hits: number;
  tokens: number;
  refilledAt: number;
}

/** What is to go wrong with the next requests. */
export class Faults {
  private active: readonly Active[] = [];

  inject(fault: Fault, now: number): InjectedFault {
    const tokens = fault.effect.kind === "throttle" ? fault.effect.capacity : 0;
    const added: Active = { fault, passed: 0, hits: 0, tokens, refilledAt: now };
    this.active = [...this.active, added];
    return {
      get hits() {
        return added.hits;
      },
      remove: () => {
        this.active = this.active.filter((other) => other !== added);
      },
    };
  }

  clear(): void {
    this.active = [];
  }

  /** The effect on this request: of the oldest fault that is for it and is not used up. */
  next(request: RecordedRequest): FaultEffect | undefined {
    for (const active of this.active) {
      if (!concerns(active.fault, request)) continue;
      const effect = take(active, request.at);
      if (effect) return effect;
    }
    return undefined;
  }
}

function concerns(fault: Fault, request: RecordedRequest): boolean {
  const named = ["service", "action", "region", "accountId"] as const;
  return named.every((name) => (fault[name] ?? request[name]) === request[name]) && (fault.matches?.(request) ?? true);
}

function take(active: Active, now: number): FaultEffect | undefined {
  const { fault } = active;
  const { effect } = fault;
  if (active.hits >= (fault.times ?? (effect.kind === "throttle" ? Infinity : 1))) return undefined;
  active.passed += 1;
  if (active.passed <= (fault.after ?? 0)) return undefined;
  if (effect.kind === "throttle" && takeToken(active, effect, now)) return undefined;
  active.hits += 1;
  return effect;
}

function takeToken(active: Active, bucket: { capacity: number; refillPerSecond: number }, now: number): boolean {
  const refilled = active.tokens + ((now - active.refilledAt) / 1000) * bucket.refillPerSecond;
  active.tokens = Math.min(bucket.capacity, refilled);
  active.refilledAt = now;
  if (active.tokens < 1) return false;
  active.tokens -= 1;
  return true;
}

/** The error that takes the place of the work; undefined where the work is done. */
export function refusal(effect: FaultEffect | undefined, service: Service): AwsError | undefined {
  if (effect?.kind === "throttle")
    return new AwsError(throttlingCode(service), "Request limit exceeded.", after(effect));
  if (effect?.kind !== "error") return undefined;
  const status = effect.status === undefined ? {} : { status: effect.status };
  return new AwsError(effect.code, effect.message ?? `The emulator was told to answer ${effect.code}.`, {
    ...status,
    ...after(effect),
  });
}

function throttlingCode(service: Service): string {
  if (service === "ec2") return "RequestLimitExceeded";
  return service === "sts" ? "Throttling" : "ThrottlingException";
}

function after({ retryAfter }: { readonly retryAfter?: string }): { readonly headers?: Record<string, string> } {
  return retryAfter === undefined ? {} : { headers: { "Retry-After": retryAfter } };
}
