// npm run screenshots: the pictures of the README, taken from the packaged extension at work in a real VS Code.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "playwright-core";
import { packageExtension } from "../package.ts";
import { requirePrograms } from "../prerequisites.ts";
import { installWorkbench } from "../workbench/install.ts";
import { seedMachines } from "../sandbox/cloud.ts";
import { answerQuestions } from "./questions.ts";
import { startVisit, type Session, type SessionOptions, type Visit } from "./session.ts";
import * as ui from "./workbench.ts";

const PICTURES = path.resolve(import.meta.dirname, "../../resources/pictures");
const READING_MS = 60_000;
/** How long a chart is left to grow a curve worth showing. */
const CHART_MS = 90_000;

await requirePrograms("sshd", "ssh", "ps", "chromium");
await installWorkbench();
await packageExtension();
await mkdir(PICTURES, { recursive: true });
const LOOK = {
  settings: { "workbench.colorTheme": ui.THEMES.dark.setting },
  window: { viewport: { width: 1280, height: 800 }, scale: 2 },
};
await during({}, takeAll);
await during({ cloud: true, prepare: seed }, takeCloud);

async function during(options: SessionOptions, act: (visit: Visit) => Promise<void>): Promise<void> {
  const visit = await startVisit({ ...LOOK, ...options });
  try {
    await act(visit);
  } catch (error) {
    console.error(`Evidence: ${await visit.keepEvidence("screenshots")}`);
    throw error;
  } finally {
    await visit.stop();
  }
}

function seed({ cloud }: Session): Promise<void> {
  if (cloud) seedMachines(cloud);
  return Promise.resolve();
}

/** A machine is provisioned and watched, beside others that are off. */
async function takeCloud({ page }: Visit): Promise<void> {
  await ui.openContainer(page, "GPU Environments");
  await ui.treeRow(page, /^llm-pretrain/).waitFor({ timeout: READING_MS });
  await ui.clickInlineAction(ui.treeRow(page, /^AWS sandbox/), "Provision");
  await answerQuestions(page, {
    GPUs: { pick: "1× NVIDIA L4" },
    Name: { type: "finetune" },
    "Who reaches it": { type: "192.0.2.7" },
  });
  await ui.dialog(page, "Launch finetune?").waitFor({ timeout: READING_MS });
  await page.screenshot({ path: path.join(PICTURES, "plan.png"), animations: "disabled" });
  await ui.dialogButton(page, "Launch").click();
  const made = ui.treeRow(page, /^finetune.*1×L4 · \d/);
  await made.waitFor({ timeout: READING_MS });
  await ui.expandRow(made.first());
  await widenSidebar(page);
  await take(page, "cloud", { x: 0, y: 36, width: 560, height: 420 });
}

/** By the sash beside it, so that rows are read to their end. */
async function widenSidebar(page: Page): Promise<void> {
  await page.mouse.move(350, 600);
  await page.mouse.down();
  await page.mouse.move(558, 600, { steps: 5 });
  await page.mouse.up();
}

async function takeAll({ page, boxes }: Visit): Promise<void> {
  await ui.openContainer(page, "GPU Environments");
  const trainer = ui.treeRow(page, /^trainer/).first();
  await trainer.filter({ hasText: "%" }).waitFor({ timeout: READING_MS });
  await ui.expandRow(trainer);
  await ui.expandRow(ui.treeRow(page, /^lab-a10/).first());
  await ui
    .treeRow(page, /^GPU 7/)
    .filter({ hasText: "°C" })
    .first()
    .waitFor({ timeout: READING_MS });
  await ui.clickContextMenu(page, trainer, "Show GPU Health");
  await ui.webview(page).locator("canvas").first().waitFor({ timeout: READING_MS });
  await ui.webview(page).getByText("mira").first().waitFor({ timeout: READING_MS });
  await delay(CHART_MS);
  for (const theme of ["light", "high-contrast", "dark"] as const) {
    await ui.chooseTheme(page, theme);
    await take(page, `panel-${theme}`);
  }
  await take(page, "tree", { x: 0, y: 36, width: 352, height: 420 });
  await ui.webview(page).getByRole("heading", { name: "Last hour" }).scrollIntoViewIfNeeded();
  await ui.webview(page).locator("canvas").last().scrollIntoViewIfNeeded();
  await take(page, "charts");
  await takeErrors({ page, boxes });
  await ui.runCommand(page, "GPU: Show Fleet Health");
  await ui.webview(page).getByText("flaky-l4").first().waitFor({ timeout: READING_MS });
  await take(page, "fleet");
}

async function takeErrors({ page, boxes }: Pick<Visit, "page" | "boxes">): Promise<void> {
  await boxes.box("flaky-l4").setFault("lost 1");
  await boxes.box("vault").setFault("version-mismatch");
  const flaky = ui.treeRow(page, /^flaky-l4/).first();
  await ui.clickContextMenu(page, flaky, "Show GPU Health");
  await ui.editorTab(page, "GPU Health: flaky-l4").waitFor();
  await ui
    .webview(page)
    .getByText(/fallen off|fell off|lost/i)
    .first()
    .waitFor({ timeout: READING_MS });
  await ui.webview(page).getByText("Reading…").waitFor({ state: "hidden", timeout: READING_MS });
  await take(page, "errors");
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

async function take(page: Page, name: string, clip?: Area): Promise<void> {
  await ui.tidy(page);
  const file = path.join(PICTURES, `${name}.png`);
  await page.screenshot({ path: file, animations: "disabled", ...(clip ? { clip } : {}) });
  console.log(file);
}
