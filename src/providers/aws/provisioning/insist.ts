import { GpuDevError } from "../../../core/error.ts";
import { awsCodeOf } from "../answer.ts";

/** What says nothing about whether AWS acted, and what AWS's own lists take a moment to learn of. */
const PASSING: ReadonlySet<string> = new Set(["unreachable", "timeout", "unreadable-answer", "not-found"]);
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
      if (attempt === ATTEMPTS || !(error instanceof GpuDevError) || !PASSING.has(error.code)) throw error;
      await wait(PAUSE_MS * attempt, signal);
    }
  }
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
