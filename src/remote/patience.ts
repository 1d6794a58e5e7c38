/** A deadline that stands still while the user is asked something. */
export class Patience {
  private readonly expired: () => void;
  private leftMs: number;
  private since = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number, expired: () => void) {
    this.leftMs = milliseconds;
    this.expired = expired;
    this.go();
  }

  async duringQuestion<T>(question: () => Promise<T>): Promise<T> {
    this.halt();
    try {
      return await question();
    } finally {
      this.go();
    }
  }

  stop(): void {
    this.halt();
    this.leftMs = Infinity;
  }

  private go(): void {
    if (this.leftMs === Infinity) return;
    this.since = Date.now();
    this.timer = setTimeout(this.expired, this.leftMs);
  }

  private halt(): void {
    clearTimeout(this.timer);
    this.leftMs = Math.max(0, this.leftMs - (Date.now() - this.since));
  }
}
