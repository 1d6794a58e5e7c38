import * as vscode from "vscode";
import type { CommandId } from "../commands/commandIds.ts";
import type { CommandParts } from "../commands/commandTable.ts";
import { eachOnce } from "../core/environment.ts";
import type { Inventory } from "../core/inventory.ts";
import type { Health } from "../health/watch.ts";
import type { Panels } from "../panels/panels.ts";
import { localize } from "../ui/localize.ts";
import type { Hosts } from "./hosts.ts";

/** The pages, loaded when the first of them is shown. */
export async function openPanels(
  context: vscode.ExtensionContext,
  inventory: Inventory,
  health: Health,
  isShown: Hosts["isShown"],
): Promise<Panels> {
  const life = new AbortController();
  context.subscriptions.push({ dispose: () => life.abort() });
  const { createPanels } = await import("../panels/panels.ts");
  life.signal.throwIfAborted();
  const shownOnly = {
    environment: (id: string) => inventory.environment(id),
    environments: () => eachOnce(inventory.environments().filter(isShown)),
    isLoading: () => inventory.isLoading,
    onDidChange: inventory.onDidChange,
  };
  const services = { health, inventory: shownOnly, localize, locale: vscode.env.language, clock: Date.now };
  const command = (id: CommandId) => (environmentId: string) => void vscode.commands.executeCommand(id, environmentId);
  const panels = createPanels(context.extensionUri, services, {
    reconnect: command("gpuDev.reconnect"),
    "trust-changed-host-key": command("gpuDev.trustChangedHostKey"),
    "open-terminal": command("gpuDev.openTerminal"),
    connect: command("gpuDev.connectInNewWindow"),
  });
  life.signal.addEventListener("abort", () => panels.dispose());
  return panels;
}

export function showing(panels: () => Promise<Panels>): Pick<CommandParts, "showHealth" | "showFleet"> {
  return {
    showHealth: async (id) => (await panels()).showHealth(id),
    showFleet: async () => (await panels()).showFleet(),
  };
}
