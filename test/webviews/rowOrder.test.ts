import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { FleetRow, HostMessage } from "../../src/panels/protocol.ts";
import { hasChromium } from "../browser.ts";
import { NOW } from "./fixtures.ts";
import type { OpenedPage } from "./openPage.ts";
import { pageBench, send } from "./pageBench.ts";
import { SCENARIOS } from "./scenarios.ts";

const { withPage } = pageBench();

const AT_FIRST = ["trainer-h100-b", "workstation-under-my-desk", "a100-shared", "inference-l40s", "trainer-h100"];
const ALARMED = ["inference-l40s", "trainer-h100-b", "workstation-under-my-desk", "a100-shared", "trainer-h100"];

const names = (page: Page): Promise<string[]> => page.locator("th.host button").allInnerTexts();

/** The row of the host called inference-l40s, as it is sent once something has happened to it. */
function changed(differing: Partial<FleetRow>): HostMessage {
  const all = SCENARIOS["fleet-5"]().messages.find((message) => message.type === "fleet");
  const row = all?.type === "fleet" ? all.rows.find(({ name }) => name === "inference-l40s") : undefined;
  if (all?.type !== "fleet" || row === undefined) throw new Error("The scenario has no such host.");
  return { type: "fleet-rows", now: NOW, tiles: all.tiles, rows: [{ ...row, ...differing }] };
}

const ALARM = changed({ problems: 9, worst: "critical", remark: "The driver finds no GPU" });
const alarm = (opened: OpenedPage): Promise<void> => send(opened, [ALARM]);

/** The page looks at its clock once a second. */
const passSeconds = ({ page }: OpenedPage, seconds: number): Promise<void> =>
  page.clock.setFixedTime(NOW + seconds * 1_000);

describe.skipIf(!hasChromium)("the rows of the fleet", () => {
  it("move to the top as soon as they have a critical problem", async () => {
    await withPage("fleet-5", async (opened) => {
      expect(await names(opened.page)).toEqual(AT_FIRST);
      await alarm(opened);
      expect(await names(opened.page)).toEqual(ALARMED);
    });
  });

  it("do not move while somebody points at them, and are in order once the pointer has left", async () => {
    await withPage("fleet-5", async (opened) => {
      await opened.page.getByRole("row", { name: "a100-shared" }).hover();
      await alarm(opened);
      await passSeconds(opened, 6);
      await opened.page.getByText("8 s ago").first().waitFor();
      expect(await names(opened.page)).toEqual(AT_FIRST);
      await opened.page.getByRole("searchbox").hover();
      await expect.poll(() => names(opened.page)).toEqual(ALARMED);
    });
  });

  it("are in order after a while under a pointer that rests", async () => {
    await withPage("fleet-5", async (opened) => {
      await opened.page.getByRole("row", { name: "a100-shared" }).hover();
      await alarm(opened);
      await passSeconds(opened, 11);
      await expect.poll(() => names(opened.page)).toEqual(ALARMED);
    });
  });

  it("are sorted anew at once for who asks for it, wherever the pointer is", async () => {
    await withPage("fleet-5", async (opened) => {
      await opened.page.getByRole("row", { name: "a100-shared" }).hover();
      await alarm(opened);
      await opened.page.getByRole("button", { name: "Host", exact: true }).press("Enter");
      await opened.page.getByRole("button", { name: "Problems", exact: true }).press("Enter");
      expect(await names(opened.page)).toEqual(ALARMED);
    });
  });

  it("do not move under the keyboard, and keep its focus when they move after a while", async () => {
    await withPage("fleet-5", async (opened) => {
      const focused = (): Promise<string> => opened.page.evaluate("document.activeElement.textContent");
      await opened.page.getByRole("button", { name: "inference-l40s" }).focus();
      await alarm(opened);
      expect(await names(opened.page)).toEqual(AT_FIRST);
      await passSeconds(opened, 11);
      await expect.poll(() => names(opened.page)).toEqual(ALARMED);
      expect(await focused()).toBe("inference-l40s");
      await opened.page.keyboard.press("Enter");
      await expect.poll(() => opened.page.evaluate("window.heard.at(-1).environmentId")).toBe("l40s");
    });
  });

  it("move for a number only every few seconds", async () => {
    await withPage("fleet-5", async (opened) => {
      await opened.page.getByRole("button", { name: "Busy" }).click();
      const before = await names(opened.page);
      expect(before[0]).not.toBe("inference-l40s");
      await send(opened, [changed({ busyPercent: { kind: "measured", value: 100, max: 100 } })]);
      expect(await names(opened.page)).toEqual(before);
      await passSeconds(opened, 6);
      await expect.poll(() => names(opened.page).then(([first]) => first)).toBe("inference-l40s");
    });
  });

  it("stay in place under the pointer when a host leaves the list, and a new one comes last", async () => {
    await withPage("fleet-5", async (opened) => {
      const all = SCENARIOS["fleet-5"]().messages.find((message) => message.type === "fleet");
      if (all?.type !== "fleet" || ALARM.type !== "fleet-rows") throw new Error("The scenario has no rows.");
      const [alarmed] = ALARM.rows;
      const rows = all.rows.filter(({ name }) => name !== "workstation-under-my-desk");
      const added = { ...alarmed, environmentId: "new", name: "new" };
      await opened.page.getByRole("row", { name: "a100-shared" }).hover();
      await send(opened, [{ ...all, rows: [added, ...rows] }]);
      const left = AT_FIRST.filter((name) => name !== "workstation-under-my-desk");
      expect(await names(opened.page)).toEqual([...left, "new"]);
    });
  });
});
