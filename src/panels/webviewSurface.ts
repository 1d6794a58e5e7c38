import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { disposeAll, Emitter } from "../core/event.ts";
import type { HostMessage } from "./protocol.ts";
import type { OpenSurface, Page, PanelSurface } from "./surface.ts";
import { VIEW_TYPES } from "./viewTypes.ts";
import { webviewHtml } from "./webviewHtml.ts";

/** Opens pages as webview panels of the editor area. */
export function webviewSurfaces(extensionUri: vscode.Uri): OpenSurface {
  return (page, title) => {
    const options = { enableFindWidget: true, ...webviewOptions(extensionUri) };
    const panel = vscode.window.createWebviewPanel(VIEW_TYPES[page], title, vscode.ViewColumn.Active, options);
    return new WebviewSurface(panel, page, extensionUri);
  };
}

/** Takes over a panel that VS Code restored after a reload. */
export function restoredSurface(panel: vscode.WebviewPanel, page: Page, extensionUri: vscode.Uri): PanelSurface {
  panel.webview.options = webviewOptions(extensionUri);
  return new WebviewSurface(panel, page, extensionUri);
}

function webviewOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return {
    enableScripts: true,
    localResourceRoots: [bundleFolder(extensionUri), vscode.Uri.joinPath(extensionUri, "media")],
  };
}

function bundleFolder(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, "dist", "webviews");
}

class WebviewSurface implements PanelSurface {
  private readonly panel: vscode.WebviewPanel;
  private readonly received = new Emitter<unknown>();
  private readonly visibility = new Emitter<boolean>();
  private readonly disposed = new Emitter<void>();
  /** A disposed panel throws on every access. */
  private isDisposed = false;

  readonly onDidReceive = this.received.event;
  readonly onDidChangeVisibility = this.visibility.event;
  readonly onDidDispose = this.disposed.event;

  constructor(panel: vscode.WebviewPanel, page: Page, extensionUri: vscode.Uri) {
    this.panel = panel;
    const icon = (theme: string): vscode.Uri => vscode.Uri.joinPath(extensionUri, "media", `panel-${theme}.svg`);
    panel.iconPath = { light: icon("light"), dark: icon("dark") };
    const subscriptions = [
      panel.webview.onDidReceiveMessage((raw: unknown) => this.received.fire(raw)),
      panel.onDidChangeViewState(() => this.visibility.fire(panel.visible)),
      panel.onDidDispose(() => {
        this.isDisposed = true;
        disposeAll(subscriptions);
        this.disposed.fire();
        disposeAll([this.received, this.visibility, this.disposed]);
      }),
    ];
    panel.webview.html = shell(panel.webview, page, extensionUri);
  }

  get isVisible(): boolean {
    return !this.isDisposed && this.panel.visible;
  }

  setTitle(title: string): void {
    if (!this.isDisposed) this.panel.title = title;
  }

  reveal(): void {
    if (!this.isDisposed) this.panel.reveal();
  }

  post(message: HostMessage): void {
    if (this.isDisposed) return;
    // A page that closes meanwhile does not get it, and needs it no more.
    this.panel.webview.postMessage(message).then(undefined, () => undefined);
  }

  dispose(): void {
    if (!this.isDisposed) this.panel.dispose();
  }
}

function shell(webview: vscode.Webview, page: Page, extensionUri: vscode.Uri): string {
  const folder = bundleFolder(extensionUri);
  const addresses = {
    cspSource: webview.cspSource,
    script: webview.asWebviewUri(vscode.Uri.joinPath(folder, "health.js")).toString(),
    style: webview.asWebviewUri(vscode.Uri.joinPath(folder, "health.css")).toString(),
  };
  const words = { language: vscode.env.language, loading: vscode.l10n.t("Loading…") };
  return webviewHtml(page, addresses, randomBytes(16).toString("base64url"), words);
}
