import type { Browser, Page } from "playwright-core";
import type { CodeServer } from "./server.ts";

/** A window of the workbench. */
export interface Window {
  readonly page: Page;
  /** Origins outside this machine that were asked for; the browser finds none of them (test/browser.ts). */
  readonly outsideOrigins: ReadonlySet<string>;
}

export interface WindowOptions {
  /** Opened as the workspace; default: the server's own. */
  readonly folder?: string;
  /** For tests within the extension host. */
  readonly payload?: readonly (readonly [string, string])[];
  /** Called before the page is opened. */
  readonly prepare?: (page: Page) => Promise<void>;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Physical pixels per pixel, for pictures. */
  readonly scale?: number;
}

/** The extension gallery: the workbench itself asks for it, not the extension. */
const GALLERY = "https://open-vsx.org";
/** The name under which a worker in the window itself gives the pages their files. */
const PAGE_FILES = /^vscode-remote\+[\w-]+\.vscode-resource\.vscode-cdn\.net$/;

/**
 * A page within the window waits for a worker of VS Code, and on a busy machine now and then for ever, in two ways.
 * code-server registers a worker of its own for the whole address, under which the page waits for that of VS Code by
 * another path: that one is left out. And a page that is under the worker of VS Code already registers it once more,
 * which the browser may never answer: the file is the same for as long as a test runs, so the answer is given here.
 */
const ONE_WORKER = `{
  const { register } = ServiceWorkerContainer.prototype;
  const isSame = { installing: null, waiting: null, update: () => Promise.resolve(isSame) };
  ServiceWorkerContainer.prototype.register = function (url, ...rest) {
    const address = new URL(url, location.href).href;
    if (address.endsWith("/out/browser/serviceWorker.js")) return new Promise(() => {});
    if (this.controller?.scriptURL === address) return Promise.resolve(isSame);
    return register.call(this, url, ...rest);
  };
}`;

/** Opens the workbench with a fresh profile: no secrets, no remembered layout. */
export async function openWindow(browser: Browser, server: CodeServer, options: WindowOptions = {}): Promise<Window> {
  const context = await browser.newContext({
    viewport: options.viewport ?? { width: 1280, height: 800 },
    deviceScaleFactor: options.scale ?? 1,
  });
  await context.addInitScript({ content: ONE_WORKER });
  const page = await context.newPage();
  const outsideOrigins = new Set<string>();
  // Listening only: where requests are intercepted, the worker that a page within the window needs may never start.
  page.on("request", (request) => {
    const url = new URL(request.url());
    const isNoAddress = /^(data|blob|vscode)/.test(url.protocol) || PAGE_FILES.test(url.hostname);
    const isLocal = isNoAddress || url.hostname === "127.0.0.1";
    if (!isLocal && url.origin !== GALLERY) outsideOrigins.add(url.origin);
  });
  await options.prepare?.(page);
  const query = new URLSearchParams({ folder: options.folder ?? server.workspace });
  if (options.payload) query.set("payload", JSON.stringify(options.payload));
  await page.goto(`${server.url}/?${query.toString()}`, { waitUntil: "commit" });
  return { page, outsideOrigins };
}
