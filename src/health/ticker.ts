import { steady, type Clock } from "../core/clock.ts";
import type { Disposable } from "../core/event.ts";

const TICK_MS = 1_000;
/** A tick so much later than it was due means that the machine slept, or stood still as if it had. */
const WAKE_MS = 30_000;

/** Something that looks at the time once a second. */
export interface Ticking {
  /** `woke`: time has passed in which nothing could be heard, so that silence proves nothing. */
  tick(woke: boolean): void;
}

/** The one timer of all hosts. It runs while something ticks and does not keep the process alive. */
export class Ticker implements Disposable {
  private readonly clock: Clock;
  private readonly ticking = new Set<Ticking>();
  private readonly elapsed: Clock;
  private timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
    this.elapsed = steady(clock);
  }

  /** Milliseconds that never run back: a clock that is set back stands still for it. Sleep counts. */
  now(): number {
    return this.elapsed();
  }

  /** A time of `now()` as wall-clock milliseconds. */
  toWallClock(time: number): number {
    return this.clock() + time - this.now();
  }

  add(ticking: Ticking): void {
    this.ticking.add(ticking);
    this.timer ??= this.start();
  }

  remove(ticking: Ticking): void {
    this.ticking.delete(ticking);
    if (this.ticking.size === 0) this.dispose();
  }

  dispose(): void {
    this.ticking.clear();
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private start(): NodeJS.Timeout {
    let before = this.now();
    const timer = setInterval(() => {
      const now = this.now();
      const woke = now - before > TICK_MS + WAKE_MS;
      before = now;
      for (const ticking of [...this.ticking]) ticking.tick(woke);
    }, TICK_MS);
    timer.unref();
    return timer;
  }
}
