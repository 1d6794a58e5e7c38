/** A moment as a number of at most six digits, so that it passes for the MiB of a GPU: it comes round every 1,000 s. */
const STAMP_RANGE = 1_000_000;

export const stampOf = (atMs: number): number => atMs % STAMP_RANGE;

/** Milliseconds from the stamped moment to `nowMs`. A clock that runs a little behind gives a small negative number. */
export function sinceStamp(stamp: number, nowMs: number): number {
  const since = (stampOf(nowMs) - stamp + STAMP_RANGE) % STAMP_RANGE;
  return since > STAMP_RANGE / 2 ? since - STAMP_RANGE : since;
}
