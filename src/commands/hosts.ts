import * as vscode from "vscode";
import type { Environment } from "../core/environment.ts";
import { plainText } from "../core/plainText.ts";
import { escapeIcons } from "../ui/escapeIcons.ts";
import { escapeLinks } from "../ui/escapeLinks.ts";
import { readSettings, writeHiddenHosts, writeSshHosts } from "../ui/settings.ts";

/** Lets the user tick the hosts that the tree shows. */
export async function chooseHosts(hideable: readonly Environment[]): Promise<void> {
  const hiddenBefore = new Set(readSettings().hiddenHosts);
  const items = hideable.map((environment) => ({
    label: escapeIcons(plainText(environment.name)),
    description: escapeIcons(plainText(environment.group)),
    picked: !hiddenBefore.has(environment.name),
    environment,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t("Choose Hosts"),
    placeHolder: vscode.l10n.t("The ticked hosts are shown and, while the view is visible, read"),
    canPickMany: true,
    matchOnDescription: true,
  });
  if (!chosen) return;
  const shown = new Set(chosen.map(({ environment }) => environment.name));
  const listed = new Set(hideable.map(({ name }) => name));
  // Hosts that were not in the list stay hidden, also those that were hidden while it was open.
  const kept = readSettings().hiddenHosts.filter((name) => !listed.has(name));
  await writeHiddenHosts([...kept, ...[...listed].filter((name) => !shown.has(name))]);
}

/** Hides one host, with an Undo at hand. */
export async function hideHost(environment: Environment): Promise<void> {
  const { name } = environment;
  await writeHiddenHosts([...new Set([...readSettings().hiddenHosts, name])]);
  const undo = vscode.l10n.t("Undo");
  const message = vscode.l10n.t("{0} is hidden. GPU: Choose Hosts shows it again.", plainText(name));
  if ((await vscode.window.showInformationMessage(escapeLinks(message), undo)) !== undo) return;
  await writeHiddenHosts(readSettings().hiddenHosts.filter((hidden) => hidden !== name));
}

/** Asks for `user@host:port` and adds it to the setting. */
export async function addSshHost(isHost: (text: string) => Promise<boolean>): Promise<void> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t("Add SSH Host"),
    prompt: vscode.l10n.t("For jump hosts and keys use your SSH configuration, or the setting gpuDev.ssh.hosts."),
    placeHolder: "user@host:port",
    ignoreFocusOut: true,
    validateInput: async (value) =>
      (await isHost(value.trim())) ? undefined : vscode.l10n.t("Write it as host, user@host or user@host:port."),
  });
  if (text === undefined) return;
  const hosts = readSettings().sshHosts;
  if (hosts.includes(text.trim())) {
    void vscode.window.showInformationMessage(vscode.l10n.t("{0} is in the list already.", plainText(text)));
    return;
  }
  await writeSshHosts([...hosts, text.trim()]);
}
