import { AxeBuilder } from "@axe-core/playwright";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { journeys } from "./journey.ts";
import { startVisit, type Visit } from "./session.ts";
import * as ui from "./workbench.ts";

const WAIT_MS = 60_000;
/** The spoken sentence of a row has commas where the row itself has dots, so it does not hold the same text. */
const NOT_IN_ROWS = "label-content-name-mismatch";
const WEBVIEW = ["iframe.webview.ready", "#active-frame", "body"];

describe("a person who uses a screen reader or the keyboard alone", () => {
  let visit: Visit;

  beforeAll(async () => {
    visit = await startVisit();
    await ui.openContainer(visit.page, "GPU Environments");
    await ui
      .treeRow(visit.page, /^trainer/)
      .filter({ hasText: "%" })
      .waitFor({ timeout: WAIT_MS });
  });

  afterAll(async () => {
    await visit.stop();
  });

  const journey = journeys(() => visit);

  /** Serious and critical findings in a part of the window. */
  const violations = async (part: string | string[], ...exceptRules: readonly string[]): Promise<readonly string[]> => {
    // Of a part that is not there nothing would be found.
    if (part === WEBVIEW) await ui.webview(visit.page).locator("body").waitFor({ timeout: WAIT_MS });
    const axe = new AxeBuilder({ page: visit.page }).include(part).disableRules([...exceptRules]);
    const { violations: all } = await axe.analyze();
    return all
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
  };

  const focused = (): Promise<string> =>
    visit.page.evaluate<string>(
      "document.activeElement.getAttribute('aria-label') ?? document.activeElement.className",
    );

  /** What has the focus within the page in front. */
  const focusedInPanel = (): Promise<string> =>
    ui
      .webview(visit.page)
      .locator("body")
      .evaluate((): string => {
        const page = globalThis as unknown as {
          readonly document: { readonly activeElement: { readonly textContent: string } };
        };
        return page.document.activeElement.textContent; // runs in the page, whose types this project does not load
      });

  journey("hears each row as a whole sentence", async () => {
    const { page } = visit;
    await ui.expandRow(ui.treeRow(page, /^trainer/).first());
    const machine = ui.treeRow(page, /^trainer/).first();
    await expect
      .poll(() => machine.getAttribute("aria-label"), { timeout: WAIT_MS })
      .toMatch(/^trainer, SSH host, 8×H100, \d+ %.*\.$/);
    const gpu = ui.treeRow(page, /^GPU 0/).first();
    await expect
      .poll(() => gpu.getAttribute("aria-label"), { timeout: WAIT_MS })
      .toMatch(/^GPU 0, H100, \d+ %, .* GiB, \d+ °C, \d+ W\.$/);
    await ui
      .treeRow(page, /^bastion/)
      .filter({ hasText: "no NVIDIA driver" })
      .waitFor({ timeout: WAIT_MS });
    expect(await ui.treeRow(page, /^bastion/).getAttribute("aria-label")).toBe("bastion, SSH host, no NVIDIA driver.");
  });

  journey("finds no serious flaw in the tree", async () => {
    expect(await violations(".part.sidebar .pane-body", NOT_IN_ROWS)).toEqual([]);
    await ui.collapseRow(ui.treeRow(visit.page, /^trainer/).first());
  });

  journey("opens the view, moves, expands and opens the health panel by keyboard", async () => {
    const { page } = visit;
    await ui.runCommand(page, "View: Close All Editors"); // a second attempt begins where the first one did
    await ui.collapseRow(ui.treeRow(page, /^trainer/).first());
    await ui.runCommand(page, "View: Show Explorer");
    await ui.runCommand(page, "View: Show GPU Environments");
    await page.keyboard.press("Home");
    await expect
      .poll(() => page.locator(".pane-body .monaco-list-row.focused").getAttribute("aria-label"))
      .toMatch(/^trainer,/);
    await page.keyboard.press("ArrowRight");
    await ui
      .treeRow(page, /^GPU 0/)
      .first()
      .waitFor({ timeout: WAIT_MS });
    await page.keyboard.press("ArrowDown");
    await expect
      .poll(() => page.locator(".pane-body .monaco-list-row.focused").getAttribute("aria-label"))
      .toMatch(/^GPU 0,/);
    await page.keyboard.press("Enter");
    await ui.editorTab(page, "GPU Health: trainer").waitFor({ timeout: WAIT_MS });
    await ui.webview(page).getByText("mira").first().waitFor({ timeout: WAIT_MS });
  });

  journey("finds no serious flaw in the health panel", async () => {
    expect(await violations(WEBVIEW)).toEqual([]);
  });

  journey("comes back to the view by keyboard when the selected GPU is in a machine that is collapsed", async () => {
    const { page } = visit;
    const trainer = ui.treeRow(page, /^trainer/).first();
    await ui.expandRow(trainer); // a second attempt finds it collapsed
    await ui
      .treeRow(page, /^GPU 0/)
      .first()
      .click();
    await ui.collapseRow(trainer);
    await expect.poll(() => trainer.getAttribute("aria-selected"), { timeout: WAIT_MS }).toBe("true");
    await ui.runCommand(page, "View: Show Explorer");
    const body = ui.webview(page).locator("body");
    const before = await body.innerText();
    await expect.poll(() => body.innerText(), { timeout: WAIT_MS }).not.toBe(before); // its row has changed as well
    await ui.runCommand(page, "View: Show GPU Environments");
    await page.keyboard.press("Home");
    await expect
      .poll(() => page.locator(".pane-body .monaco-list-row.focused").getAttribute("aria-label"))
      .toMatch(/^trainer,/);
    expect(await ui.dialog(page, /./).count()).toBe(0);
  });

  journey("reaches every action of the panel with Tab, and turns the charts into tables", async () => {
    const { page } = visit;
    const panel = ui.webview(page);
    await ui.runCommand(page, "View: Focus Active Editor Group");
    await expect.poll(focused).toContain("webview");
    const reached: string[] = [];
    for (let press = 0; press < 40 && !reached.includes("Show as Table"); press++) {
      await page.keyboard.press("Tab");
      reached.push((await focusedInPanel()).trim());
    }
    const actions = await panel.locator(".page-header button").allInnerTexts();
    expect(actions).toContain("Open Terminal");
    expect(reached).toEqual(expect.arrayContaining([...actions, "Show as Table"]));
    await page.keyboard.press("Enter");
    await panel.getByRole("button", { name: "Show as Charts" }).waitFor({ timeout: WAIT_MS });
    await panel.locator("table.numbers").first().waitFor({ timeout: WAIT_MS });
    expect((await focusedInPanel()).trim()).toBe("Show as Charts");
    expect(await violations(WEBVIEW)).toEqual([]);
  });

  journey("finds no serious flaw in the fleet panel, and opens a machine from it by keyboard", async () => {
    const { page } = visit;
    await ui.runCommand(page, "View: Close All Editors");
    await ui.runCommand(page, "GPU: Show Fleet Health");
    const panel = ui.webview(page);
    await panel.getByText("flaky-l4").first().waitFor({ timeout: WAIT_MS });
    expect(await violations(WEBVIEW)).toEqual([]);
    await panel.getByRole("button", { name: "flaky-l4" }).focus();
    await page.keyboard.press("Enter");
    await ui.editorTab(page, "GPU Health: flaky-l4").waitFor({ timeout: WAIT_MS });
  });
});
