import * as vscode from "vscode";
import { isAbort } from "../core/error.ts";
import { escapeLinks } from "./escapeLinks.ts";
import type { Log } from "./log.ts";
import { localizeError } from "./localize.ts";

export type CommandHandler = (...values: unknown[]) => unknown;

/** Each act of the user ends here: silently when it was cancelled, with one message when it failed. */
export async function runCommand(act: () => Promise<unknown>, log: Log): Promise<unknown> {
  try {
    return await act();
  } catch (error) {
    if (!isAbort(error)) reportInBackground(error, log);
    return undefined;
  }
}

/** Not awaited by the command: a message stays open until it is dismissed, and the command has ended by then. */
function reportInBackground(error: unknown, log: Log): void {
  log.error(error);
  const showLog = vscode.l10n.t("Show Log");
  void vscode.window.showErrorMessage(escapeLinks(log.redact(localizeError(error))), showLog).then((choice) => {
    if (choice === showLog) log.show();
  });
}
