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
    this.subscription = inventory.onDidChange((providerId) => this.look(providerId));
  }

  dispose(): void {
    this.subscription.dispose();
    this.raised.dispose();
  }

  private look(providerId: string): void {
    if (this.told.size > 0) this.forgetWhatIsOver();
    const listed = this.inventory.listing(providerId)?.environments ?? [];
    const fresh = listed.filter(({ id, alarm }) => alarm && !this.told.has(id));
    for (const { id } of fresh) this.told.add(id);
    if (fresh.length > 0) this.raised.fire(fresh);
  }

  /** What is not listed at the moment may be again, and another account may be behind: only all their words end it. */
  private forgetWhatIsOver(): void {
    const all = this.inventory.environments();
    const alarmed = new Set(all.filter(({ alarm }) => alarm).map(({ id }) => id));
    for (const { id } of all) if (!alarmed.has(id)) this.told.delete(id);
  }
}
