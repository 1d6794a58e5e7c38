import { awake, steady, type Clock } from "../core/clock.ts";
import { canAnswer, type Environment, type PowerOperation } from "../core/environment.ts";
import { isAbort, messageOf } from "../core/error.ts";
import { Emitter, type Disposable } from "../core/event.ts";
import type { InterruptionAction, InterruptionNotice, InterruptionProbe } from "../core/interruption.ts";
import type { Inventory } from "../core/inventory.ts";
import type { Consequences } from "../core/provider.ts";

/** A machine that its platform is about to take back. */
export interface Interruption {
  readonly action: InterruptionAction;
  /** When, by the clock of this computer: wall-clock milliseconds. */
  readonly at: number;
  /** By whom: "AWS". */
  readonly platform: string;
  /** Who starts it again afterwards. */
  readonly restartedBy: InterruptionProbe["restartedBy"];
  /** What that does to it; absent where its provider does not tell. */
  readonly consequences?: Consequences;
}

/**
 * noticed: the platform has announced it. over: it has happened, and `environment` is what is left, or undefined.
 * returned: what was stopped so runs again.
 */
export interface InterruptionNews {
  readonly kind: "noticed" | "over" | "returned";
  readonly environmentId: string;
  /** As its owner named it: hostile text until shown through `plainText`. */
  readonly name: string;
  readonly interruption: Interruption;
  readonly environment: Environment | undefined;
}

export interface InterruptionParts {
  readonly inventory: Pick<
    Inventory,
    "environment" | "provider" | "listing" | "isCovered" | "refreshOne" | "onDidChange"
  >;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** The platform takes a few seconds to show what it has done; then it is asked until it does. */
const ASK_AFTER_MS = 5_000;
const ASK_EVERY_MS = 10_000;
/** What a notice announced and did not happen by then does not happen. */
const OVERDUE_MS = 600_000;
/** Capacity comes back in minutes to hours; who waits for longer looks for themselves. */
const RETURN_EVERY_MS = 60_000;
const RETURN_WITHIN_MS = 12 * 3_600_000;
/** Both clocks of an answer are read in whole seconds, and it takes a moment to arrive. */
const DRIFT_MS = 5_000;
/** A notice comes minutes ahead. A machine's clock by which it comes hours ahead is wrong. */
const BELIEVED_MS = 3_600_000;
interface Known {
  readonly environment: Environment;
  readonly notice: InterruptionNotice;
  interruption: Interruption;
  /** Once it has happened: when that was seen, by `elapsed`. */
  awaySince: number | undefined;
  /** By `elapsed`. */
  askAt: number;
  /** By `awake`. */
  overdueAt: number;
  /** The user acts on it too: then what becomes of it is no news. */
  isUsers: boolean;
}

/**
 * What is known of coming interruptions: from the notice, over the end of the connection, until the platform reports
 * what became of the machine. It opens no session; whoever has one asks by `probe` and tells by `heard`.
 */
export class Interruptions implements Disposable {
  private readonly parts: InterruptionParts;
  private readonly known = new Map<string, Known>();
  private readonly changed = new Emitter<string>();
  private readonly news = new Emitter<InterruptionNews>();
  private readonly subscription: Disposable;
  private readonly life = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  /** By which something is due: not put off where the clock is set back, and due at once after a sleep. */
  private readonly elapsed: Clock;
  /** By which something is given up: not before the platform could be asked, as right after a sleep. */
  private readonly awake: Clock;

  /** The id of an environment whose interruption has changed; each second while one is being counted down. */
  readonly onDidChange = this.changed.event;
  /** Each once. */
  readonly onDidHear = this.news.event;

  constructor(parts: InterruptionParts) {
    this.parts = parts;
    this.elapsed = steady(parts.clock);
    this.awake = awake(parts.clock);
    this.subscription = parts.inventory.onDidChange((providerId) => this.follow(providerId));
  }

  /** How it is asked; undefined for one that nobody takes back. */
  probe(environmentId: string): InterruptionProbe | undefined {
    const environment = this.parts.inventory.environment(environmentId);
    if (environment?.interruptible !== true) return undefined;
    return this.parts.inventory.provider(environment.providerId)?.interruption;
  }

  /** What it has answered; undefined: nothing is announced. */
  heard(environmentId: string, notice: InterruptionNotice | undefined): void {
    if (this.life.signal.aborted) return;
    const known = this.known.get(environmentId);
    if (!notice) {
      if (known && known.awaySince === undefined) this.forget(environmentId);
    } else if (known?.notice.action === notice.action && known.notice.at === notice.at) this.adjust(known, notice);
    else this.learn(environmentId, notice);
  }

  /** Undefined where none is known, and again once it has happened. */
  of(environmentId: string): Interruption | undefined {
    const known = this.known.get(environmentId);
    return known?.awaySince === undefined ? known?.interruption : undefined;
  }

  dispose(): void {
    this.life.abort();
    this.subscription.dispose();
    clearInterval(this.timer);
    this.timer = undefined;
    this.known.clear();
    this.changed.dispose();
    this.news.dispose();
  }

  private learn(environmentId: string, notice: InterruptionNotice): void {
    const { inventory, clock } = this.parts;
    const environment = inventory.environment(environmentId);
    const probe = this.probe(environmentId);
    if (!environment || !probe || !canAnswer(environment)) return;
    const { platform, restartedBy } = probe;
    const provider = inventory.provider(environment.providerId);
    const consequences = provider?.consequences?.(OPERATIONS[notice.action], environment);
    const at = localTime(notice, clock());
    const interruption = {
      ...{ action: notice.action, at, platform, restartedBy },
      ...(consequences ? { consequences } : {}),
    };
    const known = { environment, notice, interruption, awaySince: undefined, ...this.dueAt(at) };
    this.known.set(environmentId, { ...known, isUsers: inventory.isCovered(environmentId) });
    this.timer ??= setInterval(() => this.tick(), 1000).unref();
    this.changed.fire(environmentId);
    this.tell("noticed", environmentId, environment);
  }

  /** The same notice again: the countdown goes on, unless a clock was set. */
  private adjust(known: Known, notice: InterruptionNotice): void {
    const at = localTime(notice, this.parts.clock());
    if (Math.abs(at - known.interruption.at) < DRIFT_MS) return;
    known.interruption = { ...known.interruption, at };
    Object.assign(known, this.dueAt(at));
  }

  /** A time that makes no sense does not keep anybody from asking. */
  private dueAt(at: number): Pick<Known, "askAt" | "overdueAt"> {
    const inMs = at - this.parts.clock();
    const askInMs = Math.min(Math.max(0, inMs) + ASK_AFTER_MS, OVERDUE_MS);
    return { askAt: this.elapsed() + askInMs, overdueAt: this.awake() + inMs + OVERDUE_MS };
  }

  private tick(): void {
    const [now, elapsed, awake] = [this.parts.clock(), this.elapsed(), this.awake()];
    for (const [environmentId, known] of [...this.known]) {
      if (elapsed >= known.askAt) this.ask(environmentId, known, elapsed);
      const { awaySince, interruption, overdueAt } = known;
      const isOverdue = awaySince === undefined ? awake > overdueAt : elapsed > awaySince + RETURN_WITHIN_MS;
      if (isOverdue) this.forget(environmentId);
      else if (awaySince === undefined && now <= interruption.at + 1000) this.changed.fire(environmentId);
    }
  }

  private ask(environmentId: string, known: Known, now: number): void {
    known.askAt = now + (known.awaySince === undefined ? ASK_EVERY_MS : RETURN_EVERY_MS);
    const { inventory, log } = this.parts;
    inventory.refreshOne(known.environment, this.life.signal).catch((error: unknown) => {
      if (!isAbort(error)) log(`${environmentId} could not be read: ${messageOf(error)}`);
    });
  }

  /** What the platform says of those that it takes back, or has taken. */
  private follow(providerId: string): void {
    const { inventory } = this.parts;
    for (const [environmentId, known] of [...this.known]) {
      if (known.environment.providerId !== providerId) continue;
      if (!inventory.provider(providerId)) this.forget(environmentId);
      // One that has not answered yet has not said that it is gone.
      else if (inventory.listing(providerId)?.at === undefined) continue;
      else if (known.awaySince === undefined) this.followNoticed(environmentId, known);
      else this.followAway(environmentId, known);
    }
  }

  private followNoticed(environmentId: string, known: Known): void {
    const { inventory } = this.parts;
    known.isUsers ||= inventory.isCovered(environmentId);
    const environment = inventory.environment(environmentId);
    if (environment && isUndecided(environment, known.environment)) return;
    if (environment?.state === "running") {
      this.forget(environmentId, "returned", environment);
    } else if (environment && known.interruption.restartedBy === "platform" && !known.isUsers) {
      known.awaySince = this.elapsed();
      known.askAt = known.awaySince + RETURN_EVERY_MS;
      this.changed.fire(environmentId);
      this.tell("over", environmentId, environment);
    } else this.forget(environmentId, "over", environment);
  }

  private followAway(environmentId: string, known: Known): void {
    const environment = this.parts.inventory.environment(environmentId);
    known.isUsers ||= this.parts.inventory.isCovered(environmentId);
    if (!environment) this.forget(environmentId);
    else if (environment.state === "running") this.forget(environmentId, "returned", environment);
  }

  private forget(environmentId: string, kind?: "over" | "returned", environment?: Environment): void {
    if (kind) this.tell(kind, environmentId, environment);
    this.known.delete(environmentId);
    if (this.known.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
    this.changed.fire(environmentId);
  }

  private tell(kind: InterruptionNews["kind"], environmentId: string, environment: Environment | undefined): void {
    const known = this.known.get(environmentId);
    if (!known || (known.isUsers && kind !== "noticed")) return;
    const { interruption } = known;
    this.news.fire({ kind, environmentId, name: known.environment.name, interruption, environment });
  }
}

/** What a person would have to do to the same effect. */
const OPERATIONS: Readonly<Record<InterruptionAction, PowerOperation>> = {
  stop: "stop",
  hibernate: "hibernate",
  terminate: "delete",
};

/** By the clock of this computer, which may be wrong: the machine's own clock says how long it still is. */
function localTime({ at, saidAt }: InterruptionNotice, now: number): number {
  return saidAt !== undefined && Math.abs(at - saidAt) <= BELIEVED_MS ? now + at - saidAt : at;
}

/** Still as it was when the notice came, or on its way. */
function isUndecided(now: Environment, before: Environment): boolean {
  if (now.state === "running") return now.startedAt === before.startedAt;
  return now.state === "transitioning" || now.state === "unknown" || now.state === "queued";
}
