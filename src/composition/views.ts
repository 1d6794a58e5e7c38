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
import { CollapsedSelection } from "../views/collapsedSelection.ts";
import { CurrentEnvironment, type CurrentEnvironmentParts } from "../views/currentEnvironment.ts";
import type { Speech } from "../views/environmentRow.ts";
import { EnvironmentTree, type EnvironmentTreeParts } from "../views/environmentTree.ts";
import { StatusBar } from "../views/statusBar.ts";
import { TreeInterest } from "../views/treeInterest.ts";
import { windowAlias } from "./connections.ts";
import type { Hosts } from "./hosts.ts";
import type { CloudWork } from "./operations.ts";

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

export interface Views extends Disposable {
  readonly redraw: () => void;
  /** Whether the tree is on screen. */
  readonly isVisible: () => boolean;
}

/** The tree and the status bar, and what keeps them in step. */
export function showViews(
  inventory: Inventory,
  health: Health,
  current: CurrentEnvironment,
  {
    isShown,
    work,
  }: { readonly isShown: Hosts["isShown"]; readonly work: Pick<CloudWork, "unfinished" | "onDidChange"> },
): Views {
  const speech = editorSpeech();
  const isHere = (environment: Environment): boolean => current.isHere(environment);
  const isPinned = (environment: Environment): boolean => current.isPinned(environment);
  const { unfinished } = work;
  const parts = { inventory, health, speech, isShown, isHere, isPinned, unfinished, now: Date.now };
  const { tree, view, subscription } = showTree(parts);
  const statusBar = new StatusBar({
    health,
    speech,
    current: () => (readSettings().statusBarVisible ? current.get() : undefined),
  });
  const redraw = (): void => {
    tree.redraw();
    statusBar.update();
    setContextKeys({ inventory, isShown, isPinned, unfinished });
  };
  const subscriptions = [current.onDidChange(redraw), work.onDidChange(redraw), statusBar, subscription];
  return {
    redraw,
    isVisible: () => view.visible,
    dispose: () => {
      disposeAll(subscriptions);
    },
  };
}

/** The tree in its view, which tells it and health what is on screen. */
function showTree(parts: EnvironmentTreeParts): {
  readonly tree: EnvironmentTree;
  readonly view: vscode.TreeView<unknown>;
  readonly subscription: Disposable;
} {
  const tree = new EnvironmentTree(parts);
  const view = vscode.window.createTreeView(VIEW_ID, {
    treeDataProvider: tree,
    showCollapseAll: true,
    canSelectMany: true,
  });
  tree.setOnScreen(view.visible);
  const visibility = view.onDidChangeVisibility(({ visible }) => tree.setOnScreen(visible));
  const interest = new TreeInterest(view, tree, parts.health, () => readSettings().connectAutomatically);
  const selection = new CollapsedSelection(view, tree);
  return { tree, view, subscription: { dispose: () => disposeAll([visibility, interest, selection, view, tree]) } };
}

/** The words and numbers of this editor's language. */
export function editorSpeech(): Speech {
  return { say: vscode.l10n.t, localize, format: createFormat(vscode.env.language) };
}

function setContextKeys({
  inventory,
  isShown,
  isPinned,
  unfinished,
}: Omit<EnvironmentTreeParts, "now" | "speech" | "health" | "isHere">): void {
  void setContextKey("gpuDev.empty", whyEmpty(inventory, isShown));
  void setContextKey("gpuDev.pinned", inventory.environments().some(isPinned));
  void setContextKey("gpuDev.unfinished", unfinished().length > 0);
}

function whyEmpty(inventory: Inventory, isShown: Hosts["isShown"]): "no" | "nothing" | "hidden" {
  const environments = inventory.environments();
  if (environments.some(isShown)) return "no";
  if (environments.length > 0) return "hidden";
  if (inventory.providerIds.some((id) => inventory.provider(id)?.isChosen)) return "no";
  const isListed = inventory.providerIds.every((id) => inventory.listing(id)?.kind === "ready");
  return isListed ? "nothing" : "no";
}
