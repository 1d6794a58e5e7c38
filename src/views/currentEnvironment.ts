import type { Connection } from "../core/connection.ts";
import type { Environment } from "../core/environment.ts";
import { Emitter, type Disposable } from "../core/event.ts";
import type { Inventory } from "../core/inventory.ts";

export interface CurrentEnvironmentParts {
  readonly inventory: Inventory;
  readonly connectionOf: (environment: Environment, signal: AbortSignal) => Promise<Connection>;
  /** The SSH alias this editor window is connected to. */
  readonly aliasOfThisWindow: () => string | undefined;
  readonly pinned: () => string | undefined;
  /** The environment last opened from this workspace, kept between sessions of the editor. */
  readonly lastOpened: { readonly get: () => string | undefined; readonly set: (environmentId: string) => void };
}

/** Which environment matters now: the one this window is on, else the pinned one, else the one last opened. */
export class CurrentEnvironment implements Disposable {
  private readonly parts: CurrentEnvironmentParts;
  private readonly changed = new Emitter<undefined>();
  private readonly subscription: Disposable;
  private readonly abort = new AbortController();
  private hereId: string | undefined;

  readonly onDidChange = this.changed.event;

  constructor(parts: CurrentEnvironmentParts) {
    this.parts = parts;
    this.subscription = parts.inventory.onDidChange(() => {
      void this.findHere();
      this.changed.fire(undefined);
    });
  }

  isHere(environment: Environment): boolean {
    return environment.id === this.hereId;
  }

  get(): Environment | undefined {
    const { inventory, pinned, lastOpened } = this.parts;
    for (const id of [this.hereId, pinned(), lastOpened.get()]) {
      const environment = id === undefined ? undefined : inventory.environment(id);
      if (environment) return environment;
    }
    return undefined;
  }

  opened(environment: Environment): void {
    this.parts.lastOpened.set(environment.id);
    this.changed.fire(undefined);
  }

  dispose(): void {
    this.abort.abort();
    this.subscription.dispose();
    this.changed.dispose();
  }

  private async findHere(): Promise<void> {
    const alias = this.parts.aliasOfThisWindow();
    if (alias === undefined || this.hereId !== undefined) return;
    for (const environment of this.parts.inventory.environments()) {
      if (environment.reach !== "ssh") continue;
      const connection = await this.parts.connectionOf(environment, this.abort.signal).catch(() => undefined);
      if (this.abort.signal.aborted) return;
      if (connection?.kind !== "ssh" || connection.alias.toLowerCase() !== alias) continue;
      this.hereId = environment.id;
      this.changed.fire(undefined);
      return;
    }
  }
}
