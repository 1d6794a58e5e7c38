import * as vscode from "vscode";
import type { SshConnection, SshEntry } from "../core/connection.ts";
import type { Environment } from "../core/environment.ts";
import { GpuDevError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import { sentence } from "../core/sentence.ts";
import { escapeLinks } from "../ui/escapeLinks.ts";
import { withProgress } from "../ui/progress.ts";
import { fittingRemoteSsh, openWindowCommand, type RemoteSshPresence } from "../ui/remoteSsh.ts";

export interface ConnectParts {
  readonly connectionOf: (environment: Environment, signal: AbortSignal) => Promise<SshConnection>;
  /** The block of our include file that this connection needs; undefined where the user's own alias will do. */
  readonly includeEntry: (connection: SshConnection, signal: AbortSignal) => Promise<SshEntry | undefined>;
  /** Has the user trust an unknown host key: ssh refuses a host of our file that is not trusted. */
  readonly verifyHostKey: (connection: SshConnection, signal: AbortSignal) => Promise<void>;
  readonly include: {
    readonly status: () => Promise<"absent" | "installed" | "displaced">;
    readonly install: () => Promise<{ readonly backup: string | undefined }>;
    readonly addEntry: (entry: SshEntry) => Promise<void>;
    /** The user's SSH configuration, as shown to the user. */
    readonly userFile: () => string;
  };
  readonly remoteSsh: () => RemoteSshPresence;
  /** Remembers which environment the user works on. */
  readonly opened: (environment: Environment) => void;
}

/** Opens an editor window on the environment, through whichever extension provides `ssh-remote` here. */
export async function connect(parts: ConnectParts, environment: Environment, place: "new" | "current"): Promise<void> {
  if (!(await hasRemoteSsh(parts.remoteSsh()))) return;
  const title = vscode.l10n.t("Connecting to {0}", plainText(environment.name));
  const alias = await withProgress(title, async (signal) => {
    const connection = await parts.connectionOf(environment, signal);
    const entry = await parts.includeEntry(connection, signal);
    if (!entry) return connection.alias;
    await parts.verifyHostKey(connection, signal);
    return (await provideEntry(parts.include, entry)) ? entry.alias : undefined;
  });
  if (alias === undefined) return;
  parts.opened(environment);
  const [command, argument] = openWindowCommand(alias, place);
  await vscode.commands.executeCommand(command, argument);
}

/** Writes the entry where ssh finds it. False when the user does not consent to the Include line. */
async function provideEntry(include: ConnectParts["include"], entry: SshEntry): Promise<boolean> {
  const status = await include.status();
  if (status === "displaced") throw new GpuDevError("configuration", displaced(include.userFile()));
  if (status === "absent" && !(await consentToInclude(include))) return false;
  await include.addEntry(entry);
  return true;
}

async function consentToInclude(include: ConnectParts["include"]): Promise<boolean> {
  const add = vscode.l10n.t("Add the Line");
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t("Let ssh find this host?"),
    {
      modal: true,
      detail: vscode.l10n.t(
        "Its settings go into a file of this extension. For ssh to read it, one Include line is added at the top of {0}, after a backup. Nothing else in your file is touched, and GPU: Remove SSH Configuration takes the line out again.",
        include.userFile(),
      ),
    },
    add,
  );
  if (answer !== add) return false;
  const { backup } = await include.install();
  if (backup === undefined) return true;
  const message = vscode.l10n.t("The Include line is added. Your file as it was before is kept as {0}.", backup);
  void vscode.window.showInformationMessage(escapeLinks(plainText(message)));
  return true;
}

function displaced(file: string): ReturnType<typeof sentence> {
  return sentence(
    "The Include line of this extension is no longer the first line of {0}, so ssh may not read it. Move it to the top, or run GPU: Remove SSH Configuration and connect again.",
    file,
  );
}

async function hasRemoteSsh(presence: RemoteSshPresence): Promise<boolean> {
  if (presence !== "absent") return true;
  const id = fittingRemoteSsh(vscode.env.appName);
  const install = vscode.l10n.t("Install {0}", id);
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t("Opening a window over SSH needs another extension, and none is installed."),
    install,
  );
  if (answer !== install) return false;
  await vscode.commands.executeCommand("workbench.extensions.installExtension", id);
  return true;
}
