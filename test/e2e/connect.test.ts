import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { mustRun } from "../program.ts";
import { journeys } from "./journey.ts";
import { startVisit, type Visit } from "./session.ts";
import { installStandIn, requestedWindows } from "./standIn.ts";
import * as ui from "./workbench.ts";

const CONTAINER = "GPU Environments";
const WAIT_MS = 60_000;
/** Where the stand-in notes down the windows that are asked for. */
const requestsFile = path.resolve(import.meta.dirname, "../../out/requested-windows", `${process.pid}.jsonl`);

describe("a person who opens GPU machines", () => {
  let visit: Visit;
  let configBefore: Buffer;

  beforeAll(async () => {
    await mkdir(path.dirname(requestsFile), { recursive: true });
    await writeFile(requestsFile, "");
    visit = await startVisit({
      environment: { REQUESTED_WINDOWS: requestsFile },
      settings: { "terminal.integrated.gpuAcceleration": "off", "gpuDev.ssh.connectAutomatically": false },
      prepare: async ({ boxes, home, server }) => {
        const { sshd } = boxes.box("lab-a10");
        const [hostName = ""] = sshd.addresses;
        const config = await readFile(home.sshConfigFile, "utf8");
        const block = `Host MyBox\n  HostName ${hostName}\n  Port ${sshd.port}\n  User ${sshd.user}\n\n`;
        await writeFile(home.sshConfigFile, `# Mine – nobody else writes here.\n\n${block}${config}`);
        await server.changeSettings({
          "gpuDev.ssh.hosts": [
            { name: "Lab Box", hostName, port: sshd.port, user: sshd.user, identityFile: boxes.userKeyFile },
          ],
        });
      },
    });
    configBefore = await readFile(visit.home.sshConfigFile);
    await visit.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await ui.openContainer(visit.page, CONTAINER);
    await ui.treeRow(visit.page, /^trainer/).waitFor({ timeout: WAIT_MS });
  });

  afterAll(async () => {
    await visit.stop();
  });

  const journey = journeys(() => visit);

  /** The one copy of the SSH configuration. */
  const backupOf = async ({ sshConfigFile }: Visit["home"]): Promise<string> => {
    const names = await readdir(path.dirname(sshConfigFile));
    const backups = names.filter((name) => name.startsWith("config.gpu-dev-backup-"));
    expect(backups).toHaveLength(1);
    return backups[0] ?? "";
  };

  const choose = (host: RegExp, title: string): Promise<void> =>
    ui.clickContextMenu(visit.page, ui.treeRow(visit.page, host).first(), title);

  /** The argument of the newest request, once there are `count` of them. */
  const requested = async (count: number): Promise<unknown> => {
    await expect.poll(async () => (await requestedWindows(requestsFile)).length, { timeout: WAIT_MS }).toBe(count);
    return (await requestedWindows(requestsFile)).at(-1);
  };

  const aliasIn = (request: unknown): string =>
    /"ssh-remote\+([^"]*)"/.exec(JSON.stringify(request))?.[1] ?? "no alias";

  /** What the real ssh would connect with, under the user's own configuration. */
  const resolved = async (alias: string): Promise<Readonly<Record<string, string>>> => {
    const output = await mustRun("ssh", ["-G", "-F", visit.home.sshConfigFile, "--", alias]);
    const pairs = output.split("\n").map((line) => [line.split(" ", 1)[0] ?? "", line.replace(/^\S+ /, "")] as const);
    return Object.fromEntries(pairs);
  };

  const whereLabIs = (): object => {
    const { sshd } = visit.boxes.box("lab-a10");
    return { hostname: sshd.addresses[0], port: String(sshd.port), user: sshd.user };
  };

  journey("is offered the fitting extension where none can open a window over SSH", async () => {
    await choose(/^trainer/, "Connect in New Window");
    const offer = ui.toast(visit.page, "Opening a window over SSH needs another extension");
    await offer.getByRole("button", { name: "Install jeanp413.open-remote-ssh" }).waitFor({ timeout: WAIT_MS });
    await ui.runCommand(visit.page, "Notifications: Clear All Notifications");
    expect(await requestedWindows(requestsFile)).toEqual([]);
    await installStandIn(visit.server);
    await visit.page.reload();
    await ui.openContainer(visit.page, CONTAINER);
    await ui.treeRow(visit.page, /^trainer/).waitFor({ timeout: WAIT_MS });
  });

  journey("gets a new window and this window by the editor's public command, under the user's own alias", async () => {
    await choose(/^trainer/, "Connect in New Window");
    expect(await requested(1)).toEqual([{ remoteAuthority: "ssh-remote+trainer", reuseWindow: false }]);
    await choose(/^lab-a10/, "Connect in Current Window");
    expect(await requested(2)).toEqual([{ remoteAuthority: "ssh-remote+lab-a10", reuseWindow: true }]);
    expect(await readFile(visit.home.sshConfigFile)).toEqual(configBefore);
  });

  journey("is asked once before the SSH configuration gets its one line, and may refuse", async () => {
    const { page, home } = visit;
    await choose(/^Lab Box/, "Connect in New Window");
    await ui.dialog(page, "Let ssh find this host?").waitFor({ timeout: WAIT_MS });
    await ui.dialogButton(page, "Cancel").click();
    await ui.dialog(page, "Let ssh find this host?").waitFor({ state: "hidden" });
    expect(await readFile(home.sshConfigFile)).toEqual(configBefore);

    await choose(/^Lab Box/, "Connect in New Window");
    await ui.dialog(page, home.sshConfigFile).waitFor({ timeout: WAIT_MS });
    await ui.dialogButton(page, "Add the Line").click();
    const kept = ui.toast(page, "Your file as it was before is kept as");
    await kept.waitFor({ timeout: WAIT_MS });
    expect(await kept.innerText()).toContain(path.join(path.dirname(home.sshConfigFile), await backupOf(home)));
    const alias = aliasIn(await requested(3));
    expect(alias).toMatch(/^lab-box-[0-9a-f]{6}$/);
    expect(await resolved(alias)).toMatchObject({ ...whereLabIs(), identityfile: visit.boxes.userKeyFile });
  });

  journey("finds every byte of the old configuration below that line, and in a backup", async () => {
    const { sshConfigFile } = visit.home;
    const [include, comment, ...rest] = (await readFile(sshConfigFile, "latin1")).split("\n");
    expect(include).toMatch(/^Include ".*gpu-dev-environments\.d\/config"$/);
    expect(comment).toMatch(/^# The line above was added by GPU Dev Environments/);
    expect(Buffer.from(rest.join("\n"), "latin1")).toEqual(configBefore);
    expect(await readFile(path.join(path.dirname(sshConfigFile), await backupOf(visit.home)))).toEqual(configBefore);
  });

  journey("reaches a host with capitals by a safe alias, and is not asked again", async () => {
    await choose(/^MyBox/, "Connect in Current Window");
    const alias = aliasIn(await requested(4));
    expect(alias).toMatch(/^mybox-[0-9a-f]{6}$/);
    expect(await resolved(alias)).toMatchObject(whereLabIs());
    expect(await resolved(alias)).toMatchObject({ identityfile: visit.boxes.userKeyFile });
    expect(await ui.dialog(visit.page, "Let ssh find this host?").isVisible()).toBe(false);
  });

  journey("takes the line out again", async () => {
    const { page, home } = visit;
    await ui.runCommand(page, "GPU: Remove SSH Configuration…");
    await ui.dialog(page, "Remove the Include line of this extension").waitFor({ timeout: WAIT_MS });
    await ui.dialogButton(page, "Remove").click();
    await expect.poll(() => readFile(home.sshConfigFile), { timeout: WAIT_MS }).toEqual(configBefore);
    await ui.runCommand(page, "GPU: Remove SSH Configuration…");
    await ui.toast(page, "There is nothing of this extension").waitFor({ timeout: WAIT_MS });
  });

  journey("copies an SSH command that works in a shell", async () => {
    const { page } = visit;
    for (const [host, name] of [
      [/^trainer/, "trainer"],
      [/^Lab Box/, "lab-a10"],
      [/^vault/, "vault"],
    ] as const) {
      await page.evaluate("navigator.clipboard.writeText('')");
      await choose(host, "Copy SSH Command");
      await expect.poll(() => clipboard(), { timeout: WAIT_MS }).toMatch(/^ssh /);
      expect((await mustRun("sh", ["-c", `${await clipboard()} hostname`])).trim()).toBe(name);
    }
  });

  const clipboard = (): Promise<string> => visit.page.evaluate<string>("navigator.clipboard.readText()");

  journey("types into a terminal in which the machine answers", async () => {
    const { page } = visit;
    await choose(/^trainer/, "Open Terminal");
    const screen = ui.terminal(page).locator(".xterm-rows");
    await screen.waitFor({ timeout: WAIT_MS });
    await expect.poll(() => screen.innerText(), { timeout: WAIT_MS }).toMatch(/trainer:/);
    await page.keyboard.type("nvidia-smi -L | head -1; hostname; echo it said $((6 * 7))\n");
    await expect.poll(() => screen.innerText(), { timeout: WAIT_MS }).toMatch(/it said.42/);
    expect((await screen.innerText()).replaceAll("\u00A0", " ")).toMatch(/GPU 0: NVIDIA H100 80GB HBM3.*\ntrainer/);
  });
});
