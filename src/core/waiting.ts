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

/** A controller that aborts with its parent too, for the same reason, until it is released. */
export interface Following {
  readonly controller: AbortController;
  /** Once the work is done: the parent may live much longer. */
  readonly release: () => void;
}

/**
 * In place of `AbortSignal.any`, whose weak references survive every collection of young garbage. While hundreds of
 * sessions open, what survives is what makes V8 enlarge its young generation, and it keeps it so.
 */
export function follow(parent: AbortSignal): Following {
  const controller = new AbortController();
  const onAbort = (): void => {
    controller.abort(parent.reason);
  };
  if (parent.aborted) onAbort();
  else parent.addEventListener("abort", onAbort, { once: true });
  return { controller, release: () => parent.removeEventListener("abort", onAbort) };
}

/** Why the signal of a deadline aborts: without a reason a whole error is made for each. */
const DONE = Symbol("done");
const LATE = Symbol("late");

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
  const { controller, release } = follow(signal);
  const timer = setTimeout(() => {
    controller.abort(LATE);
  }, milliseconds);
  try {
    const stopped = abortable<never>(controller.signal, () => () => undefined);
    return await Promise.race([work(controller.signal), stopped]);
  } catch (error) {
    // A deadline around this one aborts it for the same reason.
    if (controller.signal.reason === LATE && !signal.aborted) throw new GpuDevError("timeout", late, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
    release();
    controller.abort(DONE); // releases the listener of `stopped`
  }
}

function abortError(): Error {
  const error = new Error("The operation was cancelled.");
  error.name = "AbortError";
  return error;
}
