import { GpuDevError, isAbort, messageOf } from "../core/error.ts";
import type { Disposable } from "../core/event.ts";
import { sentence } from "../core/sentence.ts";
import type { Session, SessionMode } from "../core/session.ts";
import { follow } from "../core/waiting.ts";
import { fallen, GROUND, risen, type Ladder } from "./ladder.ts";
import type { Ticker } from "./ticker.ts";

/** A session that nobody needs is kept for so long: views are hidden and shown again. */
const KEEP_MS = 60_000;
/** Whoever looks again after so long gets a new try at once, whatever the ladder says. */
const LOOK_AGAIN_MS = 60_000;

export interface LinkDependencies {
  readonly ticker: Ticker;
  readonly random: () => number;
  readonly open: (mode: SessionMode, signal: AbortSignal) => Promise<Session>;
}

export interface LinkListener {
  onOpening(): void;
  onUp(session: Session): void;
  /** No error: it was closed on purpose. `retryAt`, in the ticker's time, is absent where only the user can cure it. */
  onDown(error: GpuDevError | undefined, retryAt: number | undefined): void;
}

type State =
  /** `dueAt`: when to try again, if anybody wants it then. */
  | { readonly kind: "closed"; readonly dueAt?: number }
  | { readonly kind: "opening"; readonly mode: SessionMode; readonly abort: AbortController }
  | { readonly kind: "open"; readonly session: Session; readonly subscription: Disposable };

/** Holds one session to one host while it is wanted, and comes back by the ladder when it is lost. */
export class HostLink implements Disposable {
  private readonly dependencies: LinkDependencies;
  private readonly listener: LinkListener;
  private state: State = { kind: "closed", dueAt: 0 };
  private ladder: Ladder = GROUND;
  private wanted = false;
  private closeAt = 0;
  private triedAt = 0;
  /** Of the last try, if it failed. */
  private lastError: GpuDevError | undefined;

  constructor(dependencies: LinkDependencies, listener: LinkListener) {
    this.dependencies = dependencies;
    this.listener = listener;
  }

  /** False once nothing is open and nothing will be tried. */
  get active(): boolean {
    return this.wanted || this.state.kind !== "closed";
  }

  /** Tries in a row that failed. */
  get failures(): number {
    return this.ladder.failures;
  }

  setWanted(wanted: boolean): void {
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    if (!wanted) {
      this.closeAt = this.now() + KEEP_MS;
      // An open session is worth keeping; one that waits for its turn would only be in the way.
      if (this.isOpeningInBackground) this.closeUnwanted();
    } else if (this.state.kind === "closed") {
      const again = this.triedAt + LOOK_AGAIN_MS;
      this.state = { kind: "closed", dueAt: Math.min(this.state.dueAt ?? again, again) };
      this.openIfDue();
    }
  }

  tick(woke: boolean): void {
    if (!this.wanted && this.state.kind === "open" && this.now() >= this.closeAt) this.closeUnwanted();
    if (woke && this.state.kind === "closed" && this.state.dueAt !== undefined) {
      // The network that failed is not the network there is after a sleep.
      this.ladder = GROUND;
      this.state = { kind: "closed", dueAt: 0 };
    }
    this.openIfDue();
  }

  /** Tries now, in the background, what would have waited for its turn or for the user. */
  tryAgain(): void {
    if (this.state.kind !== "closed") return;
    this.ladder = GROUND;
    this.state = closed(0);
    this.openIfDue();
  }

  /** Opens anew, asking the user where needed. Rejects as opening does; a second call cancels the first. */
  async reconnect(signal: AbortSignal): Promise<void> {
    const dueAt = this.state.kind === "closed" ? this.state.dueAt : this.now();
    // The listener first: what runs on the session is told to end before the session is closed.
    this.listener.onDown(undefined, undefined);
    this.letGo(dueAt);
    this.ladder = GROUND;
    await this.attempt("interactive", signal, dueAt);
  }

  dispose(): void {
    this.wanted = false;
    this.letGo(undefined);
  }

  private now(): number {
    return this.dependencies.ticker.now();
  }

  private openIfDue(): void {
    if (!this.wanted || this.state.kind !== "closed") return;
    if (this.state.dueAt === undefined || this.now() < this.state.dueAt) return;
    // The listener has been told of every failure; the rejection is for whoever asked to reconnect.
    this.attempt("background", undefined, 0).catch(() => undefined);
  }

  /** `dueAt`: when to try again if the asker changes their mind. */
  private async attempt(mode: SessionMode, asker: AbortSignal | undefined, dueAt: number | undefined): Promise<void> {
    const { controller: abort, release } = asker ? follow(asker) : { controller: new AbortController() };
    const opening: State = { kind: "opening", mode, abort };
    this.state = opening;
    this.triedAt = this.now();
    this.listener.onOpening();
    try {
      const session = await this.dependencies.open(mode, abort.signal);
      if (this.isCurrent(opening)) this.adopt(session);
      else session.close();
    } catch (error) {
      if (this.isCurrent(opening)) this.giveUp(error, dueAt);
      throw error;
    } finally {
      release?.();
    }
  }

  /** The state after an `await` is the state of another moment. */
  private isCurrent(state: State): boolean {
    return this.state === state;
  }

  private adopt(session: Session): void {
    const subscription = session.onDidClose((reason) => this.lost(session, reason));
    this.state = { kind: "open", session, subscription };
    this.lastError = undefined;
    this.ladder = risen(this.ladder, this.now());
    if (!this.wanted) this.closeAt = this.now() + KEEP_MS;
    this.listener.onUp(session);
  }

  private lost(session: Session, reason: GpuDevError | undefined): void {
    if (this.state.kind !== "open" || this.state.session !== session) return;
    this.state.subscription.dispose();
    this.fall(reason ?? new GpuDevError("unreachable", sentence("The connection was closed by the other side.")));
  }

  private giveUp(error: unknown, dueAt: number | undefined): void {
    if (!isAbort(error)) {
      this.fall(toError(error));
      return;
    }
    this.state = closed(dueAt);
    if (this.lastError) this.listener.onDown(this.lastError, dueAt);
  }

  private fall(error: GpuDevError): void {
    const failure = { code: error.code, now: this.now(), random: this.dependencies.random };
    const { ladder, retryAt } = fallen(this.ladder, failure);
    this.ladder = ladder;
    this.lastError = error;
    this.state = closed(retryAt);
    this.listener.onDown(error, retryAt);
  }

  private get isOpeningInBackground(): boolean {
    return this.state.kind === "opening" && this.state.mode === "background";
  }

  private closeUnwanted(): void {
    this.listener.onDown(undefined, undefined);
    this.letGo(0);
  }

  private letGo(dueAt: number | undefined): void {
    const { state } = this;
    this.state = closed(dueAt);
    if (state.kind === "opening") state.abort.abort();
    if (state.kind !== "open") return;
    state.subscription.dispose();
    state.session.close();
  }
}

function closed(dueAt: number | undefined): State {
  return dueAt === undefined ? { kind: "closed" } : { kind: "closed", dueAt };
}

function toError(error: unknown): GpuDevError {
  if (error instanceof GpuDevError) return error;
  return new GpuDevError("unreachable", sentence("The machine could not be reached: {0}", messageOf(error)), {
    cause: error,
  });
}
