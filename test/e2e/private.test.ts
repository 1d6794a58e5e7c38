import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { mustRun } from "../program.ts";
import { SANDBOX_REGION, type SandboxCloud } from "../sandbox/cloud.ts";
import { startPrivateMachine } from "../sandbox/colleaguesMachine.ts";
import { journeys } from "./journey.ts";
import { startVisit, type Visit } from "./session.ts";
import { installStandIn, requestedWindows } from "./standIn.ts";
import * as ui from "./workbench.ts";

const WAIT_MS = 60_000;
/** Where the stand-in notes down the windows that are asked for. */
const requestsFile = path.resolve(import.meta.dirname, "../../out/requested-windows", `private-${process.pid}.jsonl`);

describe("a person with machines that have no public address", () => {
  let visit: Visit;
  let cloud: SandboxCloud;
  let id: string;

  beforeAll(async () => {
    await mkdir(path.dirname(requestsFile), { recursive: true });
    await writeFile(requestsFile, "");
    visit = await startVisit({
      cloud: true,
      settings: {
        "gpuDev.ssh.showConfigHosts": false,
        "terminal.integrated.gpuAcceleration": "off",
      },
      environment: { REQUESTED_WINDOWS: requestsFile },
      prepare: async (session) => {
        await installStandIn(session.server);
        cloud = session.cloud ?? expect.fail("The session has no cloud.");
        await cloud.sessions.setPlugin(false);
        id = await startPrivateMachine(cloud, "inner");
        await startPrivateMachine(cloud, "roleless", false);
      },
    });
    await visit.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await ui.openContainer(visit.page, "GPU Environments");
    await ui.treeRow(visit.page, /^inner/).waitFor({ timeout: WAIT_MS });
  });

  afterAll(async () => {
    await visit.stop();
  });

  const journey = journeys(() => visit, { timeout: 180_000 });
  const row = (name: string) => ui.treeRow(visit.page, new RegExp(`^${name}`)).first();

  const note = (name: string) => ui.treeRow(visit.page, new RegExp(`^${name} has no public address`)).first();
  const choose = (title: string): Promise<void> => ui.clickContextMenu(visit.page, row("inner"), title);

  journey("is told which program is missing, and where to get it", async () => {
    await ui.treeRow(visit.page, /^inner.*program missing/).waitFor({ timeout: WAIT_MS });
    await ui.expandRow(row("inner"));
    const fix = "The program session-manager-plugin is not on the PATH: install it (https://docs.aws.amazon.com/";
    await note("inner").waitFor({ timeout: WAIT_MS });
    expect(await note("inner").getAttribute("aria-label")).toContain(fix);
    await choose("Open Terminal");
    await ui.toast(visit.page, fix).waitFor({ timeout: WAIT_MS });
    expect(await cloud.sessions.takeCalls()).toEqual([]);
    await ui.tidy(visit.page);
  });

  journey("is told that a machine lacks its role, and which policy that must have", async () => {
    await cloud.sessions.setPlugin(true);
    await ui.runCommand(visit.page, "GPU: Refresh");
    await ui.expandRow(row("roleless"));
    const fix = /^roleless has no .* yet\. The instance has no IAM role: attach .* AmazonSSMManagedInstanceCore\./;
    await expect.poll(() => note("roleless").getAttribute("aria-label"), { timeout: WAIT_MS }).toMatch(fix);
    await ui.collapseRow(row("roleless"));
  });

  journey("works in a terminal on the machine, whose key needs no question", async () => {
    await choose("Open Terminal");
    const screen = ui.terminal(visit.page).locator(".xterm-rows");
    await screen.waitFor({ timeout: WAIT_MS });
    const said = async (): Promise<string> => (await screen.innerText()).replaceAll("\u00A0", " ");
    await expect.poll(said, { timeout: WAIT_MS }).toMatch(/[#$]\s*$/);
    await visit.page.keyboard.type("nvidia-smi -L; echo it said $((6 * 7))\n");
    await expect.poll(said, { timeout: WAIT_MS }).toMatch(/it said 42/);
    expect(await said()).toMatch(/GPU 0: NVIDIA L4/);
    const [call] = await cloud.sessions.takeCalls();
    expect(call).toEqual(expect.arrayContaining(["ssm", "start-session", "--target", id, "--profile", "sandbox"]));
  });

  journey("sees what its GPU does, once its key is on record", async () => {
    await ui.treeRow(visit.page, /^inner.*1×L4 · \d+ % · \$0\.80/).waitFor({ timeout: WAIT_MS });
    await ui.treeRow(visit.page, /^GPU 0.*°C/).waitFor({ timeout: WAIT_MS });
  });

  const clipboard = (): Promise<string> => visit.page.evaluate<string>("navigator.clipboard.readText()");
  /** In a shell of the person's, whose PATH has the programs of AWS. */
  const inShell = (line: string): Promise<string> => {
    const env = { ...process.env, PATH: `${cloud.sessions.bin}:${process.env["PATH"] ?? ""}` };
    return mustRun("sh", ["-c", line], { env });
  };

  journey("copies an SSH command that works in a shell", async () => {
    await choose("Copy SSH Command");
    await expect.poll(clipboard, { timeout: WAIT_MS }).toMatch(/^ssh /);
    expect(await inShell(`${await clipboard()} nvidia-smi -L`)).toContain("NVIDIA L4");
  });

  journey("opens a window on it, under a name by which ssh finds the way", async () => {
    await choose("Connect in New Window");
    await ui.dialog(visit.page, "Let ssh find this host?").waitFor({ timeout: WAIT_MS });
    await ui.dialogButton(visit.page, "Add the Line").click();
    await expect.poll(() => requestedWindows(requestsFile), { timeout: WAIT_MS }).toHaveLength(1);
    expect(await requestedWindows(requestsFile)).toEqual([
      [{ remoteAuthority: `ssh-remote+ec2-${id}`, reuseWindow: false }],
    ]);
    const { sshConfigFile } = visit.home;
    expect(await inShell(`ssh -F '${sshConfigFile}' -o BatchMode=yes ec2-${id} nvidia-smi -L`)).toContain("NVIDIA L4");
  });

  journey("is told that the agent of a machine no longer answers", async () => {
    const rewrite = (body: string): string => body.replaceAll('"Online"', '"ConnectionLost"');
    const effect = { kind: "rewrite", rewrite } as const;
    cloud.emulator.inject({ action: "DescribeInstanceInformation", times: Infinity, effect });
    const other = await startPrivateMachine(cloud, "asleep");
    const isRunning = (): boolean =>
      cloud.emulator.region(SANDBOX_REGION).instances.some((one) => one.id === other && one.state === "running");
    await expect.poll(isRunning, { timeout: WAIT_MS }).toBe(true);
    await ui.runCommand(visit.page, "GPU: Refresh");
    await row("asleep").waitFor({ timeout: WAIT_MS });
    await ui.clickContextMenu(visit.page, row("asleep"), "Open Terminal");
    const fix = "Its SSM Agent does not answer (AWS reports ConnectionLost): start it, or restart the instance";
    await ui.toast(visit.page, fix).waitFor({ timeout: WAIT_MS });
  });
});
