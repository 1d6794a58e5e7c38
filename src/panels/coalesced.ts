import type { Disposable } from "../core/event.ts";

/** Runs `work` once for any number of requests within `delayMs`, and never after it is disposed. */
export class Coalesced implements Disposable {
  private readonly work: () => void;
  private readonly delayMs: number;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isDisposed = false;

  constructor(delayMs: number, work: () => void) {
    this.delayMs = delayMs;
    this.work = work;
  }

  request(): void {
    if (this.isDisposed) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.work();
    }, this.delayMs);
  }

  /** Forgets a request that has not been served. */
  cancel(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  dispose(): void {
    this.isDisposed = true;
    this.cancel();
  }
}
