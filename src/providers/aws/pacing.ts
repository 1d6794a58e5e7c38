import type { Clock } from "../../core/clock.ts";

/** What a refused answer says about when to come back. */
export interface Refusal {
  /** The header Retry-After, as it came: seconds, or an HTTP date. */
  readonly retryAfter?: string | undefined;
  /** The header Date of the same answer, by which an HTTP date is judged: the clock of this machine may be off. */
  readonly date?: string | undefined;
}

/** When a service may be asked again after it asked for less. One for each scope and service. */
export interface Pacing {
  /** Milliseconds until the next request may be sent; 0: at once. */
  waitMs(): number;
  /** How many requests may be under way at once: one while the service has yet to show that it has recovered. */
  width(): number;
  refused(refusal: Refusal): void;
  succeeded(): void;
}

const WIDTH = 8;
const FIRST_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 5 * 60_000;
/** No service means a longer pause; a broken or hostile header does. */
const LONGEST_RETRY_AFTER_MS = 24 * 60 * 60_000;

/** `random` is `Math.random`: at least 0, below 1. */
export function createPacing(clock: Clock, random: () => number): Pacing {
  let refusals = 0;
  let pause: { readonly since: number; readonly untilMs: number } | undefined;
  return {
    waitMs: () => {
      if (!pause) return 0;
      const now = clock();
      // A clock that was set back must not lengthen the pause: it begins anew at most once from there.
      if (now < pause.since) pause = { since: now, untilMs: now + pause.untilMs - pause.since };
      return Math.max(0, Math.ceil(pause.untilMs - now));
    },
    refused: (refusal) => {
      refusals += 1;
      const since = clock();
      const untilMs = since + (retryAfterMs(refusal, since) ?? backoffMs(refusals, random));
      // Of several refusals in flight the one that asks for the longest pause counts.
      if (!pause || pause.untilMs < untilMs) pause = { since, untilMs };
    },
    width: () => (refusals > 0 ? 1 : WIDTH),
    succeeded: () => {
      // Step by step: at the edge of a limit some pass and some do not.
      refusals = Math.max(0, refusals - 1);
    },
  };
}

/** Doubles from refusal to refusal; half of it is left to chance, so that many windows do not come back together. */
export function backoffMs(refusals: number, random: () => number): number {
  const longest = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(refusals, 20));
  return Math.max(FIRST_BACKOFF_MS, longest / 2 + (random() * longest) / 2);
}

/** Undefined where the header is absent, unreadable or of the past: then the back-off decides. */
function retryAfterMs({ retryAfter, date }: Refusal, now: number): number | undefined {
  const text = retryAfter?.trim() ?? "";
  if (/^\d{1,12}(\.\d+)?$/.test(text)) return bounded(Number(text) * 1000);
  const at = httpDate(text);
  if (at === undefined) return undefined;
  return bounded(at - (httpDate(date ?? "") ?? now));
}

function bounded(milliseconds: number): number | undefined {
  return milliseconds > 0 ? Math.min(milliseconds, LONGEST_RETRY_AFTER_MS) : undefined;
}

/** Milliseconds since 1970 of an HTTP date; undefined for any other text, which Date.parse would take too much of. */
export function httpDate(text: string): number | undefined {
  if (!/^[A-Z][a-z]{2,8},? .*\d{2}:\d{2}:\d{2}/.test(text)) return undefined;
  const at = Date.parse(/GMT|UTC$/.test(text) ? text : `${text} GMT`);
  return Number.isNaN(at) ? undefined : at;
}
