import type { Environment } from "./environment.ts";
import type { Disposable } from "./event.ts";
import { settle, type Cover, type Listing, type Sighting } from "./listing.ts";
import type { EnvironmentProvider } from "./provider.ts";

/** What is kept of one provider. */
export interface Shelf {
  readonly provider: EnvironmentProvider;
  /** As the provider answered; undefined before the first refresh. */
  answer: Listing | undefined;
  /** The same with what covers it, as everybody sees it. */
  shown: Listing | undefined;
  /** Those shown, by id; absent when they have changed since one was last asked for. */
  index: ReadonlyMap<string, Environment> | undefined;
  /** Kept only of a platform whose lists lag. */
  sightings: ReadonlyMap<string, Sighting>;
  /** Read one by one since the listing under way began, which may still say how they were before. */
  readonly readSince: Map<string, Environment | undefined>;
  refresh: { readonly done: Promise<void>; readonly abort: AbortController } | undefined;
  readonly subscription: Disposable | undefined;
}

export function shownOn(shelf: Shelf, environmentId: string): Environment | undefined {
  const { shown } = shelf;
  shelf.index ??= new Map(shown?.environments.map((environment) => [environment.id, environment]));
  return shelf.index.get(environmentId);
}

export function lists({ answer }: Shelf, environmentId: string): boolean {
  return answer?.environments.some(({ id }) => id === environmentId) === true;
}

/** Also that of another account which shows the same machine. */
export function concerns({ environment }: Cover, shelf: Shelf): boolean {
  return environment.providerId === shelf.provider.id || lists(shelf, environment.id);
}

/** A complete list at `now`, with what it may only be too late to have. */
export function settled(shelf: Shelf, listed: readonly Environment[], now: number): readonly Environment[] {
  const { listLagMs } = shelf.provider;
  if (listLagMs === undefined) return listed;
  shelf.sightings = settle(shelf.sightings, listed, now, listLagMs);
  return [...shelf.sightings.values()].map(({ environment }) => environment);
}
