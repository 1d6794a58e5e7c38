import * as vscode from "vscode";
import { isAbort } from "../core/error.ts";
import { escapeLinks } from "./escapeLinks.ts";
import type { Log } from "./log.ts";
import { localizeError } from "./localize.ts";

export type CommandHandler = (...values: unknown[]) => unknown;

/**
 * Registers the commands; what runs them is asked for when the first of them is called. Each ends here: silently when
 * cancelled, with one message when it failed.
 */
export function registerCommands<Id extends string>(
  ids: readonly Id[],
  handlers: () => Promise<Readonly<Record<Id, CommandHandler>>>,
  log: Log,
): vscode.Disposable {
  let isDisposed = false;
  const registrations = ids.map((id) =>
    vscode.commands.registerCommand(id, async (...values: unknown[]) => {
      try {
        const table = await handlers();
        // What a command makes after the deactivation, nobody would dispose of.
        return isDisposed ? undefined : await table[id](...values);
      } catch (error) {
        if (!isAbort(error)) reportInBackground(error, log);
        return undefined;
      }
    }),
  );
  return vscode.Disposable.from(...registrations, { dispose: () => (isDisposed = true) });
}

/** Not awaited by the command: a message stays open until it is dismissed, and the command has ended by then. */
function reportInBackground(error: unknown, log: Log): void {
  log.error(error);
  const showLog = vscode.l10n.t("Show Log");
  void vscode.window.showErrorMessage(escapeLinks(log.redact(localizeError(error))), showLog).then((choice) => {
    if (choice === showLog) log.show();
  });
}
