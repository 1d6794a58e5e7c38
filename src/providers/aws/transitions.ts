import type { Ec2Instance } from "./ec2Instance.ts";
import { lifecycleOf } from "./instanceState.ts";

/** For how long instances have been changing their state. */
export interface Transitions {
  /** Milliseconds; undefined for one that changes nothing. `now` is by AWS's clock. */
  lastingMs(instance: Ec2Instance, now: number): number | undefined;
}

/**
 * AWS mostly says when a change began; where it does not, it is counted from when it was first seen. Of a machine that
 * is gone its id stays: there are few.
 */
export function createTransitions(): Transitions {
  const seen = new Map<string, { readonly state: string | undefined; readonly since: number }>();
  return {
    lastingMs: (instance, now) => {
      const { id, state, changedAt } = instance;
      if (lifecycleOf(instance) !== "transitioning") {
        seen.delete(id);
        return undefined;
      }
      const before = seen.get(id);
      const since = before && before.state === state ? before.since : now;
      seen.set(id, { state, since });
      return Math.max(0, now - Math.min(changedAt ?? since, since));
    },
  };
}
