import type { Connection, SshConnection } from "../core/connection.ts";
import type { Environment } from "../core/environment.ts";
import { Emitter, type Disposable } from "../core/event.ts";
import type { Inventory } from "../core/inventory.ts";

export interface CurrentEnvironmentParts {
  readonly inventory: Inventory;
  readonly connectionOf: (environment: Environment, signal: AbortSignal) => Promise<Connection>;
  /** The SSH alias this editor window is connected to. */
  readonly aliasOfThisWindow: () => string | undefined;
  /** The alias in the address of a window on this connection. */
  readonly windowAlias: (connection: SshConnection) => string;
  /** Hidden environments are shown only where the window itself is connected to one. */
  readonly isShown: (environment: Environment) => boolean;
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
    const { pinned, lastOpened, isShown } = this.parts;
    const here = this.listed(this.hereId);
    return here ?? [pinned(), lastOpened.get()].map((id) => this.listed(id)).find((found) => found && isShown(found));
  }

  isPinned(environment: Environment): boolean {
    return environment.id === this.parts.pinned();
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

  private listed(id: string | undefined): Environment | undefined {
    return id === undefined ? undefined : this.parts.inventory.environment(id);
  }

  private async findHere(): Promise<void> {
    const alias = this.parts.aliasOfThisWindow();
    if (alias === undefined || this.listed(this.hereId)) return;
    for (const environment of this.parts.inventory.environments()) {
      if (environment.reach !== "ssh") continue;
      const connection = await this.parts.connectionOf(environment, this.abort.signal).catch(() => undefined);
      if (this.abort.signal.aborted) return;
      if (connection?.kind !== "ssh" || this.parts.windowAlias(connection) !== alias) continue;
      this.hereId = environment.id;
      this.changed.fire(undefined);
      return;
    }
  }
}
