import type { Environment, PowerOperation, Availability } from "./environment.ts";
import type { GpuDevError } from "./error.ts";
import { sentence, type Sentence } from "./sentence.ts";

/** One provider's last answer. What was known before a failure stays, with the time it was true. */
export type Listing =
  | { readonly kind: "loading"; readonly environments: readonly Environment[]; readonly at?: number }
  | { readonly kind: "ready"; readonly environments: readonly Environment[]; readonly at: number }
  | {
      readonly kind: "failed";
      readonly environments: readonly Environment[];
      readonly error: GpuDevError;
      readonly at?: number;
    };

/** What lies over a listed environment while an operation runs on it, so that no listing in between shows it else. */
export interface Cover {
  /** As it was, or is going to be: shown where the platform does not list it yet. */
  readonly environment: Environment;
  readonly activity: Sentence;
  /** Where the operation is about to make it: whatever is listed as made by it is the same environment. */
  readonly operationId?: string;
}

export function covered(listing: Listing, covers: readonly Cover[]): Listing {
  if (covers.length === 0) return listing;
  const waiting = new Set(covers);
  const over = (environment: Environment): Cover | undefined =>
    covers.find((cover) => cover.environment.id === environment.id || isMadeBy(environment, cover));
  const environments = listing.environments.map((environment) => {
    const cover = over(environment);
    if (cover) waiting.delete(cover);
    return cover ? underCover(environment, cover) : environment;
  });
  const unlisted = [...waiting].map((cover) => underCover(cover.environment, cover));
  return { ...listing, environments: [...environments, ...unlisted] };
}

function isMadeBy({ operationId }: Environment, cover: Cover): boolean {
  return operationId !== undefined && operationId === cover.operationId;
}

function underCover(environment: Environment, { activity }: Cover): Environment {
  const busy: Availability = { available: false, reason: sentence("It is being worked on: {0}.", activity) };
  const operations: Record<PowerOperation, Availability> = {
    ...{ start: busy, stop: busy, hibernate: busy, restart: busy, delete: busy, scale: busy, extend: busy },
  };
  return { ...environment, state: "transitioning", activity, operations };
}

/** When an environment was first listed, and how many complete listings in a row it has been missing from. */
export interface Sighting {
  readonly environment: Environment;
  readonly since: number;
  readonly misses: number;
}

/** So often in a row must a complete list lack it before it counts as gone. */
const MISSES = 2;

/**
 * A complete list in the light of those before, for a platform whose lists lag: what was made a moment ago may be
 * missing, so it stays for `lagMs` milliseconds and until the second miss in a row.
 */
export function settle(
  before: ReadonlyMap<string, Sighting>,
  listed: readonly Environment[],
  now: number,
  lagMs: number,
): ReadonlyMap<string, Sighting> {
  const after = new Map<string, Sighting>();
  for (const environment of listed) {
    const since = before.get(environment.id)?.since ?? now;
    after.set(environment.id, { environment, since, misses: 0 });
  }
  for (const [id, { environment, since, misses }] of before) {
    if (after.has(id)) continue;
    const isGone = misses + 1 >= MISSES && now - since >= lagMs;
    if (!isGone) after.set(id, { environment, since, misses: misses + 1 });
  }
  return after;
}
