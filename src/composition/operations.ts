import { randomUUID } from "node:crypto";
import path from "node:path";
import type * as vscode from "vscode";
import { Emitter, type Disposable, type Event } from "../core/event.ts";
import type { Inventory } from "../core/inventory.ts";
import { lazily } from "../core/lazily.ts";
import { messageOf } from "../core/error.ts";
import type { Operations } from "../operations/operations.ts";
import type { ReadinessParts } from "../operations/readiness.ts";
import type { Log } from "../ui/log.ts";
import type { Unfinished } from "../views/treeChildren.ts";

/** The operations, loaded when the first is asked for or when a cloud has answered that may have some under way. */
export interface CloudWork extends Disposable {
  readonly operations: () => Promise<Operations>;
  readonly unfinished: () => readonly Unfinished[];
  readonly onDidChange: Event<undefined>;
}

export function openCloudWork(
  context: vscode.ExtensionContext,
  inventory: Inventory,
  log: Log,
  open: ReadinessParts["open"],
): CloudWork {
  const changed = new Emitter<undefined>();
  let opened: Operations | undefined;
  let isDisposed = false;
  const operations = lazily(async () => {
    const [{ Operations }, { createJournal }, { awaitReady }] = await Promise.all([
      import("../operations/operations.ts"),
      import("../operations/journal.ts"),
      import("../operations/readiness.ts"),
    ]);
    const made = new Operations({
      ...{ inventory, clock: Date.now, newId: randomUUID, log: log.info },
      journal: createJournal(path.join(context.globalStorageUri.fsPath, "operations"), log.info),
      awaitReady: (environment, control) => awaitReady({ open, clock: Date.now }, environment, control),
    });
    if (isDisposed) made.dispose();
    opened = made;
    made.onDidChange(() => changed.fire(undefined));
    return made;
  });
  const answered = onceAnswered(inventory, operations, log);
  return {
    operations,
    unfinished: () => opened?.unfinished ?? [],
    onDidChange: changed.event,
    dispose: () => {
      isDisposed = true;
      answered.dispose();
      opened?.dispose();
      changed.dispose();
    },
  };
}

/** What was under way when the last window closed is taken up once its cloud has said what there is. */
function onceAnswered(inventory: Inventory, operations: CloudWork["operations"], log: Log): Disposable {
  const takeUp = async (): Promise<void> => {
    const opened = await operations();
    await opened.resume();
    await opened.search();
  };
  const seen = new Set<string>();
  return inventory.onDidChange((providerId) => {
    if (seen.has(providerId) || inventory.provider(providerId)?.isChosen !== true) return;
    if (inventory.listing(providerId)?.kind !== "ready") return;
    seen.add(providerId);
    takeUp().catch((error: unknown) => log.info(`Operations under way cannot be read: ${messageOf(error)}`));
  });
}
