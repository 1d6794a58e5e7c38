import { afterAll, beforeAll, describe, expect } from "vitest";
import { SANDBOX_REGION, type SandboxCloud } from "../sandbox/cloud.ts";
import { journeys } from "./journey.ts";
import { answerQuestions } from "./questions.ts";
import { startVisit, type Visit } from "./session.ts";
import * as ui from "./workbench.ts";

const WAIT_MS = 60_000;
/** Long enough to be read, short enough to be waited for. */
const NOTICE_MS = 40_000;

describe("a person whose Spot instance AWS takes back", () => {
  let visit: Visit;
  let cloud: SandboxCloud;

  beforeAll(async () => {
    visit = await startVisit({
      cloud: true,
      settings: { "gpuDev.ssh.showConfigHosts": false, "gpuDev.aws.gpuOnly": false },
      prepare: (session) => {
        cloud = session.cloud ?? expect.fail("The session has no cloud.");
        cloud.emulator.setDurations({ interruptionNoticeMs: NOTICE_MS });
        return Promise.resolve();
      },
    });
    await ui.openContainer(visit.page, "GPU Environments");
    await ui.treeRow(visit.page, /^AWS sandbox/).waitFor({ timeout: WAIT_MS });
  });

  afterAll(async () => {
    await visit.stop();
  });

  const journey = journeys(() => visit, { timeout: 240_000 });
  const row = (words = "") => ui.treeRow(visit.page, new RegExp(`^spot-box.*${words}`)).first();
  const instance = () =>
    cloud.emulator.region(SANDBOX_REGION).instances.find(({ tags }) => tags.get("Name") === "spot-box");

  journey("has one that can be taken back", async () => {
    await ui.clickInlineAction(ui.treeRow(visit.page, /^AWS sandbox/), "Provision");
    await answerQuestions(visit.page, {
      GPUs: { pick: "1× NVIDIA L4" },
      "How it is bought": { pick: "Spot: AWS may take it back at any moment" },
      Name: { type: "spot-box" },
      "Who reaches it": { type: "192.0.2.7" },
    });
    await ui.dialogButton(visit.page, "Launch").click();
    await row("1×L4 · \\d+ % · spot").waitFor({ timeout: WAIT_MS });
    await ui.clickContextMenu(visit.page, row(), "Show in Status Bar");
    await ui.tidy(visit.page);
  });

  journey("sees the countdown in the row and the status bar, and is told once what is lost", async () => {
    cloud.emulator.interruptSpot(instance()?.id ?? "", "terminate");
    await row("interrupted in 0:\\d\\d · 1×L4").waitFor({ timeout: WAIT_MS });
    const toast = ui.toast(visit.page, /spot-box will be deleted by AWS in 0:\d\d\./);
    await toast.waitFor({ timeout: WAIT_MS });
    const said = await toast.innerText();
    for (const words of ["Lost: the machine, for good;", "Stays: ", "Open Terminal", "Connect"])
      expect(said).toContain(words);
    expect(await toast.count()).toBe(1);
    const item = ui.statusBarItem(visit.page).first();
    await expect.poll(() => item.innerText(), { timeout: WAIT_MS }).toMatch(/spot-box interrupted in 0:\d\d/);
    expect(await item.getAttribute("class")).toContain("warning-kind");
    const counted = await row().innerText();
    await expect.poll(() => row().innerText(), { timeout: WAIT_MS }).not.toBe(counted);
  });

  journey("reads on the health page how long it is still", async () => {
    await ui.statusBarItem(visit.page).first().click();
    await ui
      .webview(visit.page)
      .getByText(/AWS deletes this machine in 0:\d\d/)
      .waitFor({ timeout: WAIT_MS });
    await ui
      .webview(visit.page)
      .getByText(/Save what you need now\. Stays:/)
      .waitFor({ timeout: WAIT_MS });
  });

  journey("is told when it has happened", async () => {
    await ui.toast(visit.page, "spot-box was deleted by AWS.").waitFor({ timeout: WAIT_MS * 2 });
    expect(instance()?.state).toBe("terminated");
    await row().waitFor({ state: "hidden", timeout: WAIT_MS });
  });
});
