import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { HostMessage } from "../../src/panels/protocol.ts";
import { hasChromium } from "../browser.ts";
import { NOW } from "./fixtures.ts";
import { pageBench, send } from "./pageBench.ts";
import { SCENARIOS } from "./scenarios.ts";

const { withPage } = pageBench();

/** What the page was told, but in another language and with a history that ends on a full quarter of an hour. */
function messages(locale: string): readonly HostMessage[] {
  return SCENARIOS["health-one"]().messages.map((message) => {
    if (message.type === "start") return { ...message, locale };
    if (message.type !== "history") return message;
    const { block } = message;
    const length = block.series.utilizationPercent[0]?.length ?? 0;
    return { ...message, block: { ...block, startMs: NOW - (length - 1) * block.stepMs } };
  });
}

interface Ink {
  /** Of each chart: whether there is anything in the last column of pixels beside the labels of its time axis. */
  readonly atEdge: readonly boolean[];
  /** Whether there is anything within 30 pixels of that edge. */
  readonly nearEdge: readonly boolean[];
}

function inkOfTimeAxes(page: Page): Promise<Ink> {
  return page.evaluate(`(() => {
    const hasInk = (drawn, columns) => {
      const copy = Object.assign(document.createElement("canvas"), { width: drawn.width, height: drawn.height });
      const canvas = copy.getContext("2d", { willReadFrequently: true });
      canvas.drawImage(drawn, 0, 0);
      const labels = 20 * devicePixelRatio;
      const { data } = canvas.getImageData(copy.width - columns, copy.height - labels, columns, labels);
      return data.some((value, index) => index % 4 === 3 && value > 0);
    };
    const charts = [...document.querySelectorAll("canvas")];
    return { atEdge: charts.map((one) => hasInk(one, 1)), nearEdge: charts.map((one) => hasInk(one, 30)) };
  })()`);
}

const fiveTimes = (value: boolean): boolean[] => new Array<boolean>(5).fill(value);

describe.skipIf(!hasChromium)("the time axis of a chart", () => {
  it.each([
    ["en", 1280],
    ["en", 800],
    ["en", 400],
    ["en", 320],
    ["fr-CA", 1280],
  ])("shows its last label whole in %s at %i pixels", async (locale, width) => {
    await withPage(
      "health-one",
      async (opened) => {
        await send(opened, messages(locale));
        await expect
          .poll(() => inkOfTimeAxes(opened.page))
          .toEqual({ nearEdge: fiveTimes(true), atEdge: fiveTimes(false) });
      },
      { width },
    );
  });
});
