import * as vscode from "vscode";
import type { Environment } from "../core/environment.ts";
import type { Inventory } from "../core/inventory.ts";
import { GpuDevError, isAbort } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import { sentence, type Sentence } from "../core/sentence.ts";
import type { Operations } from "../operations/operations.ts";
import type { ProvisionRecord } from "../operations/record.ts";
import { whileLoading } from "../ui/askQuestion.ts";
import { escapeIcons } from "../ui/escapeIcons.ts";
import { localize } from "../ui/localize.ts";
import { withProgress } from "../ui/progress.ts";
import { tellCancelled, tellReady } from "./provision.ts";

export interface UnfinishedParts {
  readonly inventory: Inventory;
  readonly operations: () => Promise<Operations>;
}

/** Goes on with what was interrupted; `operationId`: the row, absent from the command palette. */
export async function finishUnfinished(parts: UnfinishedParts, operationId: string | undefined): Promise<void> {
  const operations = await parts.operations();
  const unfinished = operations.unfinished.filter(({ isRemnant }) => isRemnant !== true);
  const left = await choose(unfinished, operationId, vscode.l10n.t("Go on with which one?"));
  if (!left) return;
  const title = vscode.l10n.t("Provisioning {0}", plainText(left.name));
  try {
    const finish = (signal: AbortSignal, report: (stage: Sentence) => void): Promise<Environment> =>
      operations.finish(left.id, { signal, report });
    void tellReady(await withProgress(title, finish));
  } catch (error) {
    if (isAbort(error)) void tellCancelled(left.name);
    throw error;
  }
}

/** Deletes what was interrupted, after naming what that is. */
export async function discardUnfinished(parts: UnfinishedParts, operationId: string | undefined): Promise<void> {
  const operations = await parts.operations();
  const left = await choose(operations.unfinished, operationId, vscode.l10n.t("Delete what is left of which one?"));
  if (!left || !(await confirm(parts.inventory, left))) return;
  const title = vscode.l10n.t("Deleting what {0} left behind", plainText(left.name));
  await withProgress(title, (signal, report) => operations.discard(left.id, { signal, report }));
}

async function confirm(inventory: Inventory, left: ProvisionRecord): Promise<boolean> {
  const message = vscode.l10n.t("Delete what {0} left behind?", plainText(left.name));
  const detail = await whileLoading(message, (signal) => toBeDeleted(inventory, left, signal));
  if (detail === undefined) return false;
  const remove = vscode.l10n.t("Delete");
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, remove)) === remove;
}

/** Asked of the cloud at this moment: it may have changed since the row was drawn. */
async function toBeDeleted(inventory: Inventory, left: ProvisionRecord, signal: AbortSignal): Promise<string> {
  const remains = await inventory.provider(left.providerId)?.provisioning?.remains?.(left.id, signal);
  if (!remains) return vscode.l10n.t("Whatever this operation made in the cloud is deleted, with everything on it.");
  if (remains.length === 0)
    return vscode.l10n.t("The cloud lists nothing of it any more. Deleting makes sure of that and removes the row.");
  const lines = remains.map((part) => `• ${plainText(localize(part), 400)}`);
  return [vscode.l10n.t("This is deleted for good:"), ...lines].join("\n");
}

/** What the row stands for; from the command palette the only one there is, or what the user picks. */
async function choose(
  unfinished: readonly ProvisionRecord[],
  operationId: string | undefined,
  title: string,
): Promise<ProvisionRecord | undefined> {
  const [only, second] = unfinished;
  if (operationId === undefined && second) return pick(unfinished, title);
  const wanted = operationId === undefined ? only : unfinished.find(({ id }) => id === operationId);
  if (wanted) return wanted;
  throw new GpuDevError("not-found", sentence("There is no such unfinished operation. Refresh the view."));
}

async function pick(unfinished: readonly ProvisionRecord[], title: string): Promise<ProvisionRecord | undefined> {
  const items = unfinished.map((left) => ({
    label: escapeIcons(plainText(left.name)),
    detail: left.trouble ? escapeIcons(plainText(localize(left.trouble), 400)) : "",
    left,
  }));
  return (await vscode.window.showQuickPick(items, { title }))?.left;
}
