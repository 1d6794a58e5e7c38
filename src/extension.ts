import type * as vscode from "vscode";
import { COMMAND_IDS } from "./commands/commandIds.ts";
import { lazyCommands } from "./composition/commands.ts";
import { connections } from "./composition/connections.ts";
import { providerSources, watchHosts } from "./composition/hosts.ts";
import { openPanels, restoredPanels } from "./composition/panels.ts";
import { connecting, openRemote } from "./composition/remote.ts";
import { currentEnvironment, showViews } from "./composition/views.ts";
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
  const inventory = new Inventory(createProviders(providerSources(hosts, log)), Date.now, log.error);
  const connectionOf = connections(inventory);
  const memory = createMemory(openMemory(context, log), Date.now, log.info);
  const remote = lazily(() => openRemote(log));
  const health = new LazyHealth({
    openSession: async (...call) => (await remote()).sessions.openSession(...call),
    connectionOf: (id, signal) => connectionOf(inventory.existing(id), signal),
    specs: memory,
    clock: Date.now,
    random: Math.random,
    log: log.info,
  });
  const current = currentEnvironment(context, { inventory, connectionOf, isShown: hosts.isShown }, memory);
  const views = showViews(inventory, health, current, hosts.isShown);
  const panels = lazily(() => openPanels(context, inventory, health, hosts.isShown));
  const commands = lazyCommands(() => ({
    ...{ inventory, health, log, isShown: hosts.isShown },
    version: versionOf(context),
    ...connecting(context, connectionOf, current, remote),
    showHealth: async (id) => (await panels()).showHealth(id),
    showFleet: async () => (await panels()).showFleet(),
    pin: (id) => {
      memory.pin(id);
      views.redraw();
    },
  }));
  const changes = [memory.onDidRead(views.redraw), onDidChangeSettings(views.redraw)];
  const owned: readonly Disposable[] = [log, hosts, inventory, memory, health, current, views, ...changes];
  context.subscriptions.push(
    registerCommands(COMMAND_IDS, commands, log),
    ...restoredPanels(panels),
    ...[...owned].reverse(),
  );
  const listing = setImmediate(() => void inventory.refreshAll()); // not within the time of activation
  context.subscriptions.push({ dispose: () => clearImmediate(listing) });
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
