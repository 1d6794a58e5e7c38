import type { Clock } from "./clock.ts";
import type { Environment } from "./environment.ts";
import { isAbort, messageOf } from "./error.ts";
import type { Disposable } from "./event.ts";
import type { Inventory } from "./inventory.ts";

/** How often it is looked whether something is due; a machine that changes its state is read so often. */
const PENDING_MS = 5_000;
/** Everything else of a cloud. */
const LIST_MS = 60_000;
/** A fleet that changes as a whole is read by listings instead. */
const MOST_READ = 10;

export interface PollingParts {
  readonly inventory: Inventory;
  /** Nothing is asked while nobody looks. */
  readonly isWatched: () => boolean;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** Asks chosen clouds again while somebody looks: machines in transition every 5 s, the rest every 60 s. */
export function startPolling(parts: PollingParts): Disposable {
  const { inventory, isWatched, clock } = parts;
  const life = new AbortController();
  const read = reader(parts, life.signal);
  /** Also of those that failed: asking a cloud that refuses more often makes nothing better. */
  const listedAt = new Map<string, number>();
  const lookAt = (id: string): void => {
    const now = clock();
    // What lies in the future was noted before the clock was set back, and says nothing.
    const last = [inventory.listing(id)?.at ?? 0, listedAt.get(id) ?? 0].filter((at) => at <= now);
    if (now - Math.max(0, ...last) < LIST_MS) {
      for (const environment of changing(inventory, id).slice(0, MOST_READ)) void read(environment);
      return;
    }
    listedAt.set(id, now);
    void inventory.refresh(id);
  };
  const look = (): void => {
    if (!isWatched()) return;
    for (const id of inventory.providerIds) {
      const isSettled = inventory.listing(id)?.kind !== "loading";
      if (isSettled && inventory.provider(id)?.isChosen === true) lookAt(id);
    }
  };
  const timer = setInterval(look, PENDING_MS);
  return {
    dispose: () => {
      clearInterval(timer);
      life.abort();
    },
  };
}

/** Reads one machine at a time once. */
function reader({ inventory, log }: PollingParts, signal: AbortSignal) {
  const reading = new Set<string>();
  return async (environment: Pick<Environment, "id" | "providerId">): Promise<void> => {
    if (reading.has(environment.id)) return;
    reading.add(environment.id);
    try {
      await inventory.refreshOne(environment, signal);
    } catch (error) {
      if (!isAbort(error)) log(`${environment.id} could not be read: ${messageOf(error)}`);
    } finally {
      reading.delete(environment.id);
    }
  };
}

/** What an operation of this window covers is watched by that operation. */
function changing(inventory: Inventory, providerId: string) {
  const environments = inventory.listing(providerId)?.environments ?? [];
  return environments.filter(({ id, state }) => state === "transitioning" && !inventory.isCovered(id));
}
