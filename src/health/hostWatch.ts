import type { GpuSpec } from "../core/environment.ts";
import type { Clock } from "../core/clock.ts";
import type { GpuDevError } from "../core/error.ts";
import type { Disposable } from "../core/event.ts";
import type { Session, SessionMode } from "../core/session.ts";
import { diagnose, type DiagnosisInput } from "../gpu/diagnosis.ts";
import type { GpuProblem } from "../gpu/problem.ts";
import { withIdentity } from "../gpu/identity.ts";
import type { GpuSample } from "../gpu/reading.ts";
import { DetailProbes } from "./detailProbes.ts";
import { GaugeProbe } from "./gaugeProbe.ts";
import { HostHistory } from "./history.ts";
import { HostLink } from "./hostLink.ts";
import { Holders, rank } from "./interest.ts";
import { NoticeProbe, type NoticeSource } from "./noticeProbe.ts";
import { SmiPath } from "./smiPath.ts";
import { specOf } from "./spec.ts";
import type { Ticker, Ticking } from "./ticker.ts";
import type { GpuHistory, HostDetail, Interest, Watch } from "./watch.ts";

/** A row that is scrolled away and back, or a panel that is moved, does not end what runs. */
const GRACE_MS = 3_000;

export interface HostDependencies {
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly random: () => number;
  /** `priority` is asked anew while the opening waits for its turn; more goes first. */
  readonly open: (mode: SessionMode, signal: AbortSignal, priority: () => number) => Promise<Session>;
  readonly onDidChange: () => void;
  readonly notices: NoticeSource;
  /** The GPUs of each answer that differ from those of the answer before. */
  readonly onSpec: (spec: GpuSpec) => void;
}

/** What the host's last sign of life was. The watch is this, or idle where nobody looks. */
type Condition =
  | { readonly kind: "connecting" }
  | { readonly kind: "live"; readonly last: GpuSample }
  | { readonly kind: "no-reading"; readonly error: GpuDevError; readonly retryAt: number }
  | { readonly kind: "unreachable"; readonly error: GpuDevError; readonly retryAt?: number };

interface Diagnosed {
  readonly watch: Watch;
  readonly detail: HostDetail | undefined;
  readonly expectedCount: number | undefined;
  readonly problems: readonly GpuProblem[];
}

/** One host: holds the session and runs the probes that the strongest interest asks for. */
export class HostWatch implements Disposable, Ticking {
  private readonly dependencies: HostDependencies;
  private readonly holders: Holders;
  private readonly link: HostLink;
  private readonly gauges: GaugeProbe;
  private readonly details: DetailProbes;
  private readonly notices: NoticeProbe;
  private readonly recorded = new HostHistory();
  private interest: Interest | undefined;
  /** When the interest weakens to that of the holders; absent where it is theirs. */
  private weakenAt: number | undefined;
  private lookedAt = 0;
  private condition: Condition = { kind: "connecting" };
  private last: GpuSample | undefined;
  private current: Watch = { kind: "idle" };
  private spec: GpuSpec | undefined;
  private lastTransport: string | undefined;
  /** Views ask often; the answer is the same until one of these is replaced. */
  private diagnosed: Diagnosed | undefined;

  constructor(dependencies: HostDependencies) {
    this.dependencies = dependencies;
    const { ticker, clock, random, onDidChange } = dependencies;
    this.holders = new Holders(() => this.followHolders());
    const path = new SmiPath();
    this.gauges = new GaugeProbe(
      { ticker, clock, random, path },
      {
        onSample: (sample) => this.take(sample),
        onTrouble: (error, retryAt) => {
          this.details.pause();
          this.publish({ kind: "no-reading", error, retryAt: ticker.toWallClock(retryAt) });
        },
      },
    );
    this.details = new DetailProbes({ ticker, path, known: this.recorded, onDidChange });
    this.notices = new NoticeProbe(ticker, dependencies.notices);
    const open = (mode: SessionMode, signal: AbortSignal): Promise<Session> =>
      dependencies.open(mode, signal, () => this.priority);
    this.link = new HostLink(
      { ticker, random, open },
      {
        onOpening: () => this.onOpening(),
        onUp: (session) => this.onUp(session),
        onDown: (error, retryAt) => this.onDown(error, retryAt),
      },
    );
  }

  /** Starts or intensifies sampling until disposed. */
  show(interest: Interest): Disposable {
    return this.holders.add(interest);
  }

  get watch(): Watch {
    return this.current;
  }

  get history(): GpuHistory | undefined {
    return this.last && this.recorded;
  }

  get detail(): HostDetail | undefined {
    return this.details.detail;
  }

  /** Of the last session, by `Session.transport`; absent before the first. */
  get transport(): string | undefined {
    return this.lastTransport;
  }

  /** The GPUs of the last answer. */
  get lastSpec(): GpuSpec | undefined {
    return this.spec;
  }

  /** When the last who looked went away, in the ticker's time. */
  get unseenSince(): number {
    return this.lookedAt;
  }

  /** True while it needs to be ticked. */
  get active(): boolean {
    return this.interest !== undefined || this.link.active;
  }

  problems(expectedCount: number | undefined): readonly GpuProblem[] {
    const { current: watch, detail, diagnosed: known } = this;
    if (known?.watch === watch && known.detail === detail && known.expectedCount === expectedCount)
      return known.problems;
    const problems = diagnose(this.evidence(expectedCount));
    this.diagnosed = { watch, detail, expectedCount, problems };
    return problems;
  }

  reconnect(signal: AbortSignal): Promise<void> {
    const reconnected = this.link.reconnect(signal);
    this.gauges.forgive();
    return reconnected;
  }

  tryAgain(): void {
    this.link.tryAgain();
    this.gauges.forgive();
  }

  tick(woke: boolean): void {
    if (this.weakenAt !== undefined && this.dependencies.ticker.now() >= this.weakenAt) {
      this.setInterest(this.holders.strongest);
    }
    this.link.tick(woke);
    this.gauges.tick(woke);
    this.details.tick(woke);
    this.notices.tick(woke);
  }

  dispose(): void {
    this.gauges.detach();
    this.details.detach();
    this.notices.detach();
    this.link.dispose();
  }

  private evidence(expectedCount: number | undefined): DiagnosisInput {
    const { condition } = this;
    const { details, kernelLog } = this.detail ?? {};
    const stalledForMs = this.gauges.stalledForMs;
    return {
      ...(this.last && { sample: this.last }),
      ...(details && { details }),
      ...(kernelLog && { kernelLog }),
      ...("error" in condition && { error: condition.error }),
      ...(expectedCount !== undefined && { expectedCount }),
      ...(stalledForMs !== undefined && { stalledForMs }),
    };
  }

  /** What is looked at closely goes first, and what has not failed yet before what has. */
  private get priority(): number {
    return rank(this.interest) * 1000 - Math.min(this.link.failures, 999);
  }

  private followHolders(): void {
    const strongest = this.holders.strongest;
    if (rank(strongest) >= rank(this.interest)) this.setInterest(strongest);
    else this.weakenAt ??= this.dependencies.ticker.now() + GRACE_MS;
  }

  private setInterest(interest: Interest | undefined): void {
    this.weakenAt = undefined;
    if (interest === this.interest) return;
    const before = this.interest;
    this.interest = interest;
    this.lookedAt = this.dependencies.ticker.now();
    if (before === undefined) this.lookAgain();
    this.link.setWanted(interest !== undefined);
    this.details.setWanted(interest === "detail");
    this.notices.setWanted(interest !== undefined);
    this.gauges.setInterest(interest);
    this.publish(this.condition);
  }

  /** Whoever looks after a pause is not shown an old reading as a live one. */
  private lookAgain(): void {
    if (this.condition.kind === "live") this.condition = { kind: "connecting" };
  }

  private onOpening(): void {
    // A retry is no news: the row goes on saying what is wrong until that has changed.
    if (this.condition.kind !== "unreachable") this.publish({ kind: "connecting" });
  }

  private onUp(session: Session): void {
    this.lastTransport = session.transport;
    if (this.condition.kind === "unreachable") this.publish({ kind: "connecting" });
    this.details.attach(session);
    this.notices.attach(session);
    this.gauges.attach(session);
  }

  private onDown(error: GpuDevError | undefined, retryAt: number | undefined): void {
    this.gauges.detach();
    this.details.detach();
    this.notices.detach();
    if (!error) this.publish({ kind: "connecting" });
    else if (retryAt === undefined) this.publish({ kind: "unreachable", error });
    else this.publish({ kind: "unreachable", error, retryAt: this.dependencies.ticker.toWallClock(retryAt) });
  }

  private take(answer: GpuSample): void {
    const sample = withIdentity(answer, this.recorded);
    this.recorded.record(sample);
    const spec = specOf(sample, this.spec);
    this.last = sample;
    this.publish({ kind: "live", last: sample });
    if (spec !== this.spec) {
      this.spec = spec;
      if (spec) this.dependencies.onSpec(spec);
    }
    this.details.heard(sample);
  }

  private publish(condition: Condition): void {
    this.condition = condition;
    this.current = this.interest === undefined ? idle(this.last) : toWatch(condition, this.last);
    this.dependencies.onDidChange();
  }
}

function idle(last: GpuSample | undefined): Watch {
  return last ? { kind: "idle", last } : { kind: "idle" };
}

function toWatch(condition: Condition, last: GpuSample | undefined): Watch {
  if (condition.kind === "live") return condition;
  return last ? { ...condition, last } : condition;
}
