import * as vscode from "vscode";
import type { Connection } from "../core/connection.ts";
import type { Environment } from "../core/environment.ts";
import { plainText } from "../core/plainText.ts";
import { escapeIcons } from "../ui/escapeIcons.ts";
import { quoteForShell } from "./shellWord.ts";

export interface TerminalParts {
  readonly connectionOf: (environment: Environment, signal: AbortSignal) => Promise<Connection>;
  /** The ssh program and its arguments for a connection: values only, no shell in between. */
  readonly sshCommand: (connection: Connection & { readonly kind: "ssh" }) => Promise<readonly [string, ...string[]]>;
  readonly opened: (environment: Environment) => void;
}

/** A terminal on the environment, by the user's own ssh, so that everything ssh can ask is asked there. */
export async function openTerminal(parts: TerminalParts, environment: Environment): Promise<void> {
  const connection = await parts.connectionOf(environment, new AbortController().signal);
  const name = plainText(environment.name);
  const terminal = vscode.window.createTerminal(await terminalOptions(parts, connection, name));
  parts.opened(environment);
  terminal.show();
}

async function terminalOptions(
  parts: TerminalParts,
  connection: Connection,
  name: string,
): Promise<vscode.TerminalOptions> {
  const iconPath = new vscode.ThemeIcon("chip");
  if (connection.kind === "local") return { name, iconPath };
  const [shellPath, ...shellArgs] = await parts.sshCommand(connection);
  return { name, iconPath, shellPath, shellArgs, isTransient: true };
}

/** Puts on the clipboard what a person would type. */
export async function copySshCommand(parts: TerminalParts, environment: Environment): Promise<void> {
  const connection = await parts.connectionOf(environment, new AbortController().signal);
  if (connection.kind !== "ssh") return;
  const words = (await parts.sshCommand(connection)).map((word) => quoteForShell(word, process.platform));
  await vscode.env.clipboard.writeText(words.join(" "));
  void vscode.window.setStatusBarMessage(escapeIcons(vscode.l10n.t("Copied: {0}", plainText(words.join(" ")))), 5000);
}
