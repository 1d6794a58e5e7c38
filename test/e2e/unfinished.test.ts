import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { SANDBOX_REGION, type SandboxCloud } from "../sandbox/cloud.ts";
import { journeys } from "./journey.ts";
import { leaveBehind, type Left } from "./otherComputer.ts";
import { answerQuestions } from "./questions.ts";
import { startVisit, type Visit } from "./session.ts";
import * as ui from "./workbench.ts";

const WAIT_MS = 60_000;
const MINUTE_MS = 60_000;
/** The spoken sentence of a row has commas where the row itself has dots, so it does not hold the same text. */
const NOT_IN_ROWS = "label-content-name-mismatch";

describe("a person whose provisioning was interrupted", () => {
  let visit: Visit;
  let cloud: SandboxCloud;
  let lost: Left;
  /** Of a colleague, and of the same person a minute ago: perhaps on its way on the other computer. */
  let others: readonly Left[];

  beforeAll(async () => {
    visit = await startVisit({
      cloud: true,
      settings: { "gpuDev.ssh.showConfigHosts": false },
      prepare: async (session) => {
        cloud = session.cloud ?? expect.fail("The session has no cloud.");
        lost = await leaveBehind(cloud, { ageMs: 120 * MINUTE_MS });
        const ofColleague = await leaveBehind(cloud, { owner: "colleague", ageMs: 120 * MINUTE_MS });
        others = [ofColleague, await leaveBehind(cloud, { ageMs: MINUTE_MS })];
      },
    });
    await ui.openContainer(visit.page, "GPU Environments");
  });

  afterAll(async () => {
    await visit.stop();
  });

  const journey = journeys(() => visit, { timeout: 180_000 });
  const heading = () => ui.treeRow(visit.page, /^Unfinished/);
  const row = (name: string) => ui.treeRow(visit.page, new RegExp(`^${name}`)).first();
  const dialog = () => visit.page.locator(".monaco-dialog-box");
  const region = () => cloud.emulator.region(SANDBOX_REGION);
  const live = (name: string) =>
    region().instances.filter(({ tags, state }) => tags.get("Name") === name && state !== "terminated");
  /** Ids of the groups and names of the key pairs that are there, beside the account's own group. */
  const made = (): readonly string[] => {
    const { keyPairs, securityGroups } = region();
    const groups = securityGroups.filter(({ name }) => name !== "default").map(({ id }) => id);
    return [...groups, ...keyPairs.map(({ name }) => name)].sort();
  };
  const partsOf = (...left: readonly Left[]): readonly string[] =>
    left.flatMap(({ groupId, keyName }) => [groupId, keyName]).sort();

  journey("sees what an operation on another computer left, under a heading of its own", async () => {
    await heading().waitFor({ timeout: WAIT_MS });
    expect(await heading().getAttribute("aria-label")).toBe("Unfinished, may cost money.");
    const short = `operation ${lost.operationId.slice(0, 8)}`;
    const words = `the security group ${lost.groupId}, the key pair ${lost.keyName}`;
    expect(await row(short).innerText()).toContain(words);
    expect(await row(short).getAttribute("aria-label")).toBe(`${short}, begun 2 hr. ago: ${words}.`);
    expect(await row(short).getAttribute("aria-level")).toBe("2");
    await ui.treeRow(visit.page, /^AWS sandbox/).waitFor({ timeout: WAIT_MS });
    expect(await ui.treeRow(visit.page, /^operation/).count()).toBe(1);
    const titles = await ui.contextMenuTitles(visit.page, row(short));
    expect(titles).toContain("Delete What Is Left…");
    expect(titles).not.toContain("Finish");
    const axe = new AxeBuilder({ page: visit.page }).include(".part.sidebar .pane-body").disableRules([NOT_IN_ROWS]);
    expect((await axe.analyze()).violations.filter(({ impact }) => impact !== "minor")).toEqual([]);
  });

  journey("is told what is deleted, and that is deleted and nothing else", async () => {
    await ui.clickInlineAction(row("operation"), "Delete What Is Left");
    await dialog().waitFor({ timeout: WAIT_MS });
    const said = await dialog().innerText();
    for (const part of partsOf(lost)) expect(said).toContain(part);
    for (const part of partsOf(...others)) expect(said).not.toContain(part);
    await ui.dialogButton(visit.page, "Cancel").click();
    await dialog().waitFor({ state: "hidden", timeout: WAIT_MS });
    expect(made()).toEqual(partsOf(lost, ...others));

    await ui.clickContextMenu(visit.page, row("operation"), "Delete What Is Left");
    await ui.dialogButton(visit.page, "Delete").click({ timeout: WAIT_MS });
    await expect.poll(made, { timeout: WAIT_MS }).toEqual(partsOf(...others));
    await heading().waitFor({ state: "hidden", timeout: WAIT_MS });
  });

  const journal = () =>
    path.join(visit.server.userData, "User/globalStorage/gpu-dev-environments.gpu-dev-environments/operations");

  /** Begins a launch whose answer never arrives, and closes the window on it; comes back 20 minutes later. */
  const beInterrupted = async (name: string): Promise<void> => {
    const { page } = visit;
    const lostAnswer = { action: "RunInstances", effect: { kind: "trickle", everyMs: 600_000 } } as const;
    const isReal = ({ parameters }: { readonly parameters: unknown }) => !JSON.stringify(parameters).includes("DryRun");
    const fault = cloud.emulator.inject({ ...lostAnswer, matches: isReal });
    await ui.clickInlineAction(ui.treeRow(page, /^AWS sandbox/), "Provision");
    const answers = { GPUs: { pick: "1× NVIDIA L4" }, Name: { type: name }, "Who reaches it": { type: "192.0.2.7" } };
    await answerQuestions(page, answers);
    await ui.dialogButton(page, "Launch").click();
    await expect.poll(() => live(name).length, { timeout: WAIT_MS }).toBe(1);
    const address = page.url();
    await page.goto("about:blank");
    fault.remove();
    await beginEarlier(20 * MINUTE_MS);
    await page.goto(address, { waitUntil: "commit" });
    await ui.openContainer(page, "GPU Environments");
  };

  /** Once no window holds the record any more. */
  const beginEarlier = async (ageMs: number): Promise<void> => {
    await expect.poll(() => readdir(journal()), { timeout: WAIT_MS }).toEqual([expect.stringMatching(/\.json$/)]);
    const [name = ""] = await readdir(journal());
    const file = path.join(journal(), name);
    const record = JSON.parse(await readFile(file, "utf8")) as { readonly startedAt: number };
    await writeFile(file, JSON.stringify({ ...record, startedAt: record.startedAt - ageMs }));
  };

  journey("finishes a launch that was interrupted, and has one machine", async () => {
    await beInterrupted("revenant");
    await heading().waitFor({ timeout: WAIT_MS });
    const unfinished = ui.treeRow(visit.page, /^revenant.*It was interrupted/);
    await unfinished.waitFor({ timeout: WAIT_MS });
    expect(await unfinished.getAttribute("aria-label")).toMatch(/^revenant, begun 20 min\. ago: It was interrupted\./);
    await ui.clickInlineAction(unfinished, "Finish");
    await ui.toast(visit.page, "revenant is ready.").waitFor({ timeout: WAIT_MS });
    await ui.treeRow(visit.page, /^revenant.*1×L4 · \d+ %/).waitFor({ timeout: WAIT_MS });
    await heading().waitFor({ state: "hidden", timeout: WAIT_MS });
    expect(live("revenant")).toHaveLength(1);
    expect(await readdir(journal())).toEqual([]);
  });

  journey("deletes a launch that was interrupted, with the machine that it had made", async () => {
    const before = made();
    await beInterrupted("doomed");
    const unfinished = ui.treeRow(visit.page, /^doomed.*It was interrupted/);
    await unfinished.waitFor({ timeout: WAIT_MS });
    const [machine] = live("doomed");
    await ui.runCommand(visit.page, "GPU: Delete What Is Left…");
    await dialog().waitFor({ timeout: WAIT_MS });
    const said = await dialog().innerText();
    const parts = made().filter((part) => !before.includes(part));
    for (const part of [machine?.id ?? "none", ...parts]) expect(said).toContain(part);
    await ui.dialogButton(visit.page, "Delete").click();
    await ui.treeRow(visit.page, /^doomed.*being deleted/).waitFor({ timeout: WAIT_MS });
    await expect.poll(() => [live("doomed").length, made()], { timeout: WAIT_MS }).toEqual([0, before]);
    await ui.treeRow(visit.page, /^doomed/).waitFor({ state: "hidden", timeout: WAIT_MS });
    await expect.poll(() => readdir(journal()), { timeout: WAIT_MS }).toEqual([]);
    expect(await heading().count()).toBe(0);
    expect(live("revenant")).toHaveLength(1);
  });
});
