import type { InterruptionNotice, InterruptionProbe } from "../core/interruption.ts";
import type { ExecResult, Session } from "../core/session.ts";
import { answerOf, framed } from "../gpu/framing.ts";
import { newNonce } from "./gaugeProbe.ts";
import { Lane } from "./lane.ts";
import { oneShotTask } from "./oneShot.ts";
import type { Ticker } from "./ticker.ts";

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html */
const ASK_MS = 5_000;
/** A machine that cannot say, for want of a program for example, is asked less and less often, down to this. */
const SELDOM_MS = 30_000;

/** Whether and how a host is asked for a notice, and who wants to know. */
export interface NoticeSource {
  /** Undefined while there is nothing to ask it. */
  probe(): InterruptionProbe | undefined;
  /** Undefined: none is announced. */
  heard(notice: InterruptionNotice | undefined): void;
}

/**
 * Asks an open session whether the platform takes the machine back. It has a lane of its own: an nvidia-smi that cannot
 * be killed must not hide the notice, and a metadata service that hangs must not hold up the readings.
 */
export class NoticeProbe {
  private readonly ticker: Ticker;
  private readonly source: NoticeSource;
  private readonly lane = new Lane();
  private session: Session | undefined;
  private wanted = false;
  private askAt = 0;
  private failures = 0;

  constructor(ticker: Ticker, source: NoticeSource) {
    this.ticker = ticker;
    this.source = source;
  }

  attach(session: Session): void {
    this.session = session;
    this.askAt = 0;
    this.failures = 0;
    this.proceed();
  }

  detach(): void {
    this.lane.abandon();
    this.session = undefined;
  }

  setWanted(wanted: boolean): void {
    this.wanted = wanted;
  }

  tick(woke: boolean): void {
    this.lane.tick(this.ticker.now(), woke);
    this.proceed();
  }

  private proceed(): void {
    const now = this.ticker.now();
    if (!this.wanted || this.lane.busy || now < this.askAt || this.session?.shell !== "posix") return;
    this.askAt = now + Math.min(SELDOM_MS, ASK_MS * 2 ** this.failures);
    const probe = this.source.probe();
    if (probe) this.lane.start(this.session, this.toTask(probe), now);
  }

  private toTask(probe: InterruptionProbe) {
    const nonce = newNonce();
    return oneShotTask({
      command: framed(`${probe.command}; c=$?`, nonce),
      parse: (result: ExecResult) => ({ notice: probe.parse(answerOf(result, nonce).body.trimEnd()) }),
      onValue: ({ notice }) => {
        this.failures = 0;
        this.source.heard(notice);
      },
      onError: () => {
        this.failures += 1;
      },
    });
  }
}
