interface Task {
  readonly at: number;
  readonly work: () => Promise<void> | void;
}

/** The time of the emulated cloud, and what is due in it. At speed 0 it stands still between calls of `advance`. */
export class WorldClock {
  private readonly startsAt: number;
  private readonly speed: number;
  private readonly realStart = performance.now();
  private advancedMs = 0;
  /** In the order in which they are due; of equal times, in the order in which they were planned. */
  private tasks: readonly Task[] = [];
  private timer: NodeJS.Timeout | undefined;
  private advancing: Promise<void> = Promise.resolve();
  private running = false;
  private readonly report: (error: unknown) => void;

  /** `report` hears of what fails while nobody waits for it. */
  constructor(startsAt: number, speed: number, report: (error: unknown) => void) {
    this.startsAt = startsAt;
    this.speed = speed;
    this.report = report;
  }

  now(): number {
    return Math.floor(this.startsAt + this.advancedMs + (performance.now() - this.realStart) * this.speed);
  }

  schedule(delayMs: number, work: () => Promise<void> | void): void {
    const task = { at: this.now() + delayMs, work };
    const later = this.tasks.findIndex(({ at }) => at > task.at);
    this.tasks = later === -1 ? [...this.tasks, task] : this.tasks.toSpliced(later, 0, task);
    this.wakeForNext();
  }

  /** Runs everything that falls due meanwhile, in order, and waits for each. */
  async advance(milliseconds: number): Promise<void> {
    const mine = this.advancing.then(() => this.runUntil(this.now() + milliseconds));
    this.advancing = mine.catch(() => undefined);
    await mine;
  }

  /** Runs what is due without moving the time: what lasts 0 ms is over before the next request is answered. */
  async settle(): Promise<void> {
    const next = this.tasks[0];
    if (this.speed === 0 && !this.running && next && next.at <= this.now()) await this.advance(0);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.tasks = [];
  }

  private async runUntil(target: number): Promise<void> {
    this.running = true;
    try {
      for (let task = this.takeDue(target); task; task = this.takeDue(target)) {
        this.jumpTo(task.at);
        await task.work();
      }
    } finally {
      this.running = false;
    }
    this.jumpTo(target);
    this.wakeForNext();
  }

  private takeDue(target: number): Task | undefined {
    const next = this.tasks[0];
    if (!next || next.at > target) return undefined;
    this.tasks = this.tasks.slice(1);
    return next;
  }

  private jumpTo(time: number): void {
    this.advancedMs += Math.max(0, time - this.now());
  }

  private wakeForNext(): void {
    const next = this.tasks[0];
    clearTimeout(this.timer);
    if (this.speed === 0 || !next) return;
    this.timer = setTimeout(() => this.runDue(), Math.max(0, (next.at - this.now()) / this.speed));
    this.timer.unref();
  }

  /** Not one after the other: a machine that is slow to start holds up no other. */
  private runDue(): void {
    for (let task = this.takeDue(this.now()); task; task = this.takeDue(this.now()))
      void Promise.resolve().then(task.work).catch(this.report);
    this.wakeForNext();
  }
}
