import type { Browser, Page } from "playwright-core";
import { NOW } from "./fixtures.ts";
import type { PageServer } from "./pageServer.ts";
import type { ScenarioName } from "./scenarios.ts";
import type { ThemeName } from "./themes.ts";

/** What must not happen on a page, as it happened. */
export interface OpenedPage {
  readonly page: Page;
  readonly mishaps: string[];
  /** Policy violations and deeds of hostile text, counted inside the page. */
  harm(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const WATCH_FOR_HARM = `
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(event.violatedDirective + " " + event.blockedURI);
  });`;

const HARM = `[
  ...window.violations,
  ...(window.pwned ? ["a payload ran " + window.pwned + " times"] : []),
  ...[...document.querySelectorAll("img,iframe,object,embed,base,form,video,audio,style,math,#root script,#root link")]
    .map((element) => "element " + element.tagName),
  ...[...document.querySelectorAll("a")].filter((a) => a.protocol !== "https:").map((a) => "link " + a.href),
]`;

/** Opens a scenario and waits until it is drawn. The time stands still at the time of the fixtures. */
export async function openPage(
  browser: Browser,
  server: PageServer,
  scenario: ScenarioName,
  look: { readonly theme?: ThemeName; readonly width?: number } = {},
): Promise<OpenedPage> {
  const { theme = "dark", width = 1280 } = look;
  const context = await browser.newContext({ viewport: { width, height: 800 }, timezoneId: "UTC" });
  const page = await context.newPage();
  const mishaps: string[] = [];
  const address = server.address(scenario, theme);
  const { origin } = new URL(address);
  page.on("pageerror", (error) => mishaps.push(`error: ${error.message}`));
  page.on("console", (message) => mishaps.push(`console: ${message.text()}`));
  page.on("dialog", (dialog) => mishaps.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`)) mishaps.push(`request: ${request.url()}`);
  });
  await page.addInitScript({ content: WATCH_FOR_HARM });
  await page.clock.setFixedTime(NOW);
  await page.goto(address);
  if (scenario !== "health-loading") await page.waitForSelector("h1");
  return {
    page,
    mishaps,
    harm: () => page.evaluate<string[]>(HARM),
    close: () => context.close(),
  };
}
