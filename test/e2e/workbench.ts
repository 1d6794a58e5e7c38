// The workbench as a person sees it. Selectors are those of VS Code 1.139, and this is the only file that holds any.
import type { FrameLocator, Locator, Page } from "playwright-core";

/** A cold start on a busy machine. */
const START_MS = 60_000;
/** In which a window that is loaded again mostly shows what it showed, or has done what a key asked for. */
const SETTLED_MS = 2_000;
/** VS Code ignores a click right after a menu opened: the same gesture opened it. */
const MENU_MS = 250;
/** In which the palette or a menu is there, where nothing has closed it again. */
const OPEN_MS = 8_000;

/**
 * Opens a container of the activity bar and waits until it is the one shown. A window that is loaded again shows by
 * itself what it showed before, a moment later, and a click in that moment closes it.
 */
export async function openContainer(page: Page, title: string): Promise<void> {
  const icon = page.locator(`.activitybar .action-item:has(.action-label[aria-label^="${title}"])`).first();
  await icon.waitFor({ timeout: START_MS });
  const shown = page.locator(".part.sidebar .composite.title", { hasText: title });
  const isShownWithin = (timeout: number): Promise<boolean> =>
    shown.waitFor({ timeout }).then(
      () => true,
      () => false,
    );
  for (let patience = SETTLED_MS; patience < START_MS; patience *= 3) {
    if (await isShownWithin(patience)) return;
    await icon.click();
  }
  await shown.waitFor({ timeout: START_MS });
}

/** A row of a tree. The list is virtual: only what is scrolled into view, some thirty rows, is in the page. */
export const treeRow = (page: Page, text: string | RegExp): Locator =>
  page.locator(".pane-body .monaco-list-row", { hasText: text });

/** Expands a row without selecting it. */
export const expandRow = (row: Locator): Promise<void> => turnRow(row, "false", "true");
export const collapseRow = (row: Locator): Promise<void> => turnRow(row, "true", "false");

/** Waits until it is so: a key pressed before would find the row as it was. */
async function turnRow(row: Locator, from: string, to: string): Promise<void> {
  if ((await row.getAttribute("aria-expanded")) !== from) return;
  await row.locator(".monaco-tl-twistie").click();
  await row.and(row.page().locator(`[aria-expanded="${to}"]`)).waitFor({ timeout: OPEN_MS });
}

export async function clickInlineAction(row: Locator, title: string): Promise<void> {
  await row.hover();
  await row.locator(`.action-label[aria-label^="${title}"]`).click();
}

/** A window that is busy may close the menu again. */
export async function clickContextMenu(page: Page, row: Locator, title: string, attempts = 4): Promise<void> {
  await row.click({ button: "right" });
  const item = page.locator(".monaco-menu .action-item", { hasText: title }).first();
  try {
    await item.hover({ timeout: OPEN_MS });
    await page.waitForTimeout(MENU_MS);
    await item.click({ timeout: OPEN_MS });
  } catch (error) {
    if (attempts === 1) throw error;
    await page.keyboard.press("Escape");
    await clickContextMenu(page, row, title, attempts - 1);
  }
}

/** Titles of the context menu of a row; closes it again. */
export async function contextMenuTitles(page: Page, row: Locator): Promise<readonly string[]> {
  await row.click({ button: "right" });
  const items = page.locator(".monaco-menu .action-item .action-label:not(.separator)");
  await items.first().waitFor();
  const titles = await items.allInnerTexts();
  await page.keyboard.press("Escape");
  return titles.map((title) => title.trim()).filter((title) => title !== "");
}

/** The hover of a row, with the pointer resting on it. */
export async function tooltipOf(page: Page, row: Locator): Promise<Locator> {
  await row.hover();
  const hover = page.locator(".monaco-hover:visible, .workbench-hover:visible").first();
  await hover.waitFor({ timeout: 5_000 });
  return hover;
}

/** Runs a command from the palette by its exact title, category included. */
export async function runCommand(page: Page, title: string): Promise<void> {
  await inPalette(page, title, () => exactRow(page, title).click({ timeout: OPEN_MS }));
}

/** Titles that the palette offers for a search. */
export async function paletteTitles(page: Page, search: string): Promise<readonly string[]> {
  const rows = page.locator(".quick-input-list .monaco-list-row .label-name");
  const titles = await inPalette(page, search, async () => {
    await rows.first().waitFor({ timeout: OPEN_MS });
    return rows.allInnerTexts();
  });
  await page.keyboard.press("Escape");
  return titles;
}

/** A page that comes or goes takes the focus along: the key does not arrive, or the palette closes again. */
async function inPalette<T>(page: Page, text: string, act: () => Promise<T>, attempts = 4): Promise<T> {
  const input = page.locator(".quick-input-widget input.input");
  await page.keyboard.press("F1");
  try {
    await input.waitFor({ state: "visible", timeout: OPEN_MS });
    await input.fill(`>${text}`, { timeout: OPEN_MS });
    return await act();
  } catch (error) {
    if (attempts === 1) throw error;
    await page.keyboard.press("Escape");
    return inPalette(page, text, act, attempts - 1);
  }
}

const exactRow = (page: Page, title: string): Locator =>
  page
    .locator(".quick-input-list .monaco-list-row")
    .filter({ has: page.getByText(title, { exact: true }) })
    .first();

/** Takes the entry of the open quick pick that is called so; where several may be taken, ticks or unticks it. */
export const pick = (page: Page, name: string): Promise<void> => exactRow(page, name).click();

/** Takes what is ticked in the open quick pick. */
export const acceptPick = (page: Page): Promise<void> =>
  page.locator(".quick-input-widget .monaco-button", { hasText: "OK" }).click();

export const inputBox = (page: Page): Locator => page.locator(".quick-input-widget input.input");
export const inputTitle = (page: Page, text: string | RegExp): Locator =>
  page.locator(".quick-input-title", { hasText: text });
export const inputMessage = (page: Page, text: string | RegExp): Locator =>
  page.locator(".quick-input-message", { hasText: text });

export const toast = (page: Page, text: string | RegExp): Locator =>
  page.locator(".notifications-toasts .notification-toast", { hasText: text });

/** A notification in the centre, where it is open. */
export const notification = (page: Page, text: string | RegExp): Locator =>
  page.locator(".notifications-center .monaco-list-row", { hasText: text });

/** A modal dialog and its button. */
export const dialog = (page: Page, text: string | RegExp): Locator =>
  page.locator(".monaco-dialog-box", { hasText: text });
export const dialogButton = (page: Page, title: string): Locator =>
  page.locator(".monaco-dialog-box .monaco-button", { hasText: title });

export const editorTab = (page: Page, label: string | RegExp): Locator =>
  page.locator(".tabs-container .tab", { hasText: label });

/** The document within the webview that is in front. */
export const webview = (page: Page): FrameLocator =>
  page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");

/** How many pixels of a canvas are painted: a chart that is there but empty gives 0. */
export function paintedPixels(canvas: Locator): Promise<number> {
  return canvas.evaluate((element) => {
    // Runs in the page, whose types this project does not load.
    interface Canvas {
      readonly width: number;
      readonly height: number;
      getContext(kind: "2d"): { getImageData(...box: readonly number[]): { readonly data: ArrayLike<number> } } | null;
    }
    const surface = element as unknown as Canvas;
    const data = surface.getContext("2d")?.getImageData(0, 0, surface.width, surface.height).data ?? [];
    let painted = 0;
    for (let alpha = 3; alpha < data.length; alpha += 4) if (data[alpha] !== 0) painted++;
    return painted;
  });
}

/** The text of the terminal in front; it is drawn, but kept for screen readers as well. */
export const terminal = (page: Page): Locator => page.locator(".terminal-wrapper.active .xterm").first();

/** The looks of the workbench: the value of the setting, the title in the list of themes, the mark on the window. */
export const THEMES = {
  light: { setting: "Light Modern", title: "Light Modern", mark: "vs" },
  dark: { setting: "Dark Modern", title: "Dark Modern", mark: "vs-dark" },
  "high-contrast": { setting: "Default High Contrast", title: "Dark High Contrast", mark: "hc-black" },
  "high-contrast-light": { setting: "Default High Contrast Light", title: "Light High Contrast", mark: "hc-light" },
} as const;

export type ThemeName = keyof typeof THEMES;

/** Gives the window another look and waits until it has it. */
export async function chooseTheme(page: Page, theme: ThemeName): Promise<void> {
  await runCommand(page, "Preferences: Color Theme");
  await inputBox(page).fill(THEMES[theme].title);
  await exactRow(page, THEMES[theme].title).click();
  await page.locator(`.monaco-workbench.${THEMES[theme].mark}`).waitFor();
  await inputBox(page).waitFor({ state: "hidden" });
}

/** Writes the user settings as a person does who prefers the file; by way of the clipboard, for what is typed grows. */
export async function writeUserSettings(page: Page, settings: object): Promise<void> {
  await runCommand(page, "Preferences: Open User Settings (JSON)");
  await page.locator(".editor-instance .view-lines").first().waitFor();
  await page.locator(".editor-instance .monaco-editor").first().click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(JSON.stringify(settings))})`);
  await page.keyboard.press("ControlOrMeta+v");
  await page.keyboard.press("ControlOrMeta+s");
  await page.locator(".tabs-container .tab.dirty").waitFor({ state: "hidden" });
  await closeSettings(page);
}

/** Where no editor is open they open above the window, where there is no palette; Escape may only close a hint there. */
async function closeSettings(page: Page, attempts = 4): Promise<void> {
  const above = page.locator(".modal-editor-part");
  if ((await above.count()) === 0) return runCommand(page, "View: Close Editor");
  await page.keyboard.press("Escape");
  try {
    await above.waitFor({ state: "hidden", timeout: SETTLED_MS });
  } catch (error) {
    if (attempts === 1) throw error;
    await closeSettings(page, attempts - 1);
  }
}

/** What an empty view says, and its buttons. */
export const welcome = (page: Page): Locator => page.locator(".welcome-view-content");

export const statusBarItem = (page: Page): Locator => page.locator(".statusbar-item[id*='gpuDev']");

/** Closes what hides the view: toasts and the pointer's hover. */
export async function tidy(page: Page): Promise<void> {
  await runCommand(page, "Notifications: Clear All Notifications");
  await page.mouse.move(0, 0);
}
