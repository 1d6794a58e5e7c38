import type { GpuSpec } from "../core/environment.ts";
import { messageOf } from "../core/error.ts";
import { disposeAll, Emitter, type Disposable } from "../core/event.ts";
import type { GpuProblem } from "../gpu/problem.ts";
import type { HealthDependencies } from "./healthService.ts";
import type { Interruption } from "./interruptions.ts";
import type { GpuHistory, Health, HostDetail, Interest, Watch } from "./watch.ts";

interface Holder {
  readonly environmentId: string;
  readonly interest: Interest;
  held: Disposable | undefined;
}

const IDLE: Watch = { kind: "idle" };
const NO_PROBLEMS: readonly GpuProblem[] = [];

/** Health before anybody has looked: everything is idle. The service, and all of `gpu/`, loads at the first look. */
export class LazyHealth implements Health, Disposable {
  private readonly dependencies: HealthDependencies;
  private readonly changed = new Emitter<string>();
  private readonly waiting = new Set<Holder>();
  private loading: Promise<Health & Disposable> | undefined;
  private service: (Health & Disposable) | undefined;
  private subscriptions: readonly Disposable[] = [];
  private disposed = false;

  readonly onDidChange = this.changed.event;

  constructor(dependencies: HealthDependencies) {
    this.dependencies = dependencies;
  }

  show(environmentId: string, interest: Interest): Disposable {
    if (this.service) return this.service.show(environmentId, interest);
    const holder: Holder = { environmentId, interest, held: undefined };
    this.waiting.add(holder);
    this.load().catch((error: unknown) => this.dependencies.log(`Health cannot be loaded: ${messageOf(error)}`));
    return {
      dispose: () => {
        this.waiting.delete(holder);
        holder.held?.dispose();
      },
    };
  }

  watch(environmentId: string): Watch {
    return this.service?.watch(environmentId) ?? IDLE;
  }

  history(environmentId: string): GpuHistory | undefined {
    return this.service?.history(environmentId);
  }

  detail(environmentId: string): HostDetail | undefined {
    return this.service?.detail(environmentId);
  }

  problems(environmentId: string): readonly GpuProblem[] {
    return this.service?.problems(environmentId) ?? NO_PROBLEMS;
  }

  lastSpec(environmentId: string): GpuSpec | undefined {
    return this.service ? this.service.lastSpec(environmentId) : this.dependencies.specs.spec(environmentId);
  }

  transport(environmentId: string): string | undefined {
    return this.service?.transport(environmentId);
  }

  interruption(environmentId: string): Interruption | undefined {
    return this.service?.interruption(environmentId);
  }

  async reconnect(environmentId: string, signal: AbortSignal): Promise<void> {
    await (await this.load()).reconnect(environmentId, signal);
  }

  tryAgain(environmentId?: string): void {
    this.service?.tryAgain(environmentId);
  }

  dispose(): void {
    this.disposed = true;
    this.waiting.clear();
    disposeAll([...this.subscriptions, this.changed]);
    this.service?.dispose();
  }

  private load(): Promise<Health & Disposable> {
    this.loading ??= this.start().catch((error: unknown) => {
      this.loading = undefined; // the next look tries again
      throw error;
    });
    return this.loading;
  }

  private async start(): Promise<Health & Disposable> {
    const { createHealth } = await import("./healthService.ts");
    const service = createHealth(this.dependencies);
    if (this.disposed) {
      service.dispose();
      return service;
    }
    this.service = service;
    this.subscriptions = [service.onDidChange((environmentId) => this.changed.fire(environmentId))];
    for (const holder of this.waiting) holder.held = service.show(holder.environmentId, holder.interest);
    this.waiting.clear();
    return service;
  }
}
