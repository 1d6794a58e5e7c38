import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { hasChromium, launchBrowser } from "../browser.ts";
import { openPage, type OpenedPage } from "./openPage.ts";
import { servePages, type PageServer } from "./pageServer.ts";
import type { ScenarioName } from "./scenarios.ts";

export interface PageBench {
  /** For a check that deals with mishaps itself. */
  readonly open: (scenario: ScenarioName) => Promise<OpenedPage>;
  /** Opens a scenario, checks it, and checks that nothing happened that must not. */
  readonly withPage: (
    scenario: ScenarioName,
    check: (opened: OpenedPage) => Promise<void>,
    look?: Parameters<typeof openPage>[3],
  ) => Promise<void>;
}

/** A browser and the served pages for the tests of one file. */
export function pageBench(): PageBench {
  let browser: Browser;
  let server: PageServer;
  beforeAll(async () => {
    if (!hasChromium) return;
    [server, browser] = await Promise.all([servePages(), launchBrowser()]);
  });
  afterAll(async () => {
    if (!hasChromium) return;
    await browser.close();
    await server.close();
  });
  return {
    open: (scenario) => openPage(browser, server, scenario),
    withPage: async (scenario, check, look = {}) => {
      const opened = await openPage(browser, server, scenario, look);
      try {
        await check(opened);
        expect(opened.mishaps).toEqual([]);
        expect(await opened.harm()).toEqual([]);
      } finally {
        await opened.close();
      }
    },
  };
}

/** Gives the page messages as its host would, and waits until the browser has drawn them. */
export async function send({ page }: OpenedPage, messages: readonly unknown[]): Promise<void> {
  await page.evaluate(
    `(${String(deliver)})(${JSON.stringify(JSON.stringify(messages))})`, // twice: text inside a script
  );
}

function deliver(json: string): Promise<void> {
  interface Window {
    postMessage(message: unknown, target: string): void;
    requestAnimationFrame(callback: () => void): void;
  }
  const page = globalThis as unknown as Window; // runs in the browser
  for (const message of JSON.parse(json) as unknown[]) page.postMessage(message, "*");
  return new Promise((resolve) => setTimeout(() => page.requestAnimationFrame(() => resolve()), 0));
}
