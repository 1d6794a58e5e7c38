import { AxeBuilder } from "@axe-core/playwright";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HostMessage } from "../../src/panels/protocol.ts";
import { hasChromium } from "../browser.ts";
import { payloads, poisoned } from "./hostile.ts";
import { pageBench, send } from "./pageBench.ts";
import { SCENARIOS, type ScenarioName } from "./scenarios.ts";
import { THEMES, type ThemeName } from "./themes.ts";

const isFull = process.env["GPU_DEV_FAULTS"] === "full";
const PAYLOADS = isFull ? 500 : 30;
const MESSAGES = isFull ? 10_000 : 500;
const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];
const THEME_NAMES = Object.keys(THEMES) as ThemeName[];

const { open, withPage } = pageBench();

/** Every state in one theme, two pages in all themes and narrow as well; in full, everything in everything. */
function looks(): readonly (readonly [ScenarioName, ThemeName, number])[] {
  const all = SCENARIO_NAMES.flatMap((name) =>
    THEME_NAMES.flatMap((theme) => [1280, 400].map((width) => [name, theme, width] as const)),
  );
  if (isFull) return all;
  return all.filter(([name, theme, width]) => {
    const isThorough = name === "health-lost" || name === "fleet-5";
    return isThorough ? theme === "dark" || width === 1280 : theme === "dark" && width === 1280;
  });
}

describe.skipIf(!hasChromium)("accessibility", () => {
  it.each(looks())("%s has no violation in theme %s at %i pixels", async (name, theme, width) => {
    await withPage(
      name,
      async ({ page }) => {
        const { violations } = await new AxeBuilder({ page }).analyze();
        const found = violations.map(({ id, impact, nodes }) => `${impact ?? ""} ${id}: ${nodes[0]?.html ?? ""}`);
        expect(found).toEqual([]);
        const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
        expect(overflow).toBeLessThanOrEqual(0);
      },
      { theme, width },
    );
  });
});

describe.skipIf(!hasChromium)("hostile text", () => {
  it("is caught by the detectors when a page does take it for markup", async () => {
    const opened = await open("health-one");
    await opened.page.evaluate(`document.getElementById("root").innerHTML = '<img src=x onerror="window.pwned=1">'`);
    await expect.poll(() => opened.harm()).toEqual(expect.arrayContaining(["element IMG"]));
    await expect.poll(async () => (await opened.harm()).join()).toContain("script-src-attr inline");
    await opened.close();
  });

  it.each(["health-lost", "health-host-key", "health-mig", "fleet-5"] as const)(
    `stays text in every field of %s: ${PAYLOADS} payloads`,
    async (scenario) => {
      const messages = SCENARIOS[scenario]().messages.map(shortened);
      await withPage(scenario, async (opened) => {
        for (const payload of payloads(PAYLOADS)) {
          await send(
            opened,
            messages.map((message) => poisoned(message, payload)),
          );
          const heading = scenario === "fleet-5" ? "th.host button" : "h1";
          expect(await opened.page.textContent(heading)).toBe(payload);
        }
        await opened.page.hover(scenario === "fleet-5" ? "tbody tr" : "h1");
      });
    },
  );
});

describe.skipIf(!hasChromium)("messages", () => {
  it(`that do not fit change nothing and break nothing: ${MESSAGES}`, async () => {
    const arbitrary = fc.sample(fc.oneof(fc.jsonValue(), nearly()), MESSAGES);
    await withPage("health-one", async (opened) => {
      const before = await opened.page.innerText("#root");
      for (let start = 0; start < MESSAGES; start += 250) await send(opened, arbitrary.slice(start, start + 250));
      expect(await opened.page.innerText("#root")).toBe(before);
    });
  });
});

/** Hostile text sits in the names of a history, not in its 25,000 numbers. */
function shortened(message: HostMessage): HostMessage {
  if (message.type !== "history") return message;
  const series = Object.entries(message.block.series).map(([metric, lists]) => [
    metric,
    lists.map((values) => values.slice(-5)),
  ]);
  return { ...message, block: { ...message.block, series: Object.fromEntries(series) as typeof message.block.series } };
}

/** Messages with the right name and anything else. */
function nearly(): fc.Arbitrary<unknown> {
  const type = fc.constantFrom("start", "health", "history", "points", "fleet", "fleet-rows", "ready");
  const fields = fc.dictionary(fc.constantFrom("now", "view", "block", "labels", "rows", "tiles"), fc.jsonValue());
  return fc.tuple(type, fields).map(([name, rest]) => ({ ...rest, type: name }));
}

describe.skipIf(!hasChromium)("the health page", () => {
  it("says that it is loading until it is told something", async () => {
    await withPage("health-loading", async ({ page }) => expect(await page.innerText("#root")).toBe("Loading…"));
  });

  it("says that it is loading before the environments are listed, and not that its own is gone", async () => {
    await withPage("health-early", async ({ page }) => {
      expect(await page.locator(".status-line").innerText()).toBe("Loading…");
      expect(await page.locator("#root").innerText()).not.toContain("No longer listed");
    });
  });

  it("asks for what its buttons are for", async () => {
    await withPage("health-host-key", async ({ page }) => {
      await page.getByRole("button", { name: "Reconnect" }).press("Enter");
      await page.getByRole("button", { name: "Trust Changed Host Key…" }).click();
      await page.getByRole("button", { name: "Fleet" }).click();
      expect(await page.evaluate("window.heard")).toEqual([
        { type: "ready" },
        { type: "action", action: "reconnect" },
        { type: "action", action: "trust-changed-host-key" },
        { type: "show-fleet" },
      ]);
    });
  });

  it("lets a chart be read with the arrow keys", async () => {
    await withPage("health-h100", async ({ page }) => {
      const chart = page.getByRole("slider", { name: "Temperature, Last hour" });
      await chart.focus();
      await page.keyboard.press("End");
      await page.keyboard.press("ArrowLeft");
      await expect.poll(() => chart.getAttribute("aria-valuetext")).toMatch(/^14:29:50: GPU 0 \d+ °C, GPU 1 \d+ °C/);
      expect(await page.locator(".tip").innerText()).toContain("14:29:50");
      await page.keyboard.press("Home");
      await expect.poll(() => chart.getAttribute("aria-valuetext")).toMatch(/^13:30:00: /);
      await page.keyboard.press("PageDown");
      await expect.poll(() => chart.getAttribute("aria-valuenow")).toBe("30");
    });
  });

  it("tells the same as a table, and remembers that over a reload", async () => {
    await withPage("health-h100", async ({ page }) => {
      await page.getByRole("button", { name: "Show as Table" }).press("Enter");
      const table = page.getByRole("table", { name: "Memory GiB" });
      expect(await table.getByRole("row").count()).toBe(9);
      expect(await table.getByRole("row").nth(1).innerText()).toMatch(/^GPU 0\s+7\.0\s+\d+\.\d\s+69\.5\s+69\.5$/);
      await page.reload();
      await page.waitForSelector("table.numbers");
      expect(await page.evaluate("window.kept")).toMatchObject({
        environmentId: "ssh/config/trainer-h100",
        view: "table",
      });
    });
  });

  it("takes a GPU out of all charts and puts it back", async () => {
    await withPage("health-h100", async ({ page }) => {
      const chip = page.getByRole("group", { name: "GPUs in the charts" }).getByRole("button", { name: "GPU 3" });
      await chip.click();
      expect(await chip.getAttribute("aria-pressed")).toBe("false");
      const chart = page.getByRole("slider").first();
      expect(await chart.getAttribute("aria-valuetext")).not.toContain("GPU 3");
      await chip.click();
      expect(await chart.getAttribute("aria-valuetext")).toContain("GPU 3");
    });
  });

  it("draws its charts anew in the colours of another theme", async () => {
    await withPage("health-one", async ({ page }) => {
      const ink = `(() => {
        const drawn = document.querySelector("canvas");
        const canvas = Object.assign(document.createElement("canvas"), { width: drawn.width, height: drawn.height });
        const copy = canvas.getContext("2d", { willReadFrequently: true });
        copy.drawImage(drawn, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        return data.some((_, i) => i % 4 === 0 && data[i] === 1 && data[i + 1] === 2 && data[i + 2] === 255 && data[i + 3] === 255);
      })()`;
      expect(await page.evaluate(ink)).toBe(false);
      await page.evaluate(`document.documentElement.style.setProperty("--vscode-charts-blue", "#0102ff");
        document.body.className = "vscode-light";`);
      await expect.poll(() => page.evaluate(ink)).toBe(true);
    });
  });

  it("takes points as they come", async () => {
    await withPage("health-one", async (opened) => {
      const history = SCENARIOS["health-one"]().messages.find((message) => message.type === "history");
      if (history?.type !== "history") throw new Error("The scenario has no history.");
      const { block } = history;
      const values = [[42]];
      const series = { ...block.series, temperatureC: values, powerDrawW: values };
      const points: HostMessage = {
        type: "points",
        block: { ...block, startMs: block.startMs + 719 * block.stepMs, series },
      };
      const one = { ...series, utilizationPercent: values, memoryUsedMiB: values, smClockMHz: values };
      await send(opened, [{ ...points, block: { ...points.block, series: one } }]);
      const chart = opened.page.getByRole("slider", { name: "Power, Last hour" });
      await expect.poll(() => chart.getAttribute("aria-valuetext")).toBe("14:29:55: GPU 0 42 W");
    });
  });
});

describe.skipIf(!hasChromium)("the fleet page", () => {
  it("says that it is loading before the environments are listed, and then that there are none", async () => {
    await withPage("fleet-early", async (opened) => {
      expect(await opened.page.getByRole("status").innerText()).toBe("Loading…");
      await send(opened, SCENARIOS["fleet-empty"]().messages);
      expect(await opened.page.getByRole("status").innerText()).toMatch(/^There is no GPU environment to show\./);
    });
  });

  it("opens a host from the keyboard and with the mouse", async () => {
    await withPage("fleet-5", async ({ page }) => {
      await page.getByRole("button", { name: "trainer-h100-b" }).press("Enter");
      await page.getByRole("row", { name: "inference-l40s" }).click();
      const heard = await page.evaluate<{ type: string; environmentId?: string }[]>("window.heard");
      const opened = heard.filter(({ type }) => type === "show-health").map(({ environmentId }) => environmentId);
      expect(opened).toEqual(["lost", "l40s"]);
    });
  });

  it("shows fifty of a thousand hosts at a time, finds one at once, and says which it shows", async () => {
    await withPage("fleet-1000", async ({ page }) => {
      expect(await page.locator("tbody tr").count()).toBe(50);
      expect(await page.locator(".pager").innerText()).toContain("1–50 of 1,000");
      await page.getByRole("button", { name: "Next page" }).click();
      expect(await page.locator(".pager").innerText()).toContain("51–100 of 1,000");
      await page.getByRole("searchbox").fill("gpu-777");
      await expect.poll(() => page.locator("tbody tr").count()).toBe(1);
      const lastHeard = (): Promise<unknown> => page.evaluate("window.heard.at(-1)");
      await expect.poll(lastHeard).toEqual({ type: "shown", environmentIds: ["host-777"] });
    });
  });

  it("sorts by a column and says so", async () => {
    await withPage("fleet-5", async ({ page }) => {
      await page.getByRole("button", { name: "Power" }).click();
      expect(await page.getByRole("columnheader", { name: "Power" }).getAttribute("aria-sort")).toBe("descending");
      expect(await page.locator("th.host button").allInnerTexts()).toEqual([
        "trainer-h100",
        "trainer-h100-b",
        "a100-shared",
        "inference-l40s",
        "workstation-under-my-desk",
      ]);
    });
  });
});
