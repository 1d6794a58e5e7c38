import type { Clock } from "./clock.ts";
import type { Environment } from "./environment.ts";
import { GpuDevError, isAbort, messageOf } from "./error.ts";
import { disposeAll, Emitter, type Disposable } from "./event.ts";
import type { EnvironmentProvider } from "./provider.ts";
import { sentence } from "./sentence.ts";
import { withDeadline } from "./waiting.ts";

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

/** What a provider had listed before, and when. */
type Known = Pick<Listing, "environments" | "at">;

/** A cloud that has not finished by then is marked timed out; its last known environments stay. */
const LIST_DEADLINE_MS = 15_000;

/** The one store of what exists. Each provider is refreshed by itself, one refresh at a time. */
export class Inventory implements Disposable {
  private readonly providers: ReadonlyMap<string, EnvironmentProvider>;
  private readonly clock: Clock;
  private readonly onListenerFailure: (error: unknown) => void;
  private readonly listings = new Map<string, Listing>();
  /** Every environment by its id; absent when a listing has changed since it was last asked for. */
  private index: ReadonlyMap<string, Environment> | undefined;
  private readonly refreshes = new Map<string, { readonly done: Promise<void>; readonly abort: AbortController }>();
  private readonly changed = new Emitter<string>();
  private readonly subscriptions: readonly Disposable[];
  private isDisposed = false;

  /** Fires with the id of the provider whose listing changed. */
  readonly onDidChange = this.changed.event;

  /** `onListenerFailure` is told what a listener of `onDidChange` threw, which is neither provider's nor caller's fault. */
  constructor(
    providers: readonly EnvironmentProvider[],
    clock: Clock,
    onListenerFailure: (error: unknown) => void = throwUncaught,
  ) {
    this.onListenerFailure = onListenerFailure;
    this.providers = new Map(providers.map((provider) => [provider.id, provider]));
    this.clock = clock;
    this.subscriptions = providers.flatMap((provider) =>
      provider.onDidInvalidate ? [provider.onDidInvalidate(() => void this.refreshAnew(provider.id))] : [],
    );
  }

  get providerIds(): readonly string[] {
    return [...this.providers.keys()];
  }

  provider(id: string): EnvironmentProvider | undefined {
    return this.providers.get(id);
  }

  /** Undefined before the first refresh. */
  listing(providerId: string): Listing | undefined {
    return this.listings.get(providerId);
  }

  /** True while a provider that has never answered is yet to answer or fail: what is not listed may still be. */
  get isLoading(): boolean {
    return this.providerIds.some((id) => {
      const listing = this.listings.get(id);
      return listing === undefined || (listing.kind === "loading" && listing.at === undefined);
    });
  }

  environments(): readonly Environment[] {
    return [...this.listings.values()].flatMap((listing) => listing.environments);
  }

  environment(id: string): Environment | undefined {
    this.index ??= new Map(this.environments().map((environment) => [environment.id, environment]));
    return this.index.get(id);
  }

  /** For one that was listed a moment ago; throws "configuration" where it is gone. */
  existing(id: string): Environment {
    const environment = this.environment(id);
    if (environment) return environment;
    throw new GpuDevError("configuration", sentence("{0} is no longer listed. Refresh the view.", id));
  }

  /** Settles when the provider has answered, failed or timed out. Joins a refresh that is already under way. */
  refresh(providerId: string): Promise<void> {
    const running = this.refreshes.get(providerId);
    if (running) return running.done;
    const provider = this.providers.get(providerId);
    if (!provider) return Promise.resolve();
    const abort = new AbortController();
    const done = this.list(provider, abort.signal).finally(() => this.refreshes.delete(providerId));
    this.refreshes.set(providerId, { done, abort });
    return done;
  }

  async refreshAll(): Promise<void> {
    await Promise.all(this.providerIds.map((id) => this.refresh(id)));
  }

  dispose(): void {
    this.isDisposed = true;
    for (const { abort } of this.refreshes.values()) abort.abort();
    disposeAll(this.subscriptions);
    this.changed.dispose();
  }

  /** A listing that is under way may have read what has changed since: another one follows it. */
  private async refreshAnew(providerId: string): Promise<void> {
    const running = this.refreshes.get(providerId);
    if (running) await running.done;
    if (!this.isDisposed) await this.refresh(providerId);
  }

  private async list(provider: EnvironmentProvider, signal: AbortSignal): Promise<void> {
    const before = this.listings.get(provider.id);
    const known: Known = {
      environments: before?.environments ?? [],
      ...(before?.at === undefined ? {} : { at: before.at }),
    };
    this.publish(provider.id, { kind: "loading", ...known });
    const late = sentence("{0} did not answer within {1} s.", provider.displayName, LIST_DEADLINE_MS / 1000);
    try {
      const environments = await withDeadline(LIST_DEADLINE_MS, signal, late, (own) =>
        this.collect(provider, own, known),
      );
      this.publish(provider.id, { kind: "ready", environments, at: this.clock() });
    } catch (error) {
      if (isAbort(error)) return;
      const environments = this.listings.get(provider.id)?.environments ?? known.environments;
      this.publish(provider.id, { ...known, kind: "failed", environments, error: asError(error, provider) });
    }
  }

  /** While pages arrive, environments known from before and not yet listed again stay on screen. */
  private async collect(
    provider: EnvironmentProvider,
    signal: AbortSignal,
    known: Known,
  ): Promise<readonly Environment[]> {
    const listed = new Map<string, Environment>();
    for await (const page of provider.list(signal)) {
      signal.throwIfAborted();
      for (const environment of page) listed.set(environment.id, environment);
      const waiting = known.environments.filter((environment) => !listed.has(environment.id));
      this.publish(provider.id, { ...known, kind: "loading", environments: [...listed.values(), ...waiting] });
    }
    return [...listed.values()];
  }

  private publish(providerId: string, listing: Listing): void {
    this.listings.set(providerId, listing);
    this.index = undefined;
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
