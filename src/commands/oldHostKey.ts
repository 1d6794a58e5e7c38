import * as vscode from "vscode";
import { plainText } from "../core/plainText.ts";
import { escapeLinks } from "../ui/escapeLinks.ts";
import { quoteForShell } from "./shellWord.ts";

/** A key that a machine no longer has, in a known_hosts file of the user's own. */
export interface OldHostKey {
  readonly file: string;
  /** The command that removes it, as words; absent where it has to be done by hand. */
  readonly removal?: readonly string[];
}

/** Says where the user's own ssh still finds the old key, with the command that takes it out; changes nothing. */
export async function tellOfOldHostKey({ file, removal }: OldHostKey): Promise<void> {
  const shownFile = plainText(file);
  if (!removal) {
    const byHand = vscode.l10n.t(
      "The new key is trusted here. Your own ssh still refuses it, because of a line with a wildcard in {0}. Change that line by hand.",
      shownFile,
    );
    await vscode.window.showWarningMessage(escapeLinks(byHand));
    return;
  }
  const command = removal.map((word) => quoteForShell(word, process.platform)).join(" ");
  const copy = vscode.l10n.t("Copy Command");
  const message = vscode.l10n.t(
    "The new key is trusted here. Your own ssh still refuses it, because the old key is in {0}. To remove it, run: {1}",
    shownFile,
    plainText(command),
  );
  if ((await vscode.window.showWarningMessage(escapeLinks(message), copy)) === copy)
    await vscode.env.clipboard.writeText(command);
}
