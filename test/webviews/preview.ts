// Pictures of the pages in every state and theme, to be looked at.
//   node test/webviews/preview.ts [scenario-prefix] [theme]     writes out/preview/*.png
//   node test/webviews/preview.ts --serve                       serves them on loopback until interrupted
import { mkdir } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../browser.ts";
import { servePages, type PageServer } from "./pageServer.ts";
import { SCENARIOS, type ScenarioName } from "./scenarios.ts";
import { THEMES, type ThemeName } from "./themes.ts";
import { NOW } from "./fixtures.ts";

const WIDTHS = [1280, 400] as const;
const OUTPUT = "out/preview";

const [prefix = "", onlyTheme] = process.argv.slice(2);
const server = await servePages();
if (prefix === "--serve") {
  for (const name of names("")) console.log(server.address(name, "dark"));
} else {
  const browser = await launchBrowser();
  await mkdir(OUTPUT, { recursive: true });
  for (const name of names(prefix)) {
    for (const theme of themes(onlyTheme)) await picture(browser, server, name, theme);
  }
  await browser.close();
  await server.close();
}

function names(start: string): readonly ScenarioName[] {
  return (Object.keys(SCENARIOS) as ScenarioName[]).filter((name) => name.startsWith(start));
}

function themes(only: string | undefined): readonly ThemeName[] {
  return (Object.keys(THEMES) as ThemeName[]).filter((name) => only === undefined || name === only);
}

async function picture(browser: Browser, pages: PageServer, name: ScenarioName, theme: ThemeName): Promise<void> {
  for (const width of WIDTHS) {
    const context = await browser.newContext({ viewport: { width, height: 800 }, timezoneId: "UTC" });
    const page = await context.newPage();
    page.on("pageerror", (error) => console.error(`${name}: ${error.message}`));
    page.on("console", (message) => console.error(`${name}: ${message.text()}`));
    await page.clock.setFixedTime(NOW);
    await page.goto(pages.address(name, theme));
    await page.waitForLoadState("networkidle");
    const file = `${OUTPUT}/${name}-${theme}-${width}.png`;
    await page.screenshot({ path: file, fullPage: !name.includes("1000") });
    console.log(file);
    await context.close();
  }
}
