import { abortable } from "../../core/waiting.ts";

/** Lets a few go at once and the others wait in the order in which they came. */
export interface Turns {
  /** Rejects with an AbortError where the signal aborts before it is its turn. */
  take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/** `width`: how many may go at this moment; asked anew whenever one is done. */
export function createTurns(width: () => number): Turns {
  const waiting = new Set<() => void>();
  let going = 0;
  const letGo = (): void => {
    for (const next of waiting) {
      if (going >= width()) return;
      waiting.delete(next);
      going += 1;
      next();
    }
  };
  return {
    take: async (signal, work) => {
      await abortable<undefined>(signal, (resolve) => {
        const go = (): void => resolve(undefined);
        waiting.add(go);
        letGo();
        return () => waiting.delete(go);
      });
      try {
        return await work();
      } finally {
        going -= 1;
        letGo();
      }
    },
  };
}
