import { afterAll, beforeAll, describe, expect } from "vitest";
import { SANDBOX_REGION, type SandboxCloud } from "../sandbox/cloud.ts";
import { startColleaguesMachine } from "../sandbox/colleaguesMachine.ts";
import { journeys } from "./journey.ts";
import { startVisit, type Visit } from "./session.ts";
import * as ui from "./workbench.ts";

const WAIT_MS = 60_000;
/** It is tried again each minute. */
const RETRY_MS = 120_000;
const NOTICE_MS = 15_000;
const FORTY_MINUTES_MS = 40 * 60_000;

describe("a person whose cloud has no room, takes a machine back, or does not end one", () => {
  let visit: Visit;
  let cloud: SandboxCloud;
  let spot: string;
  let attemptsBefore = Infinity;

  beforeAll(async () => {
    visit = await startVisit({
      cloud: true,
      settings: { "gpuDev.ssh.showConfigHosts": false },
      prepare: async (session) => {
        cloud = session.cloud ?? expect.fail("The session has no cloud.");
        const { emulator } = cloud;
        emulator.setDurations({ interruptionNoticeMs: NOTICE_MS });
        emulator.addInstance({ instanceType: "g5.xlarge", state: "stopped", tags: { Name: "trainer" } });
        emulator.setCapacity({ instanceType: "g5.xlarge", available: 0 });
        const persistent = { spot: { persistent: true, interruption: "stop" } } as const;
        spot = await startColleaguesMachine(cloud, "render", persistent);
      },
    });
    await ui.openContainer(visit.page, "GPU Environments");
    await row("trainer").waitFor({ timeout: WAIT_MS });
  });

  afterAll(async () => {
    await visit.stop();
  });

  const journey = journeys(() => visit, { timeout: 240_000 });
  const row = (name: string, words = "") => ui.treeRow(visit.page, new RegExp(`^${name}.*${words}`)).first();
  const stateOf = (name: string) =>
    cloud.emulator.region(SANDBOX_REGION).instances.find(({ tags }) => tags.get("Name") === name)?.state;
  const attempts = () => cloud.emulator.requests.filter(({ action }) => action === "StartInstances").length;
  const resume = async (): Promise<void> => {
    await ui.clickContextMenu(visit.page, row("trainer"), "Resume…");
    await ui.dialog(visit.page, "Resume: trainer?").waitFor({ timeout: WAIT_MS });
    await ui.dialogButton(visit.page, "Resume").click();
    const refusal = ui.toast(visit.page, /no capacity left[\s\S]*trainer is kept as it is\./);
    await refusal.waitFor({ timeout: WAIT_MS });
    await refusal.getByText("Retry and Notify").click();
  };

  journey(
    "lets it be tried again, and ends that: the machine is as it was, and nothing is tried any more",
    async () => {
      await resume();
      const before = attempts();
      await ui.toast(visit.page, "Waiting for room for trainer").getByText("Cancel").click();
      await ui.toast(visit.page, "Waiting for room for trainer").waitFor({ state: "hidden", timeout: WAIT_MS });
      await row("trainer", "stopped").waitFor({ timeout: WAIT_MS });
      await ui.tidy(visit.page); // of four messages within 800 ms VS Code draws three
      expect(attempts()).toBe(before);
    },
  );

  journey("lets it be tried again for longer", async () => {
    await resume();
    attemptsBefore = attempts();
  });

  journey("sees a Spot machine stopped by AWS, which alone can start it, and is told when it runs again", async () => {
    await ui.clickContextMenu(visit.page, row("render"), "Reconnect"); // AWS is asked for its host key then
    await row("render", "1×L4 · \\d+ % · spot").waitFor({ timeout: WAIT_MS });
    cloud.emulator.interruptSpot(spot, "stop");
    await row("render", "interrupted in 0:\\d\\d").waitFor({ timeout: WAIT_MS });
    await ui.toast(visit.page, /render will be stopped by AWS in 0:\d\d\./).waitFor({ timeout: WAIT_MS });
    const over = /render was stopped by AWS\. AWS starts it again by itself when it has room, and you are told/;
    await ui.toast(visit.page, over).waitFor({ timeout: WAIT_MS });
    await row("render", "stopped").waitFor({ timeout: WAIT_MS });
    expect(await ui.contextMenuTitles(visit.page, row("render"))).not.toContain("Resume…");
    cloud.emulator.resumeSpot(spot);
    const returned = ui.toast(visit.page, "render runs again.");
    await returned.waitFor({ timeout: RETRY_MS });
    await returned.getByText("Connect").waitFor();
    await row("render", "1×L4 · \\d+ % · spot").waitFor({ timeout: WAIT_MS });
    await ui.tidy(visit.page);
  });

  journey("is told once there is room, after a vain attempt or two, and the machine runs", async () => {
    await expect.poll(attempts, { timeout: RETRY_MS }).toBeGreaterThan(attemptsBefore);
    expect(stateOf("trainer")).toBe("stopped");
    cloud.emulator.setCapacity({ instanceType: "g5.xlarge", available: 1 });
    await ui.toast(visit.page, "trainer runs again.").waitFor({ timeout: RETRY_MS });
    expect(stateOf("trainer")).toBe("running");
    await ui.tidy(visit.page);
  });

  journey("is told once of a machine that AWS does not end", async () => {
    const since = new Date(Date.now() - FORTY_MINUTES_MS).toISOString().slice(0, 19).replace("T", " ");
    const stuck = { state: "shutting-down", transitionReason: `User initiated (${since} GMT)` } as const;
    const addStuck = async (Name: string): Promise<void> => {
      cloud.emulator.addInstance({ ...stuck, instanceType: "p5.48xlarge", tags: { Name } });
      await ui.runCommand(visit.page, "GPU: Refresh");
    };
    await addStuck("pretrain");
    await row("pretrain", "stuck: shutting-down for 4\\d min, may be billing").waitFor({ timeout: WAIT_MS });
    const alarm = ui.toast(visit.page, /pretrain: AWS has called it shutting-down for 4\d min[\s\S]*AWS Support\./);
    await alarm.waitFor({ timeout: WAIT_MS });
    await alarm.getByText("Open in Browser").waitFor();
    await ui.tidy(visit.page);
    await addStuck("sweep"); // with the first told once more, there would be one message of two machines
    await ui.toast(visit.page, /sweep: AWS has called it/).waitFor({ timeout: WAIT_MS });
    expect(await ui.toast(visit.page, /pretrain|machines need a look/).count()).toBe(0);
  });
});
