import * as vscode from "vscode";
import { toSignal } from "./cancellation.ts";
import { escapeLinks } from "./escapeLinks.ts";

/** Runs an act that takes a while behind a notification with a Cancel button. */
export async function withProgress<T>(title: string, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: escapeLinks(title), cancellable: true },
    (_progress, token) => act(toSignal(token)),
  );
}

/** Shows the thin bar of a view while something loads in it. */
export async function withViewProgress(viewId: string, act: () => Promise<void>): Promise<void> {
  await vscode.window.withProgress({ location: { viewId } }, act);
}
