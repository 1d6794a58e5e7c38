/** Wall-clock milliseconds since 1970, as `Date.now`. Injected wherever time decides something. */
export type Clock = () => number;

/**
 * Milliseconds since it was made that never run back: a clock that is set back stands still for it. Of a longer gap
 * between two questions only `mostAtOnceMs` counts: the computer slept meanwhile, or its clock was set forward, and
 * in that time nobody could have looked. By default sleep counts.
 */
export function steady(clock: Clock, mostAtOnceMs = Infinity): Clock {
  let before = clock();
  let elapsed = 0;
  return () => {
    const now = clock();
    elapsed += Math.min(mostAtOnceMs, Math.max(0, now - before));
    before = now;
    return elapsed;
  };
}

/** Two looks at what is waited for lie less far apart, unless the computer slept in between. */
const LONGEST_LOOK_MS = 20_000;

/** `steady`, for what is given up after a while: not while the computer slept, in which nobody could look. */
export function awake(clock: Clock): Clock {
  return steady(clock, LONGEST_LOOK_MS);
}
