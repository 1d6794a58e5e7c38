import type { Browser, Page } from "playwright-core";
import type { CodeServer } from "./server.ts";

/** A window of the workbench. */
export interface Window {
  readonly page: Page;
  /** Origins outside this machine that were asked for; every such request is refused. */
  readonly refusedOrigins: ReadonlySet<string>;
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

/** Opens the workbench with a fresh profile: no secrets, no remembered layout. */
export async function openWindow(browser: Browser, server: CodeServer, options: WindowOptions = {}): Promise<Window> {
  const context = await browser.newContext({
    viewport: options.viewport ?? { width: 1280, height: 800 },
    deviceScaleFactor: options.scale ?? 1,
  });
  const page = await context.newPage();
  const refusedOrigins = new Set<string>();
  await page.route("**/*", (route) => {
    const url = new URL(route.request().url());
    const isLocal = url.hostname === "127.0.0.1" || /^(data|blob|vscode)/.test(url.protocol);
    if (isLocal) return route.continue();
    if (url.origin !== GALLERY) refusedOrigins.add(url.origin);
    return route.abort();
  });
  await options.prepare?.(page);
  const query = new URLSearchParams({ folder: options.folder ?? server.workspace });
  if (options.payload) query.set("payload", JSON.stringify(options.payload));
  await page.goto(`${server.url}/?${query.toString()}`, { waitUntil: "commit" });
  return { page, refusedOrigins };
}
