import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { hasChromium } from "../browser.ts";
import { pageBench } from "./pageBench.ts";
import { THEMES, type ThemeName } from "./themes.ts";

const { withPage } = pageBench();

/** What an eye can tell of the numbers and the bars of a host. */
function looks(page: Page, name: string): Promise<{ readonly number: string; readonly bar: string }> {
  return page.evaluate(`(() => {
    const isIt = (row) => row.querySelector("button").textContent === ${JSON.stringify(name)};
    const row = [...document.querySelectorAll("tbody tr")].find(isIt);
    const [number, bar] = [".reading", ".fill"].map((part) => getComputedStyle(row.querySelector(part)));
    return { number: number.color + number.fontStyle, bar: bar.backgroundImage + bar.backgroundColor };
  })()`);
}

describe.skipIf(!hasChromium)("the numbers of a host that does not answer", () => {
  it.each(Object.keys(THEMES) as ThemeName[])("look different from live ones in theme %s", async (theme) => {
    await withPage(
      "fleet-stale",
      async ({ page }) => {
        const live = await looks(page, "trainer-h100");
        const old = await looks(page, "vault");
        expect(old.number).not.toBe(live.number);
        expect(old.bar).not.toBe(live.bar);
      },
      { theme },
    );
  });

  it("are said to be old ones in the fleet, and those of the others are not", async () => {
    await withPage("fleet-stale", async ({ page }) => {
      const cells = (name: string): Promise<string[]> =>
        page.getByRole("row", { name }).locator("td.gauge .reading").allTextContents();
      for (const cell of await cells("vault")) expect(cell).toMatch(/^\d.* \(no longer current\)$/);
      for (const cell of await cells("trainer-h100")) expect(cell).not.toContain("current");
      for (const cell of await cells("new")) expect(cell).toBe("– no reading yet");
      const meter = page.getByRole("row", { name: "vault" }).getByRole("meter", { name: "Memory" });
      expect(await meter.getAttribute("aria-valuetext")).toMatch(/ GiB \(no longer current\)$/);
    });
  });

  it("are said to be old ones on its own page, those of its processes too", async () => {
    await withPage("health-stale", async ({ page }) => {
      const readings = await page.locator(".card .reading").allTextContents();
      expect(readings.length).toBeGreaterThan(8);
      for (const reading of readings) expect(reading).toContain("(no longer current)");
      expect(await page.locator("#processes").innerText()).toContain("no longer current");
    });
    await withPage("health-h100", async ({ page }) => {
      expect(await page.locator(".outdated").count()).toBe(0);
      expect(await page.locator("#root").textContent()).not.toContain("no longer current");
    });
  });
});
