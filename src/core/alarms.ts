import type { Environment } from "./environment.ts";
import { Emitter, type Disposable } from "./event.ts";
import type { Inventory } from "./inventory.ts";

/** Of the environments that are listed, those of which the user is to be told something, each once for as long as it lasts. */
export class Alarms implements Disposable {
  private readonly inventory: Inventory;
  private readonly told = new Set<string>();
  private readonly raised = new Emitter<readonly Environment[]>();
  private readonly subscription: Disposable;

  /** Fires with those that raised one since it was last looked. */
  readonly onDidRaise = this.raised.event;

  constructor(inventory: Inventory) {
    this.inventory = inventory;
    this.subscription = inventory.onDidChange(() => this.look());
  }

  dispose(): void {
    this.subscription.dispose();
    this.raised.dispose();
  }

  private look(): void {
    const alarmed = new Map<string, Environment>();
    for (const environment of this.inventory.environments())
      if (environment.alarm) alarmed.set(environment.id, environment);
    // What is not listed at the moment may be again: only the platform's own word ends it.
    for (const id of [...this.told]) if (!alarmed.has(id) && this.inventory.environment(id)) this.told.delete(id);
    const fresh = [...alarmed.values()].filter(({ id }) => !this.told.has(id));
    for (const { id } of fresh) this.told.add(id);
    if (fresh.length > 0) this.raised.fire(fresh);
  }
}
