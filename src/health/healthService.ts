import type { Clock } from "../core/clock.ts";
import type { Connection } from "../core/connection.ts";
import type { GpuSpec } from "../core/environment.ts";
import { isAbort, messageOf } from "../core/error.ts";
import { disposeAll, Emitter, type Disposable } from "../core/event.ts";
import { sentence } from "../core/sentence.ts";
import type { OpenSession, Session, SessionMode } from "../core/session.ts";
import { withDeadline } from "../core/waiting.ts";
import type { GpuProblem } from "../gpu/problem.ts";
import { HostWatch } from "./hostWatch.ts";
import type { Interruption, Interruptions } from "./interruptions.ts";
import type { NoticeSource } from "./noticeProbe.ts";
import { OpeningQueue } from "./openingQueue.ts";
import { expectedSpec, type SpecStore } from "./spec.ts";
import { Ticker, type Ticking } from "./ticker.ts";
import type { GpuHistory, Health, HostDetail, Interest, Watch } from "./watch.ts";

/** More at once gain nothing: 500 sessions open in 4 s so. */
const OPENINGS_AT_ONCE = 20;
/** An opening that has not finished by then frees its place in the queue. */
const OPEN_DEADLINE_MS = 30_000;
/** Changes of one moment are told together. */
const COALESCE_MS = 50;
/** A host that nobody has looked at for longer than its history reaches back is forgotten. */
const FORGET_MS = 3_600_000;

export interface HealthDependencies {
  readonly openSession: OpenSession;
  readonly connectionOf: (environmentId: string, signal: AbortSignal) => Promise<Connection>;
  readonly specs: SpecStore;
  /** Absent: nobody asks whether a machine is about to be taken back. */
  readonly interruptions?: Pick<Interruptions, "probe" | "heard" | "of" | "onDidChange">;
  readonly clock: Clock;
  /** As `Math.random`. */
  readonly random: () => number;
  readonly log: (line: string) => void;
}

const IDLE: Watch = { kind: "idle" };
const NO_PROBLEMS: readonly GpuProblem[] = [];

/** The one service that views and panels ask for health. */
export function createHealth(dependencies: HealthDependencies): Health & Disposable {
  return new HealthService(dependencies);
}

class HealthService implements Health, Disposable, Ticking {
  private readonly dependencies: HealthDependencies;
  private readonly ticker: Ticker;
  private readonly queue = new OpeningQueue(OPENINGS_AT_ONCE);
  private readonly hosts = new Map<string, HostWatch>();
  private readonly changed = new Emitter<string>();
  private pending = new Set<string>();
  private readonly subscription: Disposable | undefined;
  private flushing: NodeJS.Timeout | undefined;
  private disposed = false;

  readonly onDidChange = this.changed.event;

  constructor(dependencies: HealthDependencies) {
    this.dependencies = dependencies;
    this.ticker = new Ticker(dependencies.clock);
    this.subscription = dependencies.interruptions?.onDidChange((environmentId) => this.announce(environmentId));
  }

  show(environmentId: string, interest: Interest): Disposable {
    if (this.disposed) return { dispose: () => undefined };
    const shown = this.host(environmentId).show(interest);
    this.ticker.add(this);
    return shown;
  }

  watch(environmentId: string): Watch {
    return this.hosts.get(environmentId)?.watch ?? IDLE;
  }

  history(environmentId: string): GpuHistory | undefined {
    return this.hosts.get(environmentId)?.history;
  }

  detail(environmentId: string): HostDetail | undefined {
    return this.hosts.get(environmentId)?.detail;
  }

  problems(environmentId: string): readonly GpuProblem[] {
    const expectedCount = this.dependencies.specs.spec(environmentId)?.count;
    return this.hosts.get(environmentId)?.problems(expectedCount) ?? NO_PROBLEMS;
  }

  lastSpec(environmentId: string): GpuSpec | undefined {
    return this.hosts.get(environmentId)?.lastSpec ?? this.dependencies.specs.spec(environmentId);
  }

  transport(environmentId: string): string | undefined {
    return this.hosts.get(environmentId)?.transport;
  }

  interruption(environmentId: string): Interruption | undefined {
    return this.dependencies.interruptions?.of(environmentId);
  }

  tryAgain(environmentId?: string): void {
    const hosts = environmentId === undefined ? this.hosts.values() : [this.hosts.get(environmentId)];
    for (const host of hosts) host?.tryAgain();
  }

  async reconnect(environmentId: string, signal: AbortSignal): Promise<void> {
    if (this.disposed) return;
    const host = this.host(environmentId);
    this.ticker.add(this);
    await host.reconnect(signal);
  }

  /**
   * All hosts in one go: a timer for each would cost more than what it times. Here, and wherever else something is done
   * for each host or each reading, by `forEach`: to step through a map leaves a pair of objects for every entry.
   */
  tick(woke: boolean): void {
    let active = 0;
    const forgotten = this.ticker.now() - FORGET_MS;
    this.hosts.forEach((host, environmentId) => {
      if (host.active) {
        active++;
        host.tick(woke);
      } else if (host.unseenSince < forgotten) {
        this.hosts.delete(environmentId);
      }
    });
    if (active === 0) this.ticker.remove(this);
  }

  dispose(): void {
    this.disposed = true;
    this.subscription?.dispose();
    this.ticker.dispose();
    disposeAll(this.hosts.values());
    this.hosts.clear();
    clearTimeout(this.flushing);
    this.changed.dispose();
  }

  private host(environmentId: string): HostWatch {
    const known = this.hosts.get(environmentId);
    if (known) return known;
    const { clock, random } = this.dependencies;
    const host = new HostWatch({
      notices: this.noticesOf(environmentId),
      clock,
      random,
      ticker: this.ticker,
      open: (mode, signal, priority) => this.open(environmentId, mode, signal, priority),
      onDidChange: () => this.announce(environmentId),
      onSpec: (spec) => this.remember(environmentId, spec),
    });
    this.hosts.set(environmentId, host);
    return host;
  }

  private noticesOf(environmentId: string): NoticeSource {
    const { interruptions } = this.dependencies;
    return {
      probe: () => interruptions?.probe(environmentId),
      heard: (notice) => interruptions?.heard(environmentId, notice),
    };
  }

  private remember(environmentId: string, seen: GpuSpec): void {
    const { specs } = this.dependencies;
    const stored = specs.spec(environmentId);
    const expected = expectedSpec(stored, seen);
    if (expected !== stored) specs.rememberSpec(environmentId, expected);
  }

  private async open(
    environmentId: string,
    mode: SessionMode,
    signal: AbortSignal,
    priority: () => number,
  ): Promise<Session> {
    // A user who waits does not queue, and takes as long as a passphrase takes.
    if (mode === "interactive") return this.openNow(environmentId, mode, signal);
    const slot = await this.queue.acquire(priority, signal);
    try {
      const late = sentence("The machine did not answer within {0} s.", OPEN_DEADLINE_MS / 1000);
      return await withDeadline(OPEN_DEADLINE_MS, signal, late, (own) => this.openNow(environmentId, mode, own));
    } finally {
      slot.dispose();
    }
  }

  private async openNow(environmentId: string, mode: SessionMode, signal: AbortSignal): Promise<Session> {
    try {
      const connection = await this.dependencies.connectionOf(environmentId, signal);
      signal.throwIfAborted();
      const session = await this.dependencies.openSession(connection, mode, signal);
      if (signal.aborted) {
        // Whoever asked has gone; nobody else would close it.
        session.close();
        signal.throwIfAborted();
      }
      this.dependencies.log(`${environmentId}: session open (${session.transport}).`);
      return session;
    } catch (error) {
      if (!isAbort(error)) this.dependencies.log(`${environmentId}: ${messageOf(error)}`);
      throw error;
    }
  }

  private announce(environmentId: string): void {
    if (this.disposed) return;
    this.pending.add(environmentId);
    this.flushing ??= setTimeout(() => this.flush(), COALESCE_MS).unref();
  }

  private flush(): void {
    this.flushing = undefined;
    const { pending } = this;
    this.pending = new Set();
    pending.forEach((environmentId) => this.tell(environmentId));
  }

  private tell(environmentId: string): void {
    try {
      this.changed.fire(environmentId);
    } catch (error) {
      // One view that fails must not keep the others from hearing of the next host.
      this.dependencies.log(`A listener of health failed: ${messageOf(error)}`);
    }
  }
}
