import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mustRun } from "../program.ts";
import { workbenchWritesLogs } from "../workbench/install.ts";
import { journeys } from "./journey.ts";
import { startVisit, type Session, type Visit } from "./session.ts";
import * as ui from "./workbench.ts";

const WAIT_MS = 60_000;

let made = 0;
/** A value that is found nowhere by chance. */
const canary = (): string => `Kanarie${String(++made).padStart(2, "0")}xQ7vR2mZ9pL4`;

const TYPED = { wrong: canary(), right: canary() };
/** In the environment of VS Code and of everything it starts. */
const ENVIRONMENT = { DEMO_API_TOKEN: canary(), DEMO_PASSWORD: canary() };
/** In the user's own SSH configuration. */
const IN_PROXY_COMMAND = { password: canary(), token: canary() };

const jwt = (): string => `eyJhbGciOiJIUzI1NiJ9.eyJ${canary()}.${canary()}`;
const pem = (kind: string): string => `-----BEGIN ${kind}-----\n${canary()}\n${canary()}\n-----END ${kind}-----`;

/** What programs on either side print when they fail, a secret in each. */
const OUTPUTS: readonly string[] = [
  `Authorization: Bearer ${canary()}`,
  `Authorization: Basic ${canary()}`,
  `curl: (22) bearer ${canary()}`,
  `password=${canary()}`,
  `{"password": "${canary()}", "access_token":"${canary()}"}`,
  `client_secret: '${canary()}'`,
  `https://user:${canary()}@example.test/path`,
  `https://store.example.test/blob?sv=2024&sig=${canary()}`,
  `AWS_SECRET_ACCESS_KEY=${canary()}`,
  `AccountKey=${canary()};EndpointSuffix=example.test`,
  `refresh_token=${canary()}`,
  `token ${jwt()} expired`,
  `hf_${canary()}`,
  pem("RSA PRIVATE KEY"),
  pem("OPENSSH PRIVATE KEY"),
];

describe("a person whose machines fail with secrets in their words", () => {
  let visit: Visit;
  let lockedKey: string;
  let errorFile: string;
  let clipboard = "";
  const canaries = (): readonly string[] =>
    Array.from({ length: made }, (_, index) => `Kanarie${String(index + 1).padStart(2, "0")}`);

  const prepare = async ({ boxes, home }: Session): Promise<void> => {
    errorFile = path.join(home.directory, "..", "error");
    lockedKey = path.join(home.directory, ".ssh/locked_key");
    await copyFile(boxes.userKeyFile, lockedKey);
    await mustRun("ssh-keygen", ["-q", "-p", "-P", "", "-N", TYPED.right, "-f", lockedKey]);
    const locked = boxes.box("lab-a10").sshd;
    const { password, token } = IN_PROXY_COMMAND;
    const blocks = [
      locked.sshConfig("locked").replace(/IdentityFile .*/, `IdentityFile "${lockedKey}"`),
      `Host failing\n  ProxyCommand cat '${errorFile}' >&2; exit 1 --password=${password} --token ${token}\n`,
      `Host absent\n  ProxyCommand /nowhere/proxy --password=${password} --token ${token} %h\n`,
    ];
    const config = await readFile(home.sshConfigFile, "utf8");
    const others = config.replace("Host *\n", "Host * !locked\n");
    const known = `Host locked\n  UserKnownHostsFile "${path.join(home.directory, ".ssh/known_hosts")}"\n`;
    await writeFile(home.sshConfigFile, `${blocks.join("\n")}\n${known}\n${others}`);
    await writeFile(errorFile, "Connection closed\n");
    const broken = OUTPUTS.map((text) => `cat <<'END'\n${text}\nEND\n`).join("");
    for (const [alias, stream] of [["trainer", ""] as const, ["vault", ">&2"] as const]) {
      const program = path.join(boxes.box(alias).directory, "bin/nvidia-smi");
      await writeFile(program, `#!/bin/sh\n{\n${broken}} ${stream}\nexit 7\n`, { mode: 0o755 });
    }
  };

  beforeAll(async () => {
    visit = await startVisit({ environment: ENVIRONMENT, prepare });
    await visit.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await ui.openContainer(visit.page, "GPU Environments");
  });

  afterAll(async () => {
    await visit.stop();
  });

  const journey = journeys(() => visit, { timeout: 180_000 });

  const row = (name: string, text: string | RegExp): ReturnType<typeof ui.treeRow> =>
    ui
      .treeRow(visit.page, new RegExp(`^${name}`))
      .filter({ hasText: text })
      .first();

  const found = (text: string): readonly string[] => canaries().filter((one) => text.includes(one));

  journey("types a passphrase, wrong and then right", async () => {
    const { page } = visit;
    await row("locked", "sign-in needed").waitFor({ timeout: WAIT_MS });
    await ui.clickContextMenu(page, row("locked", /./), "Reconnect…");
    await ui.inputTitle(page, "Passphrase of").waitFor({ timeout: WAIT_MS });
    await ui.inputBox(page).fill(TYPED.wrong);
    await page.keyboard.press("Enter");
    await ui.inputMessage(page, "That passphrase did not open the key").waitFor({ timeout: WAIT_MS });
    await ui.inputBox(page).fill(TYPED.right);
    await page.keyboard.press("Enter");
    await row("locked", "A10").waitFor({ timeout: WAIT_MS });
  });

  journey("reads notifications about failures without the secrets in them", async () => {
    const { page } = visit;
    for (const text of OUTPUTS) {
      const [first = ""] = text.split("\n");
      await writeFile(errorFile, `${text.replaceAll("\n", " ")} Connection closed\n`);
      await ui.clickContextMenu(page, row("failing", /./), "Reconnect…");
      await ui.runCommand(page, "Notifications: Show Notifications");
      const notification = ui.notification(page, "cannot be reached").first();
      await notification.waitFor({ timeout: WAIT_MS });
      expect(found(await notification.innerText()), first).toEqual([]);
      await ui.runCommand(page, "Notifications: Clear All Notifications");
    }
    await ui.clickContextMenu(page, row("absent", /./), "Reconnect…");
    await ui.runCommand(page, "Notifications: Show Notifications");
    await ui.notification(page, "absent").first().waitFor({ timeout: WAIT_MS });
    await ui.runCommand(page, "Notifications: Clear All Notifications");
  });

  journey("watches machines whose nvidia-smi prints secrets, connects, and copies diagnostics", async () => {
    const { page } = visit;
    await row("trainer", "command failed").waitFor({ timeout: WAIT_MS });
    await row("vault", "command failed").waitFor({ timeout: WAIT_MS });
    await ui.clickContextMenu(page, row("trainer", /./), "Show GPU Health");
    await ui.webview(page).getByText("exit code 7").first().waitFor({ timeout: WAIT_MS });
    await ui.runCommand(page, "GPU: Copy Diagnostics");
    await ui.toast(page, "The diagnostics are on the clipboard").waitFor({ timeout: WAIT_MS });
    clipboard = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(clipboard).toContain("provider ssh: ready");
    expect(clipboard).toContain("***");
    expect(found(clipboard)).toEqual([]);
  });

  journey("reads the log, which masks them", async () => {
    const { page } = visit;
    await ui.runCommand(page, "GPU: Show Log");
    const log = page.locator(".part.panel .view-lines");
    await log.waitFor({ timeout: WAIT_MS });
    await expect.poll(() => log.innerText(), { timeout: WAIT_MS }).toContain("ssh/config/");
    expect(found(await log.innerText())).toEqual([]);
  });

  it.skipIf(!workbenchWritesLogs())("VS Code has written the extension's log", async () => {
    const logs = await filesIn(path.join(visit.server.userData, "logs"));
    const ours = logs.filter((file) => path.basename(file) === "GPU Dev Environments.log");
    const texts = await Promise.all(ours.map((file) => readFile(file, "utf8")));
    expect(texts.join("")).toContain("***");
  });

  journey("finds none of them in any file that VS Code or the extension wrote", async () => {
    const roots = [visit.server.userData, visit.home.directory, path.join(visit.server.workspace)];
    const own = new Set([visit.home.sshConfigFile, lockedKey]);
    const files = (await Promise.all(roots.map(filesIn))).flat().filter((file) => !own.has(file));
    expect(files.length).toBeGreaterThan(10);
    const leaks: string[] = [];
    for (const file of files) {
      const bytes = await readFile(file).catch(() => Buffer.alloc(0)); // a file that VS Code has removed meanwhile
      for (const encoding of ["latin1", "utf16le"] as const)
        leaks.push(...found(bytes.toString(encoding)).map((one) => `${one} in ${file}`));
    }
    expect(leaks).toEqual([]);
    expect(found(visit.server.log())).toEqual([]);
    expect(made).toBeGreaterThanOrEqual(25);
  });
});

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}
