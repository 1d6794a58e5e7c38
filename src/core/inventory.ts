import { steady, type Clock } from "./clock.ts";
import type { Environment } from "./environment.ts";
import { GpuDevError, isAbort, messageOf } from "./error.ts";
import { Emitter, type Disposable } from "./event.ts";
import { covered, type Cover, type Listing } from "./listing.ts";
import type { EnvironmentProvider } from "./provider.ts";
import { sentence } from "./sentence.ts";
import { concerns, lists, settled, shownOn, type Shelf } from "./shelf.ts";
import { Tombstones } from "./tombstones.ts";
import { withDeadline } from "./waiting.ts";

/** A cloud that has not finished by then is marked timed out; its last known environments stay. */
const LIST_DEADLINE_MS = 15_000;

/** The one store of what exists. Each provider is refreshed by itself, one refresh at a time. */
export class Inventory implements Disposable {
  private readonly clock: Clock;
  /** By which a lag has passed: a clock that is set back must hide nothing that exists, nor show what is gone. */
  private readonly elapsed: Clock;
  private readonly onListenerFailure: (error: unknown) => void;
  private shelves: ReadonlyMap<string, Shelf> = new Map();
  private readonly covers = new Map<string, Cover>();
  private readonly tombstones: Tombstones;
  private readonly changed = new Emitter<string>();
  private isDisposed = false;

  /** Fires with the id of the provider whose listing changed, or that came or went. */
  readonly onDidChange = this.changed.event;

  /** `onListenerFailure` is told what a listener of `onDidChange` threw, which is neither provider's nor caller's fault. */
  constructor(
    providers: readonly EnvironmentProvider[],
    clock: Clock,
    onListenerFailure: (error: unknown) => void = throwUncaught,
  ) {
    this.onListenerFailure = onListenerFailure;
    this.clock = clock;
    this.elapsed = steady(clock);
    this.tombstones = new Tombstones(this.elapsed);
    this.setProviders(providers);
  }

  /** Those that were there before, by identity, keep what they listed. What is new has yet to be refreshed. */
  setProviders(providers: readonly EnvironmentProvider[]): void {
    const before = this.shelves;
    const kept = (provider: EnvironmentProvider): Shelf | undefined => {
      const shelf = before.get(provider.id);
      return shelf?.provider === provider ? shelf : undefined;
    };
    this.shelves = new Map(providers.map((provider) => [provider.id, kept(provider) ?? this.shelf(provider)]));
    for (const [id, shelf] of before) {
      if (this.shelves.get(id) === shelf) continue;
      shelf.refresh?.abort.abort();
      shelf.subscription?.dispose();
      this.tell(id);
    }
    for (const id of this.shelves.keys()) if (!before.has(id)) this.tell(id);
  }

  get providerIds(): readonly string[] {
    return [...this.shelves.keys()];
  }

  provider(id: string): EnvironmentProvider | undefined {
    return this.shelves.get(id)?.provider;
  }

  /** Undefined before the first refresh. */
  listing(providerId: string): Listing | undefined {
    return this.shelves.get(providerId)?.shown;
  }

  /** True while a provider that has never answered is yet to answer or fail: what is not listed may still be. */
  get isLoading(): boolean {
    return [...this.shelves.values()].some(
      ({ answer }) => answer === undefined || (answer.kind === "loading" && answer.at === undefined),
    );
  }

  environments(): readonly Environment[] {
    return [...this.shelves.values()].flatMap(({ shown }) => shown?.environments ?? []);
  }

  /** As `providerId` shows it. Absent: as the first that does, for several accounts may show the same machine. */
  environment(id: string, providerId?: string): Environment | undefined {
    const only = providerId === undefined ? undefined : this.shelves.get(providerId);
    if (providerId !== undefined) return only && shownOn(only, id);
    for (const shelf of this.shelves.values()) {
      const found = shownOn(shelf, id);
      if (found) return found;
    }
    return undefined;
  }

  /** For one that was listed a moment ago; throws "configuration" where it is gone. */
  existing(id: string, providerId?: string): Environment {
    const environment = this.environment(id, providerId);
    if (environment) return environment;
    throw new GpuDevError("configuration", sentence("{0} is no longer listed. Refresh the view.", id));
  }

  /** Lays the state of an operation over what is listed, until it is taken away with `undefined`. */
  cover(environmentId: string, cover: Cover | undefined): void {
    const before = this.covers.get(environmentId);
    if (cover) this.covers.set(environmentId, cover);
    else this.covers.delete(environmentId);
    for (const shelf of this.shelves.values()) {
      const isItsOwn = [before, cover].some((own) => own && concerns(own, shelf));
      if (isItsOwn) this.publish(shelf, shelf.answer ?? { kind: "loading", environments: [] });
    }
  }

  /** Whether an operation of this window is under way there. */
  isCovered(environmentId: string): boolean {
    return this.covers.has(environmentId);
  }

  /** The platform has reported it deleted: it is gone at once, whatever a list that lags says for a while. */
  bury(environmentId: string): void {
    this.tombstones.add(environmentId);
    this.covers.delete(environmentId);
    for (const shelf of this.shelves.values()) {
      if (lists(shelf, environmentId)) this.replace(shelf, environmentId, undefined);
    }
  }

  /** As `bury`, of all that one operation made. */
  buryMadeBy(operationId: string, providerId: string): void {
    const listed = this.shelves.get(providerId)?.answer?.environments ?? [];
    for (const environment of listed) if (environment.operationId === operationId) this.bury(environment.id);
  }

  /** Settles when the provider has answered, failed or timed out. Joins a refresh that is already under way. */
  refresh(providerId: string): Promise<void> {
    const shelf = this.shelves.get(providerId);
    if (!shelf) return Promise.resolve();
    if (shelf.refresh) return shelf.refresh.done;
    const abort = new AbortController();
    const done = this.list(shelf, abort.signal).finally(() => {
      shelf.refresh = undefined;
    });
    shelf.refresh = { done, abort };
    return done;
  }

  /** After a filter has changed: what is not listed now is not wanted, and gone at once. It is no lag of the list. */
  async relist(providerId: string): Promise<void> {
    await this.shelves.get(providerId)?.refresh?.done; // by the old filter
    const shelf = this.shelves.get(providerId);
    if (!shelf || this.isDisposed) return;
    shelf.sightings = new Map();
    await this.refresh(providerId);
  }

  async refreshAll(): Promise<void> {
    await Promise.all(this.providerIds.map((id) => this.refresh(id)));
  }

  /**
   * Reads one environment anew where its provider can, else lists them all. Rejects with what the provider throws.
   * Every other account that shows it follows, and is not waited for: one that hangs must hold up nobody else.
   */
  async refreshOne({ id, providerId }: Pick<Environment, "id" | "providerId">, signal: AbortSignal): Promise<void> {
    for (const shelf of this.shelves.values()) {
      const isOther = shelf.provider.id !== providerId && lists(shelf, id);
      // Its failure is told by its own next listing.
      if (isOther) this.readInto(shelf, id, signal).catch(() => undefined);
    }
    await this.readInto(this.shelves.get(providerId), id, signal);
  }

  private async readInto(shelf: Shelf | undefined, environmentId: string, signal: AbortSignal): Promise<void> {
    if (!shelf) return;
    if (!shelf.provider.read) return this.refresh(shelf.provider.id);
    const read = await shelf.provider.read(environmentId, signal);
    if (this.shelves.get(shelf.provider.id) === shelf) this.replace(shelf, environmentId, read);
  }

  dispose(): void {
    this.isDisposed = true;
    for (const { refresh, subscription } of this.shelves.values()) {
      refresh?.abort.abort();
      subscription?.dispose();
    }
    this.changed.dispose();
  }

  private shelf(provider: EnvironmentProvider): Shelf {
    const subscription = provider.onDidInvalidate?.(() => void this.refreshAnew(provider.id));
    const nothing = { answer: undefined, shown: undefined, index: undefined, refresh: undefined };
    return { provider, ...nothing, sightings: new Map(), readSince: new Map(), subscription };
  }

  /** A listing that is under way may have read what has changed since: another one follows it. */
  private async refreshAnew(providerId: string): Promise<void> {
    const running = this.shelves.get(providerId)?.refresh;
    if (running) await running.done;
    if (!this.isDisposed) await this.refresh(providerId);
  }

  private async list(shelf: Shelf, signal: AbortSignal): Promise<void> {
    const { provider } = shelf;
    const since = shelf.answer?.at === undefined ? {} : { at: shelf.answer.at };
    shelf.readSince.clear();
    this.publish(shelf, { kind: "loading", environments: shelf.answer?.environments ?? [], ...since });
    const late = sentence("{0} did not answer within {1} s.", provider.displayName, LIST_DEADLINE_MS / 1000);
    try {
      const listed = await withDeadline(LIST_DEADLINE_MS, signal, late, (own) => this.collect(shelf, own, since));
      this.publish(shelf, { kind: "ready", environments: settled(shelf, listed, this.elapsed()), at: this.clock() });
    } catch (error) {
      if (isAbort(error)) return;
      const environments = shelf.answer?.environments ?? [];
      this.publish(shelf, { ...since, kind: "failed", environments, error: asError(error, provider) });
    }
  }

  /** While pages arrive, environments known from before and not yet listed again stay on screen. */
  private async collect(
    shelf: Shelf,
    signal: AbortSignal,
    since: Pick<Listing, "at">,
  ): Promise<readonly Environment[]> {
    const known = shelf.answer?.environments ?? [];
    const listed = new Map<string, Environment>();
    for await (const page of shelf.provider.list(signal)) {
      signal.throwIfAborted();
      for (const environment of page) this.take(environment, listed, shelf);
      const waiting = known.filter((environment) => !listed.has(environment.id));
      this.publish(shelf, { ...since, kind: "loading", environments: [...listed.values(), ...waiting] });
    }
    return [...listed.values()];
  }

  private take(environment: Environment, listed: Map<string, Environment>, shelf: Shelf): void {
    const { id } = environment;
    if (this.tombstones.covers(id, shelf.provider.listLagMs ?? 0)) return;
    const current = shelf.readSince.has(id) ? shelf.readSince.get(id) : environment;
    if (current) listed.set(id, current);
  }

  private replace(shelf: Shelf, environmentId: string, environment: Environment | undefined): void {
    const sightings = new Map(shelf.sightings);
    const before = sightings.get(environmentId);
    if (environment) sightings.set(environmentId, { environment, since: before?.since ?? this.elapsed(), misses: 0 });
    else sightings.delete(environmentId);
    shelf.sightings = sightings;
    shelf.readSince.set(environmentId, environment);
    const answer = shelf.answer ?? { kind: "loading", environments: [] };
    const others = answer.environments.filter(({ id }) => id !== environmentId);
    const place = answer.environments.findIndex(({ id }) => id === environmentId);
    if (environment) others.splice(place < 0 ? others.length : place, 0, environment);
    this.publish(shelf, { ...answer, environments: others });
  }

  private publish(shelf: Shelf, answer: Listing): void {
    shelf.answer = answer;
    const own = [...this.covers.values()].filter((cover) => concerns(cover, shelf));
    shelf.shown = covered(answer, own);
    shelf.index = undefined;
    this.tell(shelf.provider.id);
  }

  private tell(providerId: string): void {
    try {
      this.changed.fire(providerId);
    } catch (error) {
      this.onListenerFailure(error);
    }
  }
}

/** Outside of whatever is under way, so that it stops nothing and is not lost either: the platform logs it. */
function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

function asError(error: unknown, provider: EnvironmentProvider): GpuDevError {
  if (error instanceof GpuDevError) return error;
  return new GpuDevError(
    "unreadable-answer",
    sentence("{0} could not be listed: {1}", provider.displayName, messageOf(error)),
    { cause: error },
  );
}
