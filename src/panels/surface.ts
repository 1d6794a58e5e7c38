import type { Event } from "../core/event.ts";
import type { HostMessage } from "./protocol.ts";

/** A page on screen, as the panels need it. `webviewSurface.ts` makes one of a VS Code webview panel. */
export interface PanelSurface {
  readonly isVisible: boolean;
  setTitle(title: string): void;
  reveal(): void;
  /** Dropped when the page is gone. */
  post(message: HostMessage): void;
  /** Whatever the page sends, unchecked. */
  readonly onDidReceive: Event<unknown>;
  /** Fires with whether the page can be seen. A hidden page is unloaded and says "ready" again when it comes back. */
  readonly onDidChangeVisibility: Event<boolean>;
  readonly onDidDispose: Event<void>;
  dispose(): void;
}

export type Page = "health" | "fleet";

/** Opens an empty page in the editor area. */
export type OpenSurface = (page: Page, title: string) => PanelSurface;
