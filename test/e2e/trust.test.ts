import { appendFile, copyFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { mustRun } from "../program.ts";
import { startSshd, type Sshd } from "../sandbox/sshd.ts";
import { journeys } from "./journey.ts";
import { startVisit, type Session, type Visit } from "./session.ts";
import * as ui from "./workbench.ts";

const WAIT_MS = 60_000;
const PASSPHRASE = "correct horse battery staple";

/** What OpenSSH itself calls the key. */
async function fingerprintOf(publicKeyFile: string): Promise<string> {
  return /SHA256:[A-Za-z0-9+/]+/.exec(await mustRun("ssh-keygen", ["-lf", publicKeyFile]))?.[0] ?? "no fingerprint";
}

describe("a person whose machines must be trusted first", () => {
  let visit: Visit;
  let stranger: Sshd;
  let changed: Sshd;
  let formerKey: string;

  /** A server of its own, which logs who tries to sign in, with the GPUs of the trainer. */
  const startServer = (session: Session, name: string, address: string): Promise<Sshd> => {
    const { directory } = session.boxes.box("trainer");
    return startSshd({
      directory: path.join(session.home.directory, "..", name),
      addresses: [address],
      logLevel: "DEBUG2",
      environment: { PATH: `${directory}/bin:/usr/bin:/bin`, HOME: path.join(directory, "home") },
    });
  };

  /** The user's SSH configuration: the two servers, and a box that takes a key with a passphrase only. */
  const prepare = async (session: Session): Promise<void> => {
    const { boxes, home } = session;
    stranger = await startServer(session, "stranger", "127.0.0.8");
    changed = await startServer(session, "changed", "127.0.0.9");
    formerKey = path.join(home.directory, "former");
    await mustRun("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "former", "-f", formerKey]);
    const knownHostsFile = path.join(home.directory, ".ssh/known_hosts");
    const [keyType = "", key = ""] = (await readFile(`${formerKey}.pub`, "utf8")).split(" ");
    await appendFile(knownHostsFile, `[127.0.0.9]:${changed.port} ${keyType} ${key}\n`);
    const lockedKey = path.join(home.directory, ".ssh/locked_key");
    await copyFile(boxes.userKeyFile, lockedKey);
    await mustRun("ssh-keygen", ["-q", "-p", "-P", "", "-N", PASSPHRASE, "-f", lockedKey]);
    const locked = boxes.box("lab-a10").sshd;
    const blocks = [
      stranger.sshConfig("stranger"),
      changed.sshConfig("changed"),
      locked.sshConfig("locked").replace(/IdentityFile .*/, `IdentityFile "${lockedKey}"`),
      `Host *\n  UserKnownHostsFile "${knownHostsFile}"\n  StrictHostKeyChecking ask\n`,
    ];
    await writeFile(home.sshConfigFile, blocks.join("\n"));
  };

  beforeAll(async () => {
    visit = await startVisit({ prepare });
    await visit.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await ui.openContainer(visit.page, "GPU Environments");
  });

  afterAll(async () => {
    await Promise.all([stranger.stop(), changed.stop()]);
    await visit.stop();
  });

  const journey = journeys(() => visit);

  const row = (name: string, text: string | RegExp): ReturnType<typeof ui.treeRow> =>
    ui.treeRow(visit.page, new RegExp(`^${name}`)).filter({ hasText: text });

  /** Requests for authentication that a server has seen. */
  const signIns = async (sshd: Sshd): Promise<readonly string[]> =>
    (await readFile(sshd.logFile, "utf8").catch(() => "")).match(/userauth-request for user .*/g) ?? [];

  const connections = async (sshd: Sshd): Promise<number> =>
    ((await readFile(sshd.logFile, "utf8").catch(() => "")).match(/^(debug\d: )?Connection from /gm) ?? []).length;

  journey("sees that a host key is not known, and that nobody has signed in meanwhile", async () => {
    await row("stranger", "host key not verified").waitFor({ timeout: WAIT_MS });
    expect(await signIns(stranger)).toEqual([]);
  });

  journey("compares the fingerprint, declines once, then trusts and is connected", async () => {
    const { page } = visit;
    const fingerprint = await fingerprintOf(`${stranger.hostKeyFile}.pub`);
    for (const answer of ["Cancel", "Trust and Connect"]) {
      await ui.clickContextMenu(page, row("stranger", /./), "Reconnect…");
      const question = ui.dialog(page, "is not known yet");
      await question.waitFor({ timeout: WAIT_MS });
      expect(await question.innerText()).toContain(fingerprint);
      expect(await question.innerText()).toContain(`127.0.0.8:${stranger.port}`);
      expect(await signIns(stranger)).toEqual([]);
      await ui.dialogButton(page, answer).click();
      await question.waitFor({ state: "hidden" });
      if (answer === "Cancel") await row("stranger", "host key not verified").waitFor({ timeout: WAIT_MS });
    }
    await row("stranger", /8×H100 · \d+ %/).waitFor({ timeout: WAIT_MS });
    expect(await signIns(stranger)).not.toEqual([]);
    const trusted = await readFile(path.join(visit.home.directory, ".ssh/gpu-dev-environments.d/known_hosts"), "utf8");
    expect(trusted).toContain(stranger.hostKeyPublic.split(" ")[1]);
  });

  journey("is warned of a changed host key, which is refused before anything is sent", async () => {
    const { page } = visit;
    const changedRow = row("changed", "HOST KEY CHANGED");
    await changedRow.waitFor({ timeout: WAIT_MS });
    await expect.poll(() => changedRow.locator(".codicon-shield").count()).toBe(1);
    expect(await connections(changed)).toBeGreaterThan(0);
    expect(await signIns(changed)).toEqual([]);
    expect(await ui.contextMenuTitles(page, changedRow)).toContain("Trust Changed Host Key…");
  });

  journey("declines the new key, and the host stays refused", async () => {
    const { page } = visit;
    await ui.clickContextMenu(page, row("changed", /./), "Trust Changed Host Key…");
    const question = ui.dialog(page, "has CHANGED");
    await question.waitFor({ timeout: WAIT_MS });
    const text = await question.innerText();
    expect(text).toContain(`Trusted so far: ${await fingerprintOf(`${formerKey}.pub`)}`);
    expect(text).toContain(`Offered: ${await fingerprintOf(`${changed.hostKeyFile}.pub`)}`);
    await ui.dialogButton(page, "Cancel").click();
    await ui.toast(page, "The new key of").first().waitFor({ timeout: WAIT_MS });
    const before = await connections(changed);
    await ui.clickContextMenu(page, row("changed", /./), "Reconnect…");
    await expect.poll(() => connections(changed), { timeout: WAIT_MS }).toBeGreaterThan(before);
    await row("changed", "HOST KEY CHANGED").waitFor({ timeout: WAIT_MS });
    expect(await signIns(changed)).toEqual([]);
  });

  journey("trusts the new key, and is connected", async () => {
    const { page } = visit;
    await ui.runCommand(page, "GPU: Trust Changed Host Key…");
    await ui.inputTitle(page, "Trust Changed Host Key").waitFor({ timeout: WAIT_MS });
    await ui.pick(page, "changed");
    await ui.dialog(page, "has CHANGED").waitFor({ timeout: WAIT_MS });
    expect(await signIns(changed)).toEqual([]);
    await ui.dialogButton(page, "Replace the Trusted Key").click();
    await row("changed", /8×H100 · \d+ %/).waitFor({ timeout: WAIT_MS });
  });

  journey("is told that the own ssh still has the old key, with the command that removes it", async () => {
    const { page, home } = visit;
    const name = `[127.0.0.9]:${changed.port}`;
    const told = ui.toast(page, "Your own ssh still refuses it");
    await told.waitFor({ timeout: WAIT_MS });
    expect(await told.innerText()).toContain(path.join(home.directory, ".ssh/known_hosts"));
    await told.getByRole("button", { name: "Copy Command" }).click();
    const copied = (): Promise<string> => page.evaluate<string>("navigator.clipboard.readText()");
    await expect.poll(copied, { timeout: WAIT_MS }).toContain("ssh-keygen -R");
    const knownHostsFile = path.join(home.directory, ".ssh/known_hosts");
    const find = ["-F", name, "-f", knownHostsFile];
    expect(await mustRun("ssh-keygen", find)).toContain(name);
    await mustRun("sh", ["-c", await copied()]);
    await expect(mustRun("ssh-keygen", find)).rejects.toThrow();
  });

  journey("gives the passphrase of a key, wrong and then right", async () => {
    const { page } = visit;
    await row("locked", "sign-in needed").waitFor({ timeout: WAIT_MS });
    await ui.clickInlineAction(row("locked", /./), "Reconnect…");
    await ui.inputTitle(page, /^Passphrase of .*locked_key/).waitFor({ timeout: WAIT_MS });
    expect(await ui.inputBox(page).getAttribute("type")).toBe("password");
    await ui.inputBox(page).fill("wrong");
    await page.keyboard.press("Enter");
    await ui.inputMessage(page, "That passphrase did not open the key").waitFor({ timeout: WAIT_MS });
    await ui.inputBox(page).fill(PASSPHRASE);
    await page.keyboard.press("Enter");
    await row("locked", "A10").waitFor({ timeout: WAIT_MS });
  });
});
