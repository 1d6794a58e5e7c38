import * as vscode from "vscode";
import { Alarms } from "../core/alarms.ts";
import type { Environment } from "../core/environment.ts";
import { messageOf } from "../core/error.ts";
import type { Inventory } from "../core/inventory.ts";
import { escapeLinks } from "../ui/escapeLinks.ts";
import type { Log } from "../ui/log.ts";
import { editorSpeech } from "./views.ts";

/** Tells the user of machines that need a look, as one that is stuck while it costs money. */
export function openAlarms(inventory: Inventory, log: Log): Alarms {
  const alarms = new Alarms(inventory);
  // The subscription ends with the emitter, which goes with the alarms.
  alarms.onDidRaise((environments) => {
    tell(environments).catch((error: unknown) => log.info(`An alarm could not be told: ${messageOf(error)}`));
  });
  return alarms;
}

async function tell(environments: readonly Environment[]): Promise<void> {
  const { alarmMessage } = await import("../views/alarmMessages.ts");
  const message = alarmMessage(environments, editorSpeech());
  if (!message) return;
  const open = vscode.l10n.t("Open in Browser");
  const buttons = message.page === undefined ? [] : [open];
  const answer = await vscode.window.showWarningMessage(escapeLinks(message.text), ...buttons);
  if (answer === open && message.page !== undefined)
    await vscode.env.openExternal(vscode.Uri.parse(message.page, true));
}
