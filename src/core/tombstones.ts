import type { Clock } from "./clock.ts";

/** What the platform has reported deleted: its lists may still hold it for a while. */
export class Tombstones {
  private readonly elapsed: Clock;
  private readonly deletedAt = new Map<string, number>();

  /** `elapsed` must not run back: a clock that is set back would hide what exists. */
  constructor(elapsed: Clock) {
    this.elapsed = elapsed;
  }

  add(environmentId: string): void {
    this.deletedAt.set(environmentId, this.elapsed());
  }

  /** Whether a list that has it is behind. One that still has it after `lagMs` milliseconds is right: it exists. */
  covers(environmentId: string, lagMs: number): boolean {
    const at = this.deletedAt.get(environmentId);
    if (at === undefined) return false;
    if (this.elapsed() - at < lagMs) return true;
    this.deletedAt.delete(environmentId);
    return false;
  }
}
