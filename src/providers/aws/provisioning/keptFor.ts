import type { Clock } from "../../../core/clock.ts";

/** An answer that stays true for a while: asked again only when it is older. A failure is not kept. */
export function keptFor<T>(
  milliseconds: number,
  clock: Clock,
  ask: (signal: AbortSignal) => Promise<T>,
): (signal: AbortSignal) => Promise<T> {
  let kept: { readonly at: number; readonly value: T } | undefined;
  return async (signal) => {
    const age = kept ? clock() - kept.at : Infinity;
    if (kept && age >= 0 && age < milliseconds) return kept.value;
    const value = await ask(signal);
    kept = { at: clock(), value };
    return value;
  };
}
