import { steady, type Clock } from "../../core/clock.ts";
import { GpuDevError, messageOf, type ErrorCode } from "../../core/error.ts";

/** Facts that hardly change, fetched once for what has been seen. Asking never waits. */
export interface Learned<T> {
  get(id: string): T | undefined;
  /** Fetches what is not known of these. */
  learn(ids: Iterable<string>, signal: AbortSignal): Promise<void>;
}

export interface LearnedSource<T> {
  /** Of how many one request may ask. */
  readonly atOnce: number;
  readonly fetch: (ids: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, T>>;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** For so long it is not asked again for what AWS did not tell. */
const SILENCE_MS = 10 * 60_000;

/** Failures that asking again soon does not change: what they keep from us is done without. */
const LASTING: ReadonlySet<ErrorCode> = new Set(["permission", "unsupported", "invalid-request", "not-found"]);

export function createLearned<T>({ atOnce, fetch, clock, log }: LearnedSource<T>): Learned<T> {
  const known = new Map<string, T>();
  const askedAt = new Map<string, number>();
  const elapsed = steady(clock);
  const isWanted = (id: string): boolean => {
    const asked = askedAt.get(id);
    return !known.has(id) && (asked === undefined || elapsed() - asked >= SILENCE_MS);
  };
  return {
    get: (id) => known.get(id),
    learn: async (ids, signal) => {
      const wanted = [...new Set(ids)].filter(isWanted);
      for (let start = 0; start < wanted.length; start += atOnce) {
        const some = wanted.slice(start, start + atOnce);
        for (const [id, value] of await orNothing(() => fetchOf(some, fetch, signal), log)) known.set(id, value);
        for (const id of some) askedAt.set(id, elapsed());
      }
    },
  };
}

/** One id that AWS does not know spoils a whole request: the halves are asked for then. */
async function fetchOf<T>(
  ids: readonly string[],
  fetch: LearnedSource<T>["fetch"],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, T>> {
  try {
    return await fetch(ids, signal);
  } catch (error) {
    const isSpoilt = error instanceof GpuDevError && (error.code === "invalid-request" || error.code === "not-found");
    if (!isSpoilt || ids.length < 2) throw error;
    const half = Math.ceil(ids.length / 2);
    const first = await orNothing(() => fetchOf(ids.slice(0, half), fetch, signal));
    const second = await orNothing(() => fetchOf(ids.slice(half), fetch, signal));
    return new Map([...first, ...second]);
  }
}

async function orNothing<T>(
  act: () => Promise<ReadonlyMap<string, T>>,
  log?: (line: string) => void,
): Promise<ReadonlyMap<string, T>> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof GpuDevError) || !LASTING.has(error.code)) throw error;
    log?.(messageOf(error));
    return new Map();
  }
}
