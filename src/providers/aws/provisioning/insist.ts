import { GpuDevError, type ErrorCode } from "../../../core/error.ts";
import { awsCodeOf } from "../answer.ts";

/** What says nothing about whether AWS acted. */
const OPEN: ReadonlySet<ErrorCode> = new Set(["unreachable", "timeout", "unreadable-answer"]);

/** What AWS has made a moment ago, it may not know yet where it is used. */
const LAGGING: ReadonlySet<string> = new Set([
  "InvalidGroup.NotFound",
  "InvalidKeyPair.NotFound",
  "InvalidInstanceID.NotFound",
]);
const ATTEMPTS = 4;
const PAUSE_MS = 2000;

/**
 * Does what may be done twice, until it is known to be done: after a lost answer, and while AWS does not know yet what
 * it has made a moment ago. Any other refusal is final.
 */
export async function insist<T>(
  wait: (milliseconds: number, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  act: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      signal.throwIfAborted();
      if (attempt === ATTEMPTS || !mayPass(error)) throw error;
      await wait(PAUSE_MS * attempt, signal);
    }
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof GpuDevError && (OPEN.has(error.code) || LAGGING.has(awsCodeOf(error) ?? ""));
}

/** Undefined where AWS refuses with one of these codes, which means that there is nothing to be done. */
export async function unlessRefused<T>(codes: readonly string[], act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (codes.includes(awsCodeOf(error) ?? "")) return undefined;
    throw error;
  }
}

/** Undefined where the question could not be put this time: whoever asks again and again need not give up for that. */
export async function ifAnswered<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    const isPassing = error instanceof GpuDevError && (OPEN.has(error.code) || error.code === "throttled");
    if (isPassing) return undefined;
    throw error;
  }
}
