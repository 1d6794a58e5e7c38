import { disposeAll, type Disposable } from "../core/event.ts";
import { Coalesced } from "./coalesced.ts";
import { toLabels, type Localize } from "./labels.ts";
import { parseWebviewMessage, type HostMessage, type WebviewMessage } from "./protocol.ts";
import type { PanelSurface } from "./surface.ts";

/** Faster than this a person sees no difference, and a host of eight GPUs reports all of them at once anyway. */
const UPDATE_INTERVAL_MS = 250;

/** What a page shows and hears. The page calls these; it never calls any of them once it is gone. */
export interface PageContent {
  /** The page can be seen: begin to sample. What is returned ends it. */
  watch(): Disposable;
  /** The page has loaded and knows nothing. */
  sendAll(): void;
  /** Something changed since the last send. */
  sendChanges(): void;
  receive(message: Exclude<WebviewMessage, { type: "ready" }>): void;
}

/**
 * The lifetime of one page: it samples while it can be seen, sends everything when the page loads and changes after
 * that, and lets everything go when the page is hidden or closed.
 */
export class LivePage implements Disposable {
  private readonly surface: PanelSurface;
  private readonly content: PageContent;
  private readonly localize: Localize;
  private readonly locale: string;
  private readonly updates: Coalesced;
  private readonly subscriptions: Disposable[];
  private watching: Disposable | undefined;
  private isLoaded = false;

  constructor(surface: PanelSurface, content: PageContent, localize: Localize, locale: string) {
    this.surface = surface;
    this.content = content;
    this.localize = localize;
    this.locale = locale;
    this.updates = new Coalesced(UPDATE_INTERVAL_MS, () => {
      if (this.isLoaded) this.content.sendChanges();
    });
    this.subscriptions = [
      surface.onDidReceive((raw) => this.receive(raw)),
      surface.onDidChangeVisibility((isVisible) => (isVisible ? this.appear() : this.disappear())),
    ];
  }

  /** To be called once the content is ready to be asked. */
  start(): void {
    if (this.surface.isVisible) this.appear();
  }

  post(message: HostMessage): void {
    if (this.isLoaded) this.surface.post(message);
  }

  /** Something changed: send it soon. */
  update(): void {
    if (this.isLoaded) this.updates.request();
  }

  dispose(): void {
    this.disappear();
    this.updates.dispose();
    disposeAll(this.subscriptions);
  }

  private appear(): void {
    this.watching ??= this.content.watch();
  }

  private disappear(): void {
    this.isLoaded = false;
    this.updates.cancel();
    this.watching?.dispose();
    this.watching = undefined;
  }

  private receive(raw: unknown): void {
    const message = parseWebviewMessage(raw);
    if (message === undefined) return;
    if (message.type !== "ready") {
      this.content.receive(message);
      return;
    }
    this.isLoaded = true;
    this.updates.cancel();
    this.post({ type: "start", labels: toLabels(this.localize), locale: this.locale });
    this.content.sendAll();
  }
}
