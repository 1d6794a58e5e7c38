import { appendFile, readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { SandboxCloud } from "../sandbox/cloud.ts";
import { journeys } from "./journey.ts";
import { startVisit, type Visit } from "./session.ts";
import * as ui from "./workbench.ts";

const WAIT_MS = 60_000;
const REGIONS = ["us-east-1", "eu-central-1"] as const;

/** A second profile with the credentials of another one. */
async function addProfile(home: string, name: string, of: string): Promise<void> {
  for (const [file, heading] of [
    ["config", "profile "],
    ["credentials", ""],
  ] as const) {
    const text = await readFile(path.join(home, ".aws", file), "utf8");
    const more = text.replace(`[${heading}${of}]`, `[${heading}${name}]`);
    await appendFile(path.join(home, ".aws", file), more);
  }
}

describe("a person with an account of AWS that has many machines", () => {
  let visit: Visit;
  let cloud: SandboxCloud;

  beforeAll(async () => {
    visit = await startVisit({
      cloud: true,
      settings: { "gpuDev.ssh.showConfigHosts": false, "gpuDev.aws.accounts": [] },
      prepare: async ({ cloud: started, home }) => {
        cloud = started ?? expect.fail("The session has no cloud.");
        const add = (region: string, Name: string, instanceType: string, team: string): void =>
          void cloud.emulator.addInstance({ region, instanceType, state: "stopped", tags: { Name, team } });
        add("us-east-1", "vision-a", "g5.xlarge", "vision");
        add("us-east-1", "vision-b", "g6.xlarge", "vision");
        add("us-east-1", "speech", "g5.xlarge", "speech");
        add("us-east-1", "web", "m5.large", "vision");
        add("eu-central-1", "far", "g5.xlarge", "vision");
        await addProfile(home.directory, "second", "sandbox");
      },
    });
    await visit.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await ui.openContainer(visit.page, "GPU Environments");
  });

  afterAll(async () => {
    await visit.stop();
  });

  const journey = journeys(() => visit, { timeout: 180_000 });
  const row = (name: string) => ui.treeRow(visit.page, new RegExp(`^${name}`)).first();
  const set = async (changes: object): Promise<void> => {
    const file = path.join(visit.server.userData, "User/settings.json");
    const before = JSON.parse(await readFile(file, "utf8")) as object;
    await ui.writeUserSettings(visit.page, { ...before, ...changes });
  };
  const seesOnly = async (...names: readonly string[]): Promise<void> => {
    const seen = async (): Promise<readonly string[]> => {
      const rows = await ui.treeRow(visit.page, /stopped/).all();
      const spoken = await Promise.all(rows.map((each) => each.getAttribute("aria-label")));
      return spoken.map((text) => text?.split(",")[0] ?? "").toSorted();
    };
    await expect.poll(seen, { timeout: WAIT_MS }).toEqual(names.toSorted());
  };

  journey("chooses the account and its regions, and sees each region under a heading", async () => {
    const { page } = visit;
    await ui.welcome(page).getByText("Choose AWS Accounts").click();
    await ui.inputTitle(page, "Choose AWS Accounts").waitFor({ timeout: WAIT_MS });
    await ui.pick(page, "sandbox");
    await ui.acceptPick(page);
    await ui.inputTitle(page, "Regions of sandbox").waitFor({ timeout: WAIT_MS });
    for (const region of REGIONS) await ui.pick(page, region);
    await ui.acceptPick(page);
    for (const region of REGIONS) await row(`AWS sandbox · ${region}`).waitFor({ timeout: WAIT_MS });
    await seesOnly("vision-a", "vision-b", "speech", "far"); // the one without a GPU is left out
  });

  journey("sees machines without a GPU too, only those of a tag, and only those of their own", async () => {
    await set({ "gpuDev.aws.gpuOnly": false });
    await seesOnly("vision-a", "vision-b", "speech", "far", "web");
    await set({ "gpuDev.aws.tag": "team=vision" });
    await seesOnly("vision-a", "vision-b", "far", "web");
    await set({ "gpuDev.aws.mineOnly": true });
    await ui
      .treeRow(visit.page, /^AWS sandbox.*no machines/)
      .first()
      .waitFor({ timeout: WAIT_MS });
    await seesOnly();
    await set({ "gpuDev.aws.gpuOnly": true, "gpuDev.aws.tag": "", "gpuDev.aws.mineOnly": false });
    await seesOnly("vision-a", "vision-b", "speech", "far");
  });

  journey("deletes two at once, which takes the name of one, and no other", async () => {
    const { page } = visit;
    await row("vision-a").click();
    await row("vision-b").click({ modifiers: ["Control"] });
    await ui.clickContextMenu(page, row("vision-b"), "Delete…");
    const dialog = ui.dialog(page, "Delete 2 machines?");
    await dialog.waitFor({ timeout: WAIT_MS });
    expect(await dialog.innerText()).toMatch(/vision-a[\s\S]*Lost:[\s\S]*vision-b[\s\S]*Lost:/);
    await ui.dialogButton(page, "Delete").first().click();
    await ui.inputTitle(page, "Delete 2 machines").waitFor({ timeout: WAIT_MS });
    await ui.inputMessage(page, "Type vision-a to delete it and vision-b.").waitFor({ timeout: WAIT_MS });
    await ui.inputBox(page).fill("vision");
    await ui.inputMessage(page, "That is not its name.").waitFor({ timeout: WAIT_MS });
    await page.keyboard.press("Enter");
    await row("vision-a").waitFor(); // nothing has happened yet
    await ui.inputBox(page).fill("vision-a");
    await page.keyboard.press("Enter");
    await seesOnly("speech", "far");
    const left = (): readonly (string | undefined)[] =>
      cloud.emulator
        .region("us-east-1")
        .instances.filter(({ state }) => state !== "terminated")
        .map(({ tags }) => tags.get("Name"));
    await expect.poll(left, { timeout: WAIT_MS }).toEqual(["speech", "web"]);
  });

  journey("sees what two accounts show below each of them, and in both what becomes of it", async () => {
    const { page } = visit;
    const both = ["sandbox", "second"].map((profile) => ({ profile, name: profile, regions: ["us-east-1"] }));
    await set({ "gpuDev.aws.accounts": both });
    await row("AWS second").waitFor({ timeout: WAIT_MS });
    const shown = (words: string) => ui.treeRow(page, new RegExp(`^speech.*${words}`));
    await expect.poll(() => shown("").count(), { timeout: WAIT_MS }).toBe(2);
    cloud.emulator.setDurations({ pendingMs: 4_000 });
    await ui.clickContextMenu(page, shown("stopped").last(), "Resume…");
    await ui.dialog(page, "Resume: speech?").waitFor({ timeout: WAIT_MS });
    await ui.dialogButton(page, "Resume").click();
    await expect.poll(() => shown("starting|accepted").count(), { timeout: WAIT_MS }).toBe(2);
    await expect.poll(() => shown("connecting|unreachable").count(), { timeout: WAIT_MS }).toBe(2);
  });
});
