/** Wall-clock milliseconds since 1970, as `Date.now`. Injected wherever time decides something. */
export type Clock = () => number;
