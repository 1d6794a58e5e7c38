import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { programPath } from "../prerequisites.ts";
import { SANDBOX_REGION, type SandboxCloud } from "../sandbox/cloud.ts";
import { journeys } from "./journey.ts";
import { answerQuestions } from "./questions.ts";
import { startVisit, type Visit } from "./session.ts";
import * as ui from "./workbench.ts";

const WAIT_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Longer than a request may take, so that what was under way has run out when it wakes. */
const SLEEP_MS = 20_000;
const PRICE_PER_HOUR = 0.8048;

/** All of VS Code on this computer, and whatever it starts, lives at another time than AWS. */
const clockAhead = (hours: number): Record<string, string> => ({
  LD_PRELOAD: programPath("libfaketime"),
  FAKETIME: `${hours < 0 ? "" : "+"}${String(hours)}h`,
  FAKETIME_DONT_FAKE_MONOTONIC: "1", // only the wall clock of a computer is wrong
});

describe.each([
  { words: "two hours ahead", hours: 2, name: "ahead" },
  { words: "two hours behind", hours: -2, name: "behind" },
])("F-18: a person whose computer's clock is $words", ({ hours, name }) => {
  let visit: Visit;
  let cloud: SandboxCloud;

  beforeAll(async () => {
    visit = await startVisit({
      cloud: true,
      environment: clockAhead(hours),
      settings: { "gpuDev.ssh.showConfigHosts": false },
      prepare: (session) => {
        cloud = session.cloud ?? expect.fail("The session has no cloud.");
        const launchTime = cloud.emulator.clock.now() - HOUR_MS;
        cloud.emulator.addInstance({ instanceType: "g6.xlarge", launchTime, tags: { Name: "colleagues" } });
        return Promise.resolve();
      },
    });
    await ui.openContainer(visit.page, "GPU Environments");
  });

  afterAll(async () => {
    await visit.stop();
  });

  const journey = journeys(() => visit, { timeout: 240_000 });
  const row = (machine: string, words = "") => ui.treeRow(visit.page, new RegExp(`^${machine}.*${words}`)).first();
  const instance = () => cloud.emulator.region(SANDBOX_REGION).instances.find(({ tags }) => tags.get("Name") === name);

  journey("sees what there is, and what it has cost by the clock of AWS", async () => {
    expect(await hoursAhead(visit)).toBeCloseTo(hours, 0);
    await row("colleagues", "\\$0\\.80/h").waitFor({ timeout: WAIT_MS });
    const read = async (): Promise<string> => {
      await visit.page.mouse.move(700, 500);
      return (await ui.tooltipOf(visit.page, row("colleagues"))).innerText();
    };
    await expect.poll(read, { timeout: WAIT_MS, interval: 1_000 }).toMatch(/\$\d+\.\d+ since its start/);
    const cost = Number(/\$(\d+\.\d+) since its start/.exec(await read())?.[1]);
    expect(Math.abs(cost - PRICE_PER_HOUR)).toBeLessThan(0.1);
  });

  journey("makes a machine and sees its GPU", async () => {
    await ui.clickInlineAction(ui.treeRow(visit.page, /^AWS sandbox/), "Provision");
    const answers = { GPUs: { pick: "1× NVIDIA L4" }, Name: { type: name }, "Who reaches it": { type: "192.0.2.7" } };
    await answerQuestions(visit.page, answers);
    await ui.dialogButton(visit.page, "Launch").click();
    await row(name, "1×L4 · \\d+ % · \\$0\\.80/h").waitFor({ timeout: WAIT_MS * 2 });
  });

  journey("stops it, and finds it stopped although the computer slept meanwhile", async () => {
    await ui.clickContextMenu(visit.page, row(name), "Stop…");
    await ui.dialog(visit.page, `Stop: ${name}?`).waitFor({ timeout: WAIT_MS });
    await ui.dialogButton(visit.page, "Stop").first().click();
    await expect.poll(() => instance()?.state, { timeout: WAIT_MS }).toMatch(/stop/);
    const host = await extensionHost(visit);
    process.kill(host, "SIGSTOP");
    try {
      await delay(SLEEP_MS); // nothing can be waited for: it sleeps
    } finally {
      process.kill(host, "SIGCONT");
    }
    await row(name, "stopped").waitFor({ timeout: WAIT_MS });
    expect(instance()?.state).toBe("stopped");
  });
});

/** By the name that VS Code gave to the folder of its logs: "20261122T042224". */
async function hoursAhead({ server }: Visit): Promise<number> {
  const [name = ""] = await readdir(path.join(server.userData, "logs"));
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/.exec(name) ?? [];
  const local = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}`);
  return (local.getTime() - Date.now()) / HOUR_MS;
}

/** The process in which the extensions of the window run. */
async function extensionHost({ server }: Visit): Promise<number> {
  for (const entry of await readdir("/proc")) {
    const read = (file: string): Promise<string> => readFile(`/proc/${entry}/${file}`, "utf8").catch(() => "");
    if (!/^\d+$/.test(entry) || !(await read("cmdline")).includes("--type=extensionHost")) continue;
    if ((await read("environ")).includes(server.userData.replace(/\/user-data$/, ""))) return Number(entry);
  }
  throw new Error("There is no extension host.");
}
