import { afterAll, beforeAll, describe, expect } from "vitest";
import { journeys } from "./journey.ts";
import { startVisit, type Visit } from "./session.ts";
import * as ui from "./workbench.ts";

const CONTAINER = "GPU Environments";
/** The first reading of a machine, on a busy computer. */
const READING_MS = 60_000;

describe("a person who has four GPU machines in the SSH configuration", () => {
  let visit: Visit;

  beforeAll(async () => {
    visit = await startVisit();
    await ui.openContainer(visit.page, CONTAINER);
  });

  afterAll(async () => {
    await visit.stop();
  });

  const journey = journeys(() => visit);

  journey("sees what each machine has, also behind the jump host", async () => {
    const { page } = visit;
    for (const [alias, gpus] of [
      ["trainer", "8×H100"],
      ["flaky-l4", "2×L4"],
      ["vault", "4×A100"],
    ] as const)
      await ui
        .treeRow(page, alias)
        .filter({ hasText: new RegExp(`${gpus} · \\d+ %`) })
        .waitFor({ timeout: READING_MS });
    await ui.treeRow(page, "lab-a10").filter({ hasText: "A10" }).waitFor({ timeout: READING_MS });
  });

  journey("expands a machine and sees its GPUs move", async () => {
    const { page } = visit;
    const trainer = ui.treeRow(page, /^trainer/).first();
    await ui.expandRow(trainer);
    const gpu = ui.treeRow(page, /^GPU 0/).filter({ hasText: /\d+ % · \d+\/80 GiB · \d+ °C/ });
    await gpu.waitFor({ timeout: READING_MS });
    const first = await gpu.innerText();
    await expect.poll(() => gpu.innerText(), { timeout: 20_000 }).not.toBe(first);
    await ui.collapseRow(trainer);
  });

  journey("watches a machine in the health panel, with charts that are painted", async () => {
    const { page } = visit;
    await ui.clickContextMenu(page, ui.treeRow(page, /^trainer/).first(), "Show GPU Health");
    await ui.editorTab(page, "GPU Health: trainer").waitFor();
    const panel = ui.webview(page);
    await panel.getByRole("heading", { name: "trainer" }).waitFor({ timeout: READING_MS });
    await panel.getByText("NVIDIA H100 80GB HBM3").first().waitFor({ timeout: READING_MS });
    const chart = panel.locator("canvas").first();
    await chart.waitFor();
    await expect.poll(() => ui.paintedPixels(chart), { timeout: READING_MS }).toBeGreaterThan(0);
    await panel.getByText("mira").first().waitFor({ timeout: READING_MS });
  });

  journey("opens a machine of which a GPU was lost meanwhile: it keeps its number, and is told of once", async () => {
    const { page, boxes } = visit;
    await boxes.box("flaky-l4").setFault("lost 1");
    await ui.clickContextMenu(page, ui.treeRow(page, /^flaky-l4/).first(), "Show GPU Health");
    await ui.editorTab(page, "GPU Health: flaky-l4").waitFor();
    const panel = ui.webview(page);
    await panel.getByText("Lost:").waitFor({ timeout: READING_MS });
    await panel.getByText("Live", { exact: true }).waitFor({ timeout: READING_MS });
    const titles = await panel.locator(".card h3").allInnerTexts();
    expect(titles.map((title) => title.split("\n")[0]?.trim())).toEqual(["GPU 0", "GPU 1"]);
    await panel.getByText("GPU 1 is lost").waitFor();
    expect(await panel.getByText("GPUs are visible").count()).toBe(0);
    await boxes.box("flaky-l4").reset();
    await ui.runCommand(page, "View: Close Editor");
  });

  journey("is told why nothing is read where a lost GPU keeps nvidia-smi from reading the others", async () => {
    const { page, boxes } = visit;
    await boxes.box("vault").setFault("lost 1");
    await ui.clickContextMenu(page, ui.treeRow(page, /^vault/).first(), "Show GPU Health");
    await ui.editorTab(page, "GPU Health: vault").waitFor();
    const panel = ui.webview(page);
    await panel.getByRole("heading", { name: "A GPU has fallen off the bus" }).waitFor({ timeout: READING_MS });
    await panel.getByText("XID 79 on GPU 1").waitFor({ timeout: READING_MS });
    expect(await panel.getByText("does not answer").count()).toBe(0);
    await ui.runCommand(page, "View: Close Editor");
  });

  journey("sees at once that a GPU has fallen off the bus, and that a reset brought it back", async () => {
    const { page, boxes } = visit;
    const flaky = ui.treeRow(page, /^flaky-l4/).first();
    await boxes.box("flaky-l4").reset(); // it loses the GPU by itself after three minutes
    await ui.expandRow(flaky);
    const second = ui
      .treeRow(page, /^GPU 1/)
      .filter({ hasText: "°C" })
      .first();
    await second.waitFor({ timeout: READING_MS });
    await boxes.box("flaky-l4").setFault("lost 1");
    await ui
      .treeRow(page, /fell off|fallen off|lost|no longer/i)
      .first()
      .waitFor({ timeout: READING_MS });
    await second.waitFor({ state: "hidden", timeout: READING_MS });
    await boxes.box("flaky-l4").reset();
    await second.waitFor({ timeout: READING_MS });
  });

  journey("asks nothing of any address outside this computer", async () => {
    await Promise.resolve();
    expect([...visit.outsideOrigins]).toEqual([]);
  });
});
