import type * as vscode from "vscode";
import type { CommandId } from "../commands/commandIds.ts";
import type { CommandParts } from "../commands/commandTable.ts";
import { disposeAll, type Disposable } from "../core/event.ts";
import { Inventory } from "../core/inventory.ts";
import { lazily } from "../core/lazily.ts";
import { createRedactor } from "../core/redact.ts";
import { LazyHealth } from "../health/lazyHealth.ts";
import { createMemory } from "../health/memory.ts";
import type { StoredState } from "../health/storedState.ts";
import type { Panels } from "../panels/panels.ts";
import type { Page } from "../panels/surface.ts";
import { createProviders } from "../providers/index.ts";
import { Log } from "../ui/log.ts";
import { runCommand } from "../ui/runCommand.ts";
import { onDidChangeSettings } from "../ui/settings.ts";
import { openAlarms } from "./alarms.ts";
import { openCloudAccounts, type CloudAccounts } from "./clouds.ts";
import { lazyCommands } from "./commands.ts";
import { providerSources, watchHosts } from "./hosts.ts";
import { openInterruptions } from "./interruptions.ts";
import { openCloudWork, type CloudWork } from "./operations.ts";
import { openPanels, showing } from "./panels.ts";
import { reaching, type Reaching } from "./reaching.ts";
import { connecting, followingAddress } from "./remote.ts";
import { currentEnvironment, editorSpeech, showViews } from "./views.ts";

/** Everything but what VS Code has to find registered. */
export interface Main extends Disposable {
  /** Does what a command is called for, and ends its errors. */
  run(id: CommandId, values: readonly unknown[]): Promise<unknown>;
  /** Takes over a page of the last session. */
  restore(page: Page, panel: vscode.WebviewPanel, state: unknown): Promise<void>;
}

/** Builds everything and connects it. Nothing is awaited, no heavy library is loaded. */
export function openMain(context: vscode.ExtensionContext): Main {
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
  const pins = reach.onDidPin((id) => health.tryAgain(id)); // an unknown host key is waited for by nobody else
  const changes = [memory.onDidRead(views.redraw), onDidChangeSettings(views.redraw), pins];
  const known = [inventory, memory, interruptions, openAlarms(inventory, log)];
  const owned: Disposable[] = [log, hosts, ...known, health, current, work, views, accounts, ...changes];
  void inventory.refreshAll();
  return mainOf({ commands, panels, log, owned: owned.reverse() });
}

interface MainParts {
  readonly commands: ReturnType<typeof lazyCommands>;
  readonly panels: () => Promise<Panels>;
  readonly log: Log;
  /** What is disposed of first comes first. */
  readonly owned: readonly Disposable[];
}

/** What a command or a page makes after the deactivation, nobody would dispose of: it is not begun. */
function mainOf({ commands, panels, log, owned }: MainParts): Main {
  let isDisposed = false;
  return {
    run: (id, values) =>
      runCommand(async () => {
        const table = await commands();
        return isDisposed ? undefined : table[id](...values);
      }, log),
    restore: async (...restored) => {
      const pages = await panels();
      if (!isDisposed) pages.restore(...restored);
    },
    dispose: () => {
      isDisposed = true;
      disposeAll(owned);
    },
  };
}

function cloudParts({ operations }: CloudWork, { aws }: CloudAccounts, reach: Reaching): CommandParts["clouds"] {
  return { operations, aws, speech: editorSpeech(), followAddress: followingAddress(reach) };
}

function openMemory(context: vscode.ExtensionContext, log: Log): () => Promise<StoredState> {
  return async () => {
    const { openStoredState } = await import("../health/storedState.ts");
    return openStoredState(context.globalStorageUri.fsPath, log.info);
  };
}

function versionOf({ extension }: vscode.ExtensionContext): string {
  const { version } = extension.packageJSON as { readonly version?: unknown };
  return typeof version === "string" ? version : "unknown";
}
