import type * as vscode from "vscode";
import { COMMAND_IDS } from "./commands/commandIds.ts";
import type { CommandParts } from "./commands/commandTable.ts";
import { openCloudAccounts, type CloudAccounts } from "./composition/clouds.ts";
import { lazyCommands } from "./composition/commands.ts";
import { providerSources, watchHosts } from "./composition/hosts.ts";
import { openInterruptions } from "./composition/interruptions.ts";
import { openCloudWork, type CloudWork } from "./composition/operations.ts";
import { openPanels, restoredPanels, showing } from "./composition/panels.ts";
import { reaching, type Reaching } from "./composition/reaching.ts";
import { connecting, followingAddress } from "./composition/remote.ts";
import { currentEnvironment, editorSpeech, showViews } from "./composition/views.ts";
import type { Disposable } from "./core/event.ts";
import { Inventory } from "./core/inventory.ts";
import { lazily } from "./core/lazily.ts";
import { createRedactor } from "./core/redact.ts";
import { LazyHealth } from "./health/lazyHealth.ts";
import { createMemory } from "./health/memory.ts";
import type { StoredState } from "./health/storedState.ts";
import { createProviders } from "./providers/index.ts";
import { Log } from "./ui/log.ts";
import { registerCommands } from "./ui/register.ts";
import { onDidChangeSettings } from "./ui/settings.ts";

/** Builds everything and connects it. Nothing is awaited, no heavy library is loaded, no network is used. */
export function activate(context: vscode.ExtensionContext): void {
  const log = new Log(createRedactor());
  const hosts = watchHosts();
  const { isShown } = hosts;
  const base = createProviders(providerSources(hosts, log));
  const inventory = new Inventory(base, Date.now, log.error);
  const memory = createMemory(openMemory(context, log), Date.now, log.info);
  const reach = reaching(inventory, log);
  const interruptions = openInterruptions(inventory, log);
  const health = new LazyHealth({
    ...{ ...reach.health, specs: memory, interruptions },
    ...{ clock: Date.now, random: Math.random, log: log.info },
  });
  const current = currentEnvironment(context, { inventory, connectionOf: reach.connectionOf, isShown }, memory);
  const work = openCloudWork(context, inventory, log, reach.openMade);
  const views = showViews(inventory, health, current, { isShown, work });
  const accounts = openCloudAccounts({ context, inventory, base, isWatched: views.isVisible, log });
  const panels = lazily(() => openPanels(context, inventory, health, isShown));
  const commands = lazyCommands(() => ({
    ...{ inventory, health, log, isShown, version: versionOf(context) },
    ...connecting(context, reach, current),
    clouds: cloudParts(work, accounts, reach),
    ...showing(panels),
    pin: (id) => {
      memory.pin(id);
      views.redraw();
    },
  }));
  const changes = [memory.onDidRead(views.redraw), onDidChangeSettings(views.redraw)];
  const known = [inventory, memory, interruptions];
  const owned: Disposable[] = [log, hosts, ...known, health, current, work, views, accounts, ...changes];
  context.subscriptions.push(
    registerCommands(COMMAND_IDS, commands, log),
    ...restoredPanels(panels),
    ...owned.reverse(),
  );
  const listing = setImmediate(() => void inventory.refreshAll()); // not within the time of activation
  context.subscriptions.push({ dispose: () => clearImmediate(listing) });
}

function cloudParts({ operations }: CloudWork, { aws }: CloudAccounts, reach: Reaching): CommandParts["clouds"] {
  return { operations, aws, speech: editorSpeech(), followAddress: followingAddress(reach) };
}

function openMemory(context: vscode.ExtensionContext, log: Log): () => Promise<StoredState> {
  return async () => {
    await new Promise((resolve) => setImmediate(resolve)); // not within the time of activation
    const { openStoredState } = await import("./health/storedState.ts");
    return openStoredState(context.globalStorageUri.fsPath, log.info);
  };
}

function versionOf({ extension }: vscode.ExtensionContext): string {
  const { version } = extension.packageJSON as { readonly version?: unknown };
  return typeof version === "string" ? version : "unknown";
}
