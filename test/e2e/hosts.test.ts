import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { journeys } from "./journey.ts";
import { startVisit, type Visit } from "./session.ts";
import * as ui from "./workbench.ts";

const WAIT_MS = 60_000;
const UNPIN = "Unpin from Status Bar";

describe("a person who chooses which machines to see", () => {
  let visit: Visit;

  beforeAll(async () => {
    visit = await startVisit({ settings: { "workbench.editor.useModal": "off" } });
    await visit.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await ui.openContainer(visit.page, "GPU Environments");
    await row(/^trainer/).waitFor({ timeout: WAIT_MS });
  });

  afterAll(async () => {
    await visit.stop();
  });

  const journey = journeys(() => visit);
  const row = (text: RegExp): ReturnType<typeof ui.treeRow> => ui.treeRow(visit.page, text).first();

  journey("pins one to the status bar and lets it go, and is offered to only while one is pinned", async () => {
    const { page } = visit;
    /** Undefined until the palette shows what was searched for. */
    const isOffered = async (): Promise<boolean | undefined> => {
      const titles = await ui.paletteTitles(page, "GPU: Status Bar");
      return titles.includes("GPU: Show in Status Bar") ? titles.includes(`GPU: ${UNPIN}`) : undefined;
    };
    const pinActions = async (name: RegExp): Promise<readonly string[]> =>
      (await ui.contextMenuTitles(page, row(name))).filter((title) => title.includes("Status Bar"));
    await expect.poll(isOffered, { timeout: WAIT_MS }).toBe(false);
    expect(await pinActions(/^trainer/)).toEqual(["Show in Status Bar"]);
    await ui.clickContextMenu(page, row(/^trainer/), "Show in Status Bar");
    await ui
      .statusBarItem(page)
      .filter({ hasText: /trainer.*%/ })
      .waitFor({ timeout: WAIT_MS });
    await expect.poll(isOffered, { timeout: WAIT_MS }).toBe(true);
    await expect.poll(() => pinActions(/^trainer/), { timeout: WAIT_MS }).toEqual([UNPIN]);
    expect(await pinActions(/^vault/)).toEqual(["Show in Status Bar"]);
    await ui.runCommand(page, `GPU: ${UNPIN}`);
    await ui.statusBarItem(page).waitFor({ state: "hidden", timeout: WAIT_MS });
    await expect.poll(isOffered, { timeout: WAIT_MS }).toBe(false);
  });

  journey("hides one from the palette, and its open health page goes on", async () => {
    const { page } = visit;
    await ui.clickContextMenu(page, row(/^trainer/), "Show GPU Health");
    const panel = ui.webview(page);
    await panel.getByRole("heading", { name: "trainer" }).waitFor({ timeout: WAIT_MS });
    await panel.getByText("mira").first().waitFor({ timeout: WAIT_MS });
    await ui.runCommand(page, "GPU: Hide Host");
    await ui.inputTitle(page, "Hide Host").waitFor({ timeout: WAIT_MS });
    await ui.pick(page, "trainer");
    await ui.toast(page, "trainer is hidden").waitFor({ timeout: WAIT_MS });
    await row(/^trainer/).waitFor({ state: "hidden", timeout: WAIT_MS });
    await ui.tidy(page);
    await panel.getByRole("button", { name: "Open Terminal" }).click();
    await ui.terminal(page).waitFor({ timeout: WAIT_MS });
    await ui.runCommand(page, "Terminal: Kill All Terminals");
    await ui.runCommand(page, "View: Close All Editors");
  });

  journey("ticks it again, and unticks all of them", async () => {
    const { page } = visit;
    await ui.runCommand(page, "GPU: Choose Hosts…");
    await ui.inputTitle(page, "Choose Hosts").waitFor({ timeout: WAIT_MS });
    await ui.pick(page, "trainer");
    await ui.acceptPick(page);
    await row(/^trainer/).waitFor({ timeout: WAIT_MS });
    await ui.runCommand(page, "GPU: Choose Hosts…");
    for (const name of ["trainer", "lab-a10", "flaky-l4", "vault", "bastion"]) await ui.pick(page, name);
    await ui.acceptPick(page);
    const empty = ui.welcome(page).filter({ hasText: "Every host is hidden." });
    await empty.waitFor({ timeout: WAIT_MS });
    await empty.getByRole("button", { name: "Choose Hosts" }).click();
    for (const name of ["trainer", "lab-a10"]) await ui.pick(page, name);
    await ui.acceptPick(page);
    await row(/^lab-a10/).waitFor({ timeout: WAIT_MS });
    await row(/^vault/).waitFor({ state: "hidden", timeout: WAIT_MS });
  });

  journey("adds one, hides it, and sees it again by adding it once more", async () => {
    const { page } = visit;
    const address = "nobody@127.0.0.1:1";
    const add = async (): Promise<void> => {
      await ui.runCommand(page, "GPU: Add SSH Host…");
      await ui.inputTitle(page, "Add SSH Host").waitFor({ timeout: WAIT_MS });
      await ui.inputBox(page).fill(address);
      await page.keyboard.press("Enter");
    };
    await add();
    await row(/^nobody@/).waitFor({ timeout: WAIT_MS });
    await ui.clickContextMenu(page, row(/^nobody@/), "Hide Host");
    await row(/^nobody@/).waitFor({ state: "hidden", timeout: WAIT_MS });
    await ui.tidy(page);
    await add();
    await row(/^nobody@/).waitFor({ timeout: WAIT_MS });
    await add();
    await ui.toast(page, `${address} is in the list already.`).waitFor({ timeout: WAIT_MS });
    await ui.tidy(page);
  });

  journey("copies diagnostics that name no machine and no address", async () => {
    const { page } = visit;
    await ui.clickContextMenu(page, row(/^nobody@/), "Reconnect…");
    await ui.toast(page, "refuses the connection").waitFor({ timeout: WAIT_MS });
    await ui.tidy(page); // of four messages within 800 ms VS Code draws three
    await ui.runCommand(page, "GPU: Copy Diagnostics");
    await ui.toast(page, "The diagnostics are on the clipboard").waitFor({ timeout: WAIT_MS });
    const report = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(report).toMatch(/^host 1 \(SSH host, /m);
    expect(report).toMatch(/<host \d>: /);
    expect(report).toMatch(/<address \d>/);
    expect(report).not.toMatch(/trainer|lab-a10|nobody|127\.0\.0\.\d/);
    expect(report).not.toContain(visit.home.directory);
    await ui.tidy(page);
  });

  journey("names another SSH configuration while the window is open, and the rows follow", async () => {
    const { page, home } = visit;
    const settingsFile = path.join(visit.server.userData, "User/settings.json");
    const settings = async (configFile: string): Promise<void> => {
      const current = JSON.parse(await readFile(settingsFile, "utf8")) as object;
      await ui.writeUserSettings(page, { ...current, "gpuDev.ssh.configFile": configFile, "gpuDev.ssh.hosts": [] });
    };
    const [other, nothing] = ["other", "nothing"].map((name) => path.join(home.directory, name));
    const config = await readFile(home.sshConfigFile, "utf8");
    await writeFile(other ?? "", config.replace(/^Host trainer$/m, "Host elsewhere"));
    await writeFile(nothing ?? "", "");
    await settings(other ?? "");
    await row(/^elsewhere/)
      .filter({ hasText: /8×H100 · \d+ %/ })
      .waitFor({ timeout: WAIT_MS });
    await row(/^trainer/).waitFor({ state: "hidden", timeout: WAIT_MS });
    await settings(nothing ?? "");
    await ui.welcome(page).filter({ hasText: "No GPU machine is known yet." }).waitFor({ timeout: WAIT_MS });
    await ui.runCommand(page, "GPU: Choose Hosts…");
    const told = ui.toast(page, "There is no host to choose");
    await told.waitFor({ timeout: WAIT_MS });
    await told.getByRole("button", { name: "Add SSH Host" }).click();
    await ui.inputTitle(page, "Add SSH Host").waitFor({ timeout: WAIT_MS });
    await page.keyboard.press("Escape");
  });

  journey("has a thousand of them, the first and the last of which are a key away", async () => {
    const { page, home } = visit;
    const settingsFile = path.join(visit.server.userData, "User/settings.json");
    const current = JSON.parse(await readFile(settingsFile, "utf8")) as object;
    const many = path.join(home.directory, "many");
    const names = Array.from({ length: 1_000 }, (_, index) => `node-${String(index).padStart(4, "0")}`);
    await writeFile(many, names.map((name) => `Host ${name}\n`).join(""));
    const settings = { "gpuDev.ssh.connectAutomatically": false, "gpuDev.ssh.configFile": many };
    await ui.writeUserSettings(page, { ...current, ...settings });
    const all = row(/^node-/).and(page.locator('[aria-setsize="1000"]'));
    await all.waitFor({ timeout: WAIT_MS });
    await all.click();
    await page.keyboard.press("End");
    await row(/^node-0999/).waitFor({ timeout: WAIT_MS });
    await row(/^node-0000/).waitFor({ state: "hidden", timeout: WAIT_MS });
    await page.keyboard.press("Home");
    await row(/^node-0000/).waitFor({ timeout: WAIT_MS });
  });
});
