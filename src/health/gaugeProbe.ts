import type { Clock } from "../core/clock.ts";
import type { GpuDevError } from "../core/error.ts";
import type { Session } from "../core/session.ts";
import { capabilitiesProbe } from "../gpu/capabilities.ts";
import { withoutField } from "../gpu/queryFields.ts";
import type { GpuSample } from "../gpu/reading.ts";
import { sampleProbe } from "../gpu/sampleProbe.ts";
import { fallen, GROUND, isStable, risen, type Ladder } from "./ladder.ts";
import { Lane, silentError, type Task } from "./lane.ts";
import { oneShotTask } from "./oneShot.ts";
import type { SmiPath } from "./smiPath.ts";
import { streamTask, type StreamOutcome } from "./streamTask.ts";
import type { Ticker } from "./ticker.ts";
import type { Interest } from "./watch.ts";

const GLANCE_MS = 60_000;
/** Glances at many machines drift apart: each wait varies by up to a tenth either way. */
const GLANCE_JITTER = 0.1;
/** For errors that an answering machine does not give: the ladder would leave them to the user. */
const LAST_RESORT_MS = 300_000;

export interface GaugeDependencies {
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly random: () => number;
  /** Shared with the other probes of the host. */
  readonly path: SmiPath;
}

export interface GaugeListener {
  onSample(sample: GpuSample): void;
  /** `retryAt` in the ticker's time. */
  onTrouble(error: GpuDevError, retryAt: number): void;
}

/** Reads the gauges of one host: as a stream, or once a minute; never two commands at once. */
export class GaugeProbe {
  private readonly dependencies: GaugeDependencies;
  private readonly listener: GaugeListener;
  private readonly path: SmiPath;
  private readonly lane = new Lane();
  private session: Session | undefined;
  private interest: Interest | undefined;
  /** What this session's nvidia-smi can be asked; unknown until it was asked. */
  private fields: readonly string[] | undefined;
  private streaming: { readonly stop: () => void } | undefined;
  private ladder: Ladder = GROUND;
  private nextAt = 0;
  private lastError: GpuDevError | undefined;

  constructor(dependencies: GaugeDependencies, listener: GaugeListener) {
    this.dependencies = dependencies;
    this.path = dependencies.path;
    this.listener = listener;
  }

  attach(session: Session): void {
    this.session = session;
    this.proceed();
  }

  /** The session is gone. What was failing goes on failing: its next try keeps its time. */
  detach(): void {
    this.lane.abandon();
    this.session = undefined;
    this.fields = undefined;
    this.streaming = undefined;
    this.path.reset();
    if (!this.failing) this.nextAt = 0;
  }

  setInterest(interest: Interest | undefined): void {
    const before = this.interest;
    this.interest = interest;
    const streamWanted = interest === "stream" || interest === "detail";
    if (!streamWanted) this.streaming?.stop();
    else if ((before === undefined || before === "glance") && !this.failing) this.nextAt = 0;
    this.proceed();
  }

  /** The user has acted: what failed is tried again at once. */
  forgive(): void {
    this.ladder = GROUND;
    this.nextAt = 0;
  }

  /** How long a running nvidia-smi has printed nothing, where that is too long. */
  get stalledForMs(): number | undefined {
    return this.lane.late ? this.lane.silentForMs(this.now()) : undefined;
  }

  tick(woke: boolean): void {
    const now = this.now();
    this.lane.tick(now, woke);
    // Its time has come again, but it cannot even be ended.
    if (this.lane.late && this.failing && now >= this.nextAt) this.fail(this.lastError ?? silentError());
    this.proceed();
  }

  private get failing(): boolean {
    return this.ladder.failures > 0 && this.ladder.upSince === undefined;
  }

  private now(): number {
    return this.dependencies.ticker.now();
  }

  private proceed(): void {
    if (!this.session || !this.interest || this.lane.busy || this.now() < this.nextAt) return;
    if (!this.fields) this.start(this.session, this.askCapabilities(this.session));
    else if (this.interest === "glance") this.start(this.session, this.askOnce(this.session, this.fields));
    else this.start(this.session, this.openStream(this.session, this.fields));
  }

  private start(session: Session, task: Task): void {
    this.lane.start(session, { ...task, command: this.path.call(task.command) }, this.now());
  }

  private askCapabilities(session: Session): Task {
    const probe = capabilitiesProbe(newNonce());
    return oneShotTask({
      command: probe.command(session.shell) ?? "",
      parse: (result) => probe.parse(result),
      onValue: ({ fields }) => {
        this.fields = fields;
        this.nextAt = 0;
        this.proceed();
      },
      onError: (error) => {
        if (this.path.turnsAfter(error, session.shell)) this.proceed();
        else this.fail(error);
      },
    });
  }

  private askOnce(session: Session, fields: readonly string[]): Task {
    const probe = sampleProbe(fields, newNonce());
    return oneShotTask({
      command: probe.command(session.shell),
      parse: (result) => probe.parse(result, this.dependencies.clock()),
      onValue: (sample) => {
        this.succeed(sample);
        this.nextAt = this.interest === "glance" ? this.nextGlance() : 0;
        this.proceed();
      },
      onError: (error, result) => {
        if (!this.askedTooMuch(fields, result?.stdout ?? "")) this.fail(error);
      },
    });
  }

  private openStream(session: Session, fields: readonly string[]): Task {
    const { task, stop } = streamTask(session.shell, fields, {
      clock: this.dependencies.clock,
      nonce: newNonce(),
      onSample: (sample) => this.succeed(sample),
      stop: () => this.lane.stop(),
      onLate: (error) => this.fail(error),
      onEnded: (outcome) => this.onStreamEnded(fields, outcome),
    });
    this.streaming = { stop };
    return task;
  }

  private onStreamEnded(fields: readonly string[], outcome: StreamOutcome): void {
    this.streaming = undefined;
    if (outcome.kind === "stopped" && !this.failing) {
      this.nextAt = this.interest === "glance" ? this.nextGlance() : 0;
    } else if (outcome.kind === "failed" && !this.askedTooMuch(fields, outcome.output)) {
      this.fail(outcome.error);
    }
    this.proceed();
  }

  /** True where nvidia-smi refused a field: asked again at once, without it. */
  private askedTooMuch(fields: readonly string[], output: string): boolean {
    const fewer = withoutField(fields, output);
    if (!fewer) return false;
    this.fields = fewer;
    this.nextAt = 0;
    return true;
  }

  private succeed(sample: GpuSample): void {
    const now = this.now();
    this.lane.heard(now);
    this.ladder = risen(this.ladder, now);
    this.listener.onSample(sample);
  }

  /** The first failure after a stable minute is renewed without a word: most are a stream that was cut. */
  private fail(error: GpuDevError): void {
    const now = this.now();
    const quiet = isStable(this.ladder, now) && !this.lane.late;
    const { ladder, retryAt } = fallen(this.ladder, { code: error.code, now, random: this.dependencies.random });
    this.ladder = ladder;
    this.lastError = error;
    this.nextAt = retryAt ?? now + LAST_RESORT_MS;
    if (!quiet) this.listener.onTrouble(error, this.nextAt);
  }

  private nextGlance(): number {
    return this.now() + GLANCE_MS * (1 + GLANCE_JITTER * (2 * this.dependencies.random() - 1));
  }
}

/** A word that no banner prints: it frames a command's answer. */
export function newNonce(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
