import { GpuDevError } from "./error.ts";
import type { Sentence } from "./sentence.ts";

/**
 * A promise over a callback API that settles when the signal aborts.
 * `start` begins the work and returns what releases it; it is called on abort only.
 */
export function abortable<T>(
  signal: AbortSignal,
  start: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) {
      reject(abortError());
      return;
    }
    const settled = (): void => {
      signal.removeEventListener("abort", onAbort);
    };
    const onAbort = (): void => {
      settled();
      release();
      reject(abortError());
    };
    signal.addEventListener("abort", onAbort);
    const release = start(
      (value) => {
        settled();
        resolve(value);
      },
      (error) => {
        settled();
        reject(error);
      },
    );
  });
}

/** Resolves after `milliseconds`, or rejects with an AbortError as soon as the signal aborts. */
export function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  return abortable(signal, (resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    return () => {
      clearTimeout(timer);
    };
  });
}

/**
 * Runs `work` under a deadline. Past it the work's own signal aborts and the promise rejects with a "timeout" error
 * made of `late`, even if the work never settles.
 */
export async function withDeadline<T>(
  milliseconds: number,
  signal: AbortSignal,
  late: Sentence,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort();
  }, milliseconds);
  const own = AbortSignal.any([signal, deadline.signal]);
  try {
    const stopped = abortable<never>(own, () => () => undefined);
    return await Promise.race([work(own), stopped]);
  } catch (error) {
    if (deadline.signal.aborted && !signal.aborted) throw new GpuDevError("timeout", late, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
    deadline.abort(); // releases the listener of `stopped`
  }
}

function abortError(): Error {
  const error = new Error("The operation was cancelled.");
  error.name = "AbortError";
  return error;
}
