import * as vscode from "vscode";
import { VIEW_ID } from "../commands/commandIds.ts";
import type { Environment } from "../core/environment.ts";
import { disposeAll, type Disposable } from "../core/event.ts";
import type { Inventory } from "../core/inventory.ts";
import type { Memory } from "../health/memory.ts";
import type { Health } from "../health/watch.ts";
import { setContextKey } from "../ui/contextKeys.ts";
import { createFormat } from "../ui/format.ts";
import { localize } from "../ui/localize.ts";
import { aliasOfThisWindow } from "../ui/remoteSsh.ts";
import { readSettings } from "../ui/settings.ts";
import { CurrentEnvironment, type CurrentEnvironmentParts } from "../views/currentEnvironment.ts";
import { EnvironmentTree } from "../views/environmentTree.ts";
import { StatusBar } from "../views/statusBar.ts";
import { TreeInterest } from "../views/treeInterest.ts";
import { windowAlias } from "./connections.ts";
import type { Hosts } from "./hosts.ts";

export function currentEnvironment(
  context: vscode.ExtensionContext,
  parts: Pick<CurrentEnvironmentParts, "inventory" | "connectionOf" | "isShown">,
  memory: Memory,
): CurrentEnvironment {
  const key = "lastOpened";
  return new CurrentEnvironment({
    ...parts,
    aliasOfThisWindow: () => {
      const alias = aliasOfThisWindow();
      return alias === undefined ? undefined : windowAlias({ kind: "ssh", alias }); // also a name with capitals
    },
    windowAlias,
    pinned: () => memory.pinned,
    lastOpened: {
      get: () => context.workspaceState.get<string>(key),
      set: (environmentId) => void context.workspaceState.update(key, environmentId),
    },
  });
}

/** The tree and the status bar, and what keeps them in step. */
export function showViews(
  inventory: Inventory,
  health: Health,
  current: CurrentEnvironment,
  isShown: Hosts["isShown"],
): Disposable & { readonly redraw: () => void } {
  const speech = { say: vscode.l10n.t, localize, format: createFormat(vscode.env.language) };
  const isHere = (environment: Environment): boolean => current.isHere(environment);
  const isPinned = (environment: Environment): boolean => current.isPinned(environment);
  const tree = new EnvironmentTree({ inventory, health, speech, isShown, isHere, isPinned, now: Date.now });
  const view = vscode.window.createTreeView(VIEW_ID, { treeDataProvider: tree, showCollapseAll: true });
  const interest = new TreeInterest(view, tree, health, () => readSettings().connectAutomatically);
  const statusBar = new StatusBar({
    health,
    speech,
    current: () => (readSettings().statusBarVisible ? current.get() : undefined),
  });
  const redraw = (): void => {
    tree.redraw();
    statusBar.update();
    void setContextKey("gpuDev.empty", whyEmpty(inventory, isShown));
    void setContextKey("gpuDev.pinned", inventory.environments().some(isPinned));
  };
  const subscriptions = [current.onDidChange(redraw), interest, statusBar, view, tree];
  return {
    redraw,
    dispose: () => {
      disposeAll(subscriptions);
    },
  };
}

function whyEmpty(inventory: Inventory, isShown: Hosts["isShown"]): "no" | "nothing" | "hidden" {
  const environments = inventory.environments();
  if (environments.some(isShown)) return "no";
  if (environments.length > 0) return "hidden";
  const isListed = inventory.providerIds.every((id) => inventory.listing(id)?.kind === "ready");
  return isListed ? "nothing" : "no";
}
