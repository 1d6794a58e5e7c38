import * as vscode from "vscode";
import type { Environment } from "../core/environment.ts";
import { plainText } from "../core/plainText.ts";
import { escapeIcons } from "../ui/escapeIcons.ts";
import { escapeLinks } from "../ui/escapeLinks.ts";
import { readSettings, writeHiddenHosts, writeSshHosts } from "../ui/settings.ts";
import type { CommandId } from "./commandIds.ts";

/** Lets the user tick the hosts that the tree shows. */
export async function chooseHosts(hideable: readonly Environment[]): Promise<void> {
  if (hideable.length === 0) return offerToAddHost();
  const hiddenBefore = new Set(readSettings().hiddenHosts);
  const items = hideable.map((environment) => ({
    label: escapeIcons(plainText(environment.name)),
    description: escapeIcons(plainText(environment.group)),
    picked: !hiddenBefore.has(environment.name),
    environment,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t("Choose Hosts"),
    placeHolder: vscode.l10n.t("Ticked hosts are shown in the view"),
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

/** An empty list to choose from would say nothing. */
async function offerToAddHost(): Promise<void> {
  const add = vscode.l10n.t("Add SSH Host");
  const message = vscode.l10n.t("There is no host to choose: your SSH configuration and your settings name none.");
  if ((await vscode.window.showInformationMessage(message, add)) === add)
    await vscode.commands.executeCommand("gpuDev.addSshHost" satisfies CommandId);
}

/** Hides one host, with an Undo at hand. */
export async function hideHost(environment: Environment): Promise<void> {
  const { name } = environment;
  await writeHiddenHosts([...new Set([...readSettings().hiddenHosts, name])]);
  const undo = vscode.l10n.t("Undo");
  const message = vscode.l10n.t("{0} is hidden. GPU: Choose Hosts shows it again.", plainText(name));
  if ((await vscode.window.showInformationMessage(escapeLinks(message), undo)) !== undo) return;
  await showAgain(name);
}

/** False where the host is not hidden. */
async function showAgain(name: string): Promise<boolean> {
  const { hiddenHosts } = readSettings();
  if (!hiddenHosts.includes(name)) return false;
  await writeHiddenHosts(hiddenHosts.filter((hidden) => hidden !== name));
  return true;
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
  const name = text.trim();
  const hosts = readSettings().sshHosts;
  const isListed = hosts.includes(name);
  if (!isListed) await writeSshHosts([...hosts, name]);
  const wasHidden = await showAgain(name); // who adds a host wants to see it
  if (isListed && !wasHidden) {
    const message = vscode.l10n.t("{0} is in the list already.", plainText(name));
    void vscode.window.showInformationMessage(escapeLinks(message));
  }
}
