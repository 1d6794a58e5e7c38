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

/** A controller that aborts with its parents too, for the same reason, until it is released. */
export interface Following {
  readonly controller: AbortController;
  /** Once the work is done: a parent may live much longer. */
  readonly release: () => void;
}

/**
 * In place of `AbortSignal.any`, which holds its parts weakly: what is held so, and all that it leads to, outlives every
 * collection of young garbage, and opening hundreds of sessions would fill the memory with it.
 */
export function follow(...parents: readonly AbortSignal[]): Following {
  const controller = new AbortController();
  const release = (): void => {
    for (const parent of parents) parent.removeEventListener("abort", onAbort);
  };
  const onAbort = ({ target }: { readonly target: EventTarget | null }): void => {
    release();
    controller.abort(parents.find((parent) => parent === target)?.reason);
  };
  const aborted = parents.find((parent) => parent.aborted);
  if (aborted) controller.abort(aborted.reason);
  else for (const parent of parents) parent.addEventListener("abort", onAbort);
  return { controller, release };
}

/** Why the signal of a deadline aborts. Symbols, since without a reason a whole error is made for each. */
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
    if (controller.signal.reason === LATE) throw new GpuDevError("timeout", late, { cause: error });
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
