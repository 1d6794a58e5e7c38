import { appendFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { DEFAULT_ACCOUNT } from "../emulators/aws/options.ts";
import { mustRun } from "../program.ts";
import { SANDBOX_REGION, seedMachines, type SandboxCloud } from "../sandbox/cloud.ts";
import { journeys } from "./journey.ts";
import { answerQuestions } from "./questions.ts";
import { startVisit, type Visit } from "./session.ts";
import { installStandIn, requestedWindows } from "./standIn.ts";
import * as ui from "./workbench.ts";

const WAIT_MS = 60_000;
/** Where the stand-in notes down the windows that are asked for. */
const requestsFile = path.resolve(import.meta.dirname, "../../out/requested-windows", `cloud-${process.pid}.jsonl`);

describe("a person with an AWS account", () => {
  let visit: Visit;
  let cloud: SandboxCloud;

  beforeAll(async () => {
    await mkdir(path.dirname(requestsFile), { recursive: true });
    await writeFile(requestsFile, "");
    visit = await startVisit({
      cloud: true,
      environment: { REQUESTED_WINDOWS: requestsFile },
      settings: { "gpuDev.ssh.showConfigHosts": false, "gpuDev.aws.gpuOnly": false },
      prepare: async (session) => {
        await installStandIn(session.server);
        cloud = session.cloud ?? expect.fail("The session has no cloud.");
        seedMachines(cloud);
        cloud.emulator.addInstance({
          ...{ instanceType: "m5.large", state: "stopped", hibernationConfigured: true },
          tags: { Name: "sleeper" },
        });
      },
    });
    await ui.openContainer(visit.page, "GPU Environments");
    await ui.treeRow(visit.page, /^notebook-ana/).waitFor({ timeout: WAIT_MS });
  });

  afterAll(async () => {
    await visit.stop();
  });

  const journey = journeys(() => visit, { timeout: 180_000 });
  const row = (name: string) => ui.treeRow(visit.page, new RegExp(`^${name}`)).first();
  const rowWith = (name: string, words: string) => ui.treeRow(visit.page, new RegExp(`^${name}.*${words}`)).first();
  const instance = (name: string) =>
    cloud.emulator.region(SANDBOX_REGION).instances.find(({ tags }) => tags.get("Name") === name);
  /** Chooses an operation from the menu of a row and confirms it; gives what the dialog said. */
  const operate = async (name: string, title: string, button: string): Promise<string> => {
    await ui.clickContextMenu(visit.page, row(name), title);
    const dialog = ui.dialog(visit.page, name);
    await dialog.waitFor({ timeout: WAIT_MS });
    const said = await dialog.innerText();
    await ui.dialogButton(visit.page, button).first().click();
    return said;
  };

  journey("sees every machine with its state and what it costs", async () => {
    await rowWith("llm-pretrain", "8×H100 · stopped · storage").waitFor({ timeout: WAIT_MS });
    // A row that is drawn anew, as when a price arrives, takes its hover along.
    const read = async (): Promise<string> => {
      await visit.page.mouse.move(700, 500);
      return (await ui.tooltipOf(visit.page, row("llm-pretrain"))).innerText();
    };
    await expect.poll(read, { timeout: WAIT_MS, interval: 1_000 }).toMatch(/type p5\.48xlarge cannot hibernate/);
    const titles = await ui.contextMenuTitles(visit.page, row("llm-pretrain"));
    expect(titles).toContain("Resume…");
    expect(titles).not.toContain("Hibernate…");
    expect(titles).not.toContain("Connect in New Window");
  });

  journey("provisions a machine, knowing its price, and watches its GPU", async () => {
    await ui.clickInlineAction(ui.treeRow(visit.page, /^AWS sandbox/), "Provision");
    await answerQuestions(visit.page, {
      GPUs: { pick: "1× NVIDIA L4" },
      Name: { type: "l4-box" },
      "Who reaches it": { type: "192.0.2.7" },
    });
    const plan = ui.dialog(visit.page, "Launch l4-box?");
    await plan.waitFor({ timeout: WAIT_MS });
    expect(await plan.innerText()).toMatch(/\$0\.80 an hour while it runs[\s\S]*lets SSH in from 192\.0\.2\.7\/32/);
    await ui.dialogButton(visit.page, "Launch").click();
    await rowWith("l4-box", "AWS").waitFor({ timeout: WAIT_MS });
    await ui.toast(visit.page, "l4-box is ready.").waitFor({ timeout: WAIT_MS });
    await rowWith("l4-box", "1×L4 · \\d+ % · \\$0\\.80/h").waitFor({ timeout: WAIT_MS });
    const made = cloud.emulator.region(SANDBOX_REGION).instances.filter(({ tags }) => tags.get("Name") === "l4-box");
    expect(made).toHaveLength(1);
    const trusted = await readFile(path.join(visit.home.directory, ".ssh/gpu-dev-environments.d/known_hosts"), "utf8");
    expect(trusted).toContain(made[0]?.id);
  });

  /** By the name that the extension wrote down for it. */
  const throughSsh = (command: string): Promise<string> => {
    const id = instance("l4-box")?.id ?? expect.fail("There is no such machine.");
    return mustRun("ssh", ["-F", visit.home.sshConfigFile, "-o", "BatchMode=yes", `ec2-${id}`, command]);
  };

  journey("opens a window on it, under a name by which ssh finds it", async () => {
    await ui.clickContextMenu(visit.page, row("l4-box"), "Connect in New Window");
    await ui.dialog(visit.page, "Let ssh find this host?").waitFor({ timeout: WAIT_MS });
    await ui.dialogButton(visit.page, "Add the Line").click();
    await expect.poll(() => requestedWindows(requestsFile), { timeout: WAIT_MS }).toHaveLength(1);
    const authority = { remoteAuthority: `ssh-remote+ec2-${instance("l4-box")?.id}`, reuseWindow: false };
    expect(await requestedWindows(requestsFile)).toEqual([[authority]]);
    expect(await throughSsh("nvidia-smi -L")).toContain("NVIDIA L4");
  });

  journey("looks at its health page", async () => {
    await ui.clickContextMenu(visit.page, row("l4-box"), "Show GPU Health");
    const page = ui.webview(visit.page);
    await page.getByText("NVIDIA L4").first().waitFor({ timeout: WAIT_MS });
    await page.getByText(/\d+ %/).first().waitFor({ timeout: WAIT_MS });
    await ui.runCommand(visit.page, "View: Close All Editors");
  });

  journey("pauses it, told that memory is lost and the disk goes on to cost", async () => {
    const said = await operate("l4-box", "Pause…", "Stop");
    expect(said).toMatch(/Stays:[\s\S]*Lost:[\s\S]*Bill:/);
    await rowWith("l4-box", "stopped").waitFor({ timeout: WAIT_MS });
    expect(instance("l4-box")?.state).toBe("stopped");
  });

  journey("resumes it at another address without being asked about its key again", async () => {
    const before = instance("l4-box")?.publicIp;
    await operate("l4-box", "Resume…", "Resume");
    await rowWith("l4-box", "1×L4 · \\d+ %").waitFor({ timeout: WAIT_MS });
    expect(instance("l4-box")?.publicIp).not.toBe(before);
    expect(await throughSsh("nvidia-smi -L")).toContain("NVIDIA L4");
  });

  journey("hibernates what was configured for it, and resumes it", async () => {
    await operate("sleeper", "Resume…", "Resume");
    await rowWith("sleeper", "running|host key|sign-in").waitFor({ timeout: WAIT_MS });
    await operate("sleeper", "Hibernate…", "Hibernate");
    await rowWith("sleeper", "hibernated").waitFor({ timeout: WAIT_MS });
    await operate("sleeper", "Resume…", "Resume");
    await expect.poll(() => instance("sleeper")?.state, { timeout: WAIT_MS }).toBe("running");
  });

  journey("is told when there is no room, and keeps the machine", async () => {
    cloud.emulator.setCapacity({ instanceType: "g5.xlarge", available: 0 });
    await operate("notebook-ana", "Resume…", "Resume");
    const refusal = ui.toast(visit.page, /notebook-ana is kept as it is/);
    await refusal.waitFor({ timeout: WAIT_MS });
    await rowWith("notebook-ana", "stopped").waitFor({ timeout: WAIT_MS });
    await refusal.getByText("Another Size…").click();
    await ui.inputTitle(visit.page, "Another size for notebook-ana").waitFor({ timeout: WAIT_MS });
    await ui.pick(visit.page, "g6.xlarge");
    await rowWith("notebook-ana", "1×L4").waitFor({ timeout: WAIT_MS });
    await expect.poll(() => instance("notebook-ana")?.state, { timeout: WAIT_MS }).toBe("running");
  });

  /** Answers all that is asked about a new machine and launches it. */
  const launch = async (name: string): Promise<void> => {
    await ui.clickInlineAction(ui.treeRow(visit.page, /^AWS sandbox/), "Provision");
    const answers = { GPUs: { pick: "1× NVIDIA L4" }, Name: { type: name }, "Who reaches it": { type: "192.0.2.7" } };
    await answerQuestions(visit.page, answers);
    await ui.dialog(visit.page, `Launch ${name}?`).waitFor({ timeout: WAIT_MS });
    await ui.dialogButton(visit.page, "Launch").click();
  };
  const named = (name: string) =>
    cloud.emulator.region(SANDBOX_REGION).instances.filter(({ tags }) => tags.get("Name") === name);

  journey("cancels a launch, and nothing of it is left", async () => {
    cloud.emulator.setDurations({ pendingMs: 20_000 });
    await launch("regretted");
    await expect.poll(() => named("regretted").length, { timeout: WAIT_MS }).toBe(1);
    await ui.toast(visit.page, "Provisioning regretted").getByText("Cancel").click();
    await expect.poll(() => named("regretted")[0]?.state, { timeout: WAIT_MS }).toBe("terminated");
    await row("regretted").waitFor({ state: "hidden", timeout: WAIT_MS });
    await ui.toast(visit.page, "Nothing of it is left.").waitFor({ timeout: WAIT_MS });
    const { keyPairs, securityGroups } = cloud.emulator.region(SANDBOX_REGION);
    const groups = securityGroups.filter(({ name }) => name.startsWith("gpu-dev-"));
    expect([keyPairs.length, groups.length]).toEqual([1, 1]); // those of the machine that is there
  });

  journey("loads the window again in the middle of a launch, which goes on and makes one machine", async () => {
    cloud.emulator.setDurations({ pendingMs: 8_000 });
    await launch("survivor");
    await expect.poll(() => named("survivor").length, { timeout: WAIT_MS }).toBe(1);
    await visit.page.reload();
    await ui.openContainer(visit.page, "GPU Environments");
    await rowWith("survivor", "1×L4 · \\d+ %").waitFor({ timeout: WAIT_MS * 2 });
    expect(named("survivor")).toHaveLength(1);
    cloud.emulator.setDurations({ pendingMs: 3_000 });
  });

  journey("signs in again where the credentials have run out, and sees what was known meanwhile", async () => {
    cloud.emulator.setCredentials(DEFAULT_ACCOUNT.accessKeyId, "expired");
    await ui.runCommand(visit.page, "GPU: Refresh");
    const failure = ui.treeRow(visit.page, /^Cannot be listed/).first();
    await failure.waitFor({ timeout: WAIT_MS });
    expect(await failure.innerText()).toMatch(/Renew them where they come from/); // they are keys of a file
    expect(await ui.contextMenuTitles(visit.page, failure)).not.toContain("Sign In…");
    await appendFile(
      path.join(visit.home.directory, ".aws/config"),
      "sso_start_url = https://corp.example.com/start\n",
    );
    await ui.runCommand(visit.page, "GPU: Refresh");
    const ended = ui.treeRow(visit.page, /aws sso login --profile sandbox/).first();
    await ended.waitFor({ timeout: WAIT_MS });
    await row("llm-pretrain").waitFor({ timeout: WAIT_MS });
    expect(await ui.contextMenuTitles(visit.page, failure)).toContain("Sign In…");
    cloud.emulator.setCredentials(DEFAULT_ACCOUNT.accessKeyId, "valid");
    await ui.runCommand(visit.page, "GPU: Refresh");
    await failure.waitFor({ state: "hidden", timeout: WAIT_MS });
  });

  journey("deletes it, and nothing that was made with it is left", async () => {
    const said = await operate("l4-box", "Delete…", "Delete");
    expect(said).toMatch(/Lost:/);
    await row("l4-box").waitFor({ state: "hidden", timeout: WAIT_MS });
    await expect.poll(() => instance("l4-box")?.state, { timeout: WAIT_MS }).toBe("terminated");
    const keyFolder = path.join(visit.home.directory, ".ssh/gpu-dev-environments.d/keys");
    await expect.poll(async () => (await readdir(keyFolder)).length, { timeout: WAIT_MS }).toBe(1); // of the survivor
    const { keyPairs, securityGroups } = cloud.emulator.region(SANDBOX_REGION);
    const ofOurs = (name: string): boolean => name.startsWith("gpu-dev-");
    await expect.poll(() => keyPairs.filter(({ name }) => ofOurs(name)).length, { timeout: WAIT_MS }).toBe(1);
    expect(securityGroups.filter(({ name }) => ofOurs(name))).toHaveLength(1);
  });
});
