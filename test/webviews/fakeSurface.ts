import { Emitter } from "../../src/core/event.ts";
import { parseHostMessage, type HostMessage } from "../../src/panels/protocol.ts";
import type { PanelSurface } from "../../src/panels/surface.ts";

/** A page that only remembers. What is posted must be what the protocol says. */
export class FakeSurface implements PanelSurface {
  readonly posted: HostMessage[] = [];
  readonly titles: string[] = [];
  reveals = 0;
  isVisible = true;
  isDisposed = false;
  private readonly received = new Emitter<unknown>();
  private readonly visibility = new Emitter<boolean>();
  private readonly disposed = new Emitter<void>();
  readonly onDidReceive = this.received.event;
  readonly onDidChangeVisibility = this.visibility.event;
  readonly onDidDispose = this.disposed.event;

  get hasListeners(): boolean {
    return this.received.hasListeners || this.visibility.hasListeners || this.disposed.hasListeners;
  }

  setTitle(title: string): void {
    this.titles.push(title);
  }

  reveal(): void {
    this.reveals += 1;
  }

  post(message: HostMessage): void {
    if (parseHostMessage(structuredClone(message)) === undefined)
      throw new Error(`Not in the protocol: ${message.type}`);
    this.posted.push(message);
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.disposed.fire();
  }

  receive(raw: unknown): void {
    this.received.fire(raw);
  }

  setVisible(isVisible: boolean): void {
    this.isVisible = isVisible;
    this.visibility.fire(isVisible);
  }
}
