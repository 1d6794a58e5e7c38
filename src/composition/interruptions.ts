import * as vscode from "vscode";
import { messageOf } from "../core/error.ts";
import type { Inventory } from "../core/inventory.ts";
import { Interruptions, type InterruptionNews } from "../health/interruptions.ts";
import { escapeLinks } from "../ui/escapeLinks.ts";
import type { Log } from "../ui/log.ts";
import { editorSpeech } from "./views.ts";

/** What is known of coming interruptions. The user is told of each, and of what became of it. */
export function openInterruptions(inventory: Inventory, log: Log): Interruptions {
  const interruptions = new Interruptions({ inventory, clock: Date.now, log: log.info });
  // The subscription ends with the emitter, which goes with the interruptions.
  interruptions.onDidHear((news) => {
    log.info(`${news.environmentId}: interruption (${news.interruption.action}) ${news.kind}.`);
    tell(news).catch((error: unknown) => log.info(`An interruption could not be told: ${messageOf(error)}`));
  });
  return interruptions;
}

async function tell(news: InterruptionNews): Promise<void> {
  const { interruptionMessage } = await import("../views/interruptionMessages.ts");
  const { isWarning, text, buttons } = interruptionMessage(news, Date.now(), editorSpeech());
  const show = isWarning ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  const answer = await show<string>(escapeLinks(text), ...buttons.keys());
  const command = answer === undefined ? undefined : buttons.get(answer);
  if (command !== undefined) await vscode.commands.executeCommand(command, news.environmentId);
}
