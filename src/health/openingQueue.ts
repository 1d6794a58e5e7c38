import type { Disposable } from "../core/event.ts";
import { abortable } from "../core/waiting.ts";

interface Waiter {
  readonly priority: () => number;
  readonly grant: (slot: Disposable) => void;
}

/** So many at a time, the most wanted first; who is equally wanted goes in the order of asking. */
export class OpeningQueue {
  private readonly waiters = new Set<Waiter>();
  private free: number;

  constructor(size: number) {
    this.free = size;
  }

  /** Resolves with a slot to be disposed of after use. `priority` is asked anew whenever a slot becomes free. */
  acquire(priority: () => number, signal: AbortSignal): Promise<Disposable> {
    return abortable<Disposable>(signal, (resolve) => {
      const waiter: Waiter = { priority, grant: resolve };
      this.waiters.add(waiter);
      this.grantNext();
      return () => this.waiters.delete(waiter);
    });
  }

  private grantNext(): void {
    if (this.free === 0) return;
    let best: Waiter | undefined;
    let bestPriority = -Infinity;
    for (const waiter of this.waiters) {
      const priority = waiter.priority();
      if (best !== undefined && priority <= bestPriority) continue;
      best = waiter;
      bestPriority = priority;
    }
    if (!best) return;
    this.waiters.delete(best);
    this.free--;
    best.grant(this.slot());
  }

  private slot(): Disposable {
    let held = true;
    return {
      dispose: () => {
        if (!held) return;
        held = false;
        this.free++;
        this.grantNext();
      },
    };
  }
}
