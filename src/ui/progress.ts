import * as vscode from "vscode";
import { plainText } from "../core/plainText.ts";
import type { Sentence } from "../core/sentence.ts";
import { toSignal } from "./cancellation.ts";
import { escapeLinks } from "./escapeLinks.ts";
import { localize } from "./localize.ts";

/** Runs an act that takes a while behind a notification with a Cancel button. What it reports stands beside the title. */
export async function withProgress<T>(
  title: string,
  act: (signal: AbortSignal, report: (stage: Sentence) => void) => Promise<T>,
): Promise<T> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: escapeLinks(title), cancellable: true },
    (progress, token) =>
      act(toSignal(token), (stage) => progress.report({ message: escapeLinks(plainText(localize(stage), 300)) })),
  );
}

/** Shows the thin bar of a view while something loads in it. */
export async function withViewProgress(viewId: string, act: () => Promise<void>): Promise<void> {
  await vscode.window.withProgress({ location: { viewId } }, act);
}
