import * as vscode from "vscode";
import type { Environment } from "../core/environment.ts";
import { disposeAll, Emitter, type Disposable } from "../core/event.ts";
import type { Inventory } from "../core/inventory.ts";
import { plainText } from "../core/plainText.ts";
import { gpuKey } from "../gpu/gpuKey.ts";
import type { Health } from "../health/watch.ts";
import { environmentRow, isSameSight, type EnvironmentSight, type Speech } from "./environmentRow.ts";
import { gpuRow } from "./gpuRow.ts";
import { failureRow, noteRow, problemRow, providerRow } from "./plainRows.ts";
import { unfinishedGroupRow, unfinishedRow } from "./unfinishedRow.ts";
import { DrawnRows, type TreeSight } from "./drawnRows.ts";
import { toTooltip, type Row } from "./row.ts";
import { toTreeItem } from "./treeItem.ts";
import { TreeChildren, type Unfinished } from "./treeChildren.ts";
import type { EnvironmentNode, GpuNode, NoteNode, ProblemNode, TreeNode } from "./treeNode.ts";

/** Changes that arrive within this time are drawn together. */
const COALESCE_MS = 250;

export interface EnvironmentTreeParts {
  readonly inventory: Inventory;
  readonly health: Health;
  readonly speech: Speech;
  /** Whether the user wants to see it. */
  readonly isShown: (environment: Environment) => boolean;
  /** Whether this editor window is connected to it. */
  readonly isHere: (environment: Environment) => boolean;
  /** Whether it is pinned to the status bar. */
  readonly isPinned: (environment: Environment) => boolean;
  /** What was begun in a cloud and not ended well. */
  readonly unfinished: () => readonly Unfinished[];
  readonly now: () => number;
}

/** Every environment the user may use. Renders what inventory and health say, and asks for nothing itself. */
export class EnvironmentTree implements vscode.TreeDataProvider<TreeNode>, Disposable {
  private readonly parts: EnvironmentTreeParts;
  private readonly children: TreeChildren;
  private readonly changed = new vscode.EventEmitter<TreeNode[] | undefined>();
  private readonly redrawn = new Emitter<undefined>();
  private readonly opened = new Emitter<EnvironmentNode>();
  private readonly drawn = new DrawnRows();
  /** What the row of an environment that VS Code has was made from. */
  private readonly handed = new WeakMap<EnvironmentNode, EnvironmentSight>();
  private readonly sight: TreeSight = {
    childrenOf: (parent) => this.childrenOf(parent),
    rowOf: (node) => this.row(node),
    isAsHanded: (node) => this.isAsHanded(node),
    isThere: (node) => this.children.has(node),
  };
  private readonly subscriptions: readonly Disposable[];
  private readonly dirty = new Set<TreeNode>();
  private isToBeCompared = false;
  private hasRows = false;
  private isOnScreen = false;
  private timer: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.changed.event;
  /** The tree has been brought in line with what is listed and what the user wants to see. */
  readonly onDidRedraw = this.redrawn.event;
  /** The row of an environment that is being drawn open. */
  readonly onDidOpen = this.opened.event;

  constructor(parts: EnvironmentTreeParts) {
    this.parts = parts;
    this.children = new TreeChildren(parts);
    this.subscriptions = [
      parts.inventory.onDidChange(() => {
        this.redraw();
      }),
      parts.health.onDidChange((environmentId) => {
        this.redrawEnvironment(environmentId);
      }),
    ];
  }

  /** Draws what has changed, soon; at once where there were no rows and now there are. */
  redraw(): void {
    const hadRows = this.hasRows;
    this.hasRows = this.children.providersWithRows().length > 0 || this.parts.unfinished().length > 0;
    if (!hadRows && !this.hasRows) return;
    this.isToBeCompared = true;
    if (hadRows) this.schedule();
    else this.draw();
  }

  /** What changes while the view is hidden is drawn when it is back; see `CollapsedSelection`. */
  setOnScreen(isOnScreen: boolean): void {
    this.isOnScreen = isOnScreen;
    if (isOnScreen && (this.isToBeCompared || this.dirty.size > 0)) this.draw();
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const state =
      node.kind === "provider" || node.kind === "unfinished"
        ? vscode.TreeItemCollapsibleState.Expanded
        : vscode.TreeItemCollapsibleState.Collapsed;
    const row = node.kind === "environment" ? this.handEnvironment(node) : this.row(node);
    this.drawn.handRow(node, row);
    const item = toTreeItem(node.id, row, state);
    if (node.kind === "problem" || node.kind === "gpu") {
      item.command = { command: "gpuDev.showGpuHealth", title: "", arguments: [node] };
    }
    return item;
  }

  resolveTreeItem(item: vscode.TreeItem, node: TreeNode): vscode.TreeItem {
    const tooltip = toTooltip(this.row(node).tooltip());
    this.drawn.handTooltip(node, tooltip);
    item.tooltip = tooltip;
    return item;
  }

  getChildren(node?: TreeNode): TreeNode[] {
    if (node?.kind === "environment") this.opened.fire(node);
    const children = this.childrenOf(node);
    const handed = this.drawn.handChildren(node, children);
    if (handed.length < children.length) this.drawRest();
    return handed;
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return this.children.parentOf(node);
  }

  private childrenOf(node: TreeNode | undefined): TreeNode[] {
    if (!node) return this.children.roots();
    switch (node.kind) {
      case "provider":
        return this.children.underProvider(node.providerId);
      case "environment":
        return this.children.underEnvironment(node);
      case "unfinished":
        return this.children.underUnfinished();
      case "unfinished-operation":
      case "failure":
      case "gpu":
      case "problem":
      case "note":
        return [];
    }
  }

  shownEnvironments(): readonly Environment[] {
    return this.parts.inventory.environments().filter(this.parts.isShown);
  }

  dispose(): void {
    clearTimeout(this.timer);
    disposeAll(this.subscriptions);
    this.changed.dispose();
    this.redrawn.dispose();
    this.opened.dispose();
  }

  private redrawEnvironment(environmentId: string): void {
    const rows = this.children.rowsOf(environmentId);
    if (rows.length === 0) return;
    for (const row of rows) this.dirty.add(row);
    this.schedule();
  }

  private drawRest(): void {
    this.isToBeCompared = true;
    this.schedule();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => this.draw(), COALESCE_MS);
  }

  private draw(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.isOnScreen) return;
    const isComplete = this.isToBeCompared;
    const compared = isComplete ? this.drawn.changes(this.sight) : [];
    const nodes = compared && [...new Set([...compared, ...this.dirty])];
    this.isToBeCompared = false;
    this.dirty.clear();
    if (nodes?.length !== 0) this.changed.fire(nodes);
    if (isComplete) this.redrawn.fire(undefined);
  }

  private row(node: TreeNode): Row {
    switch (node.kind) {
      case "provider":
        return providerRow(node.providerId, this.parts.inventory, this.parts.speech);
      case "failure":
        return this.failureRow(node);
      case "environment":
        return this.rowFrom(node, this.environmentSight(node));
      case "gpu":
        return this.gpuRow(node);
      case "problem":
        return this.problemRow(node);
      case "note":
        return this.noteRow(node);
      case "unfinished":
        return unfinishedGroupRow(this.parts.speech);
      case "unfinished-operation": {
        const operation = this.parts.unfinished().find(({ id }) => id === node.operationId);
        return operation
          ? unfinishedRow(operation, this.parts.now(), this.parts.speech)
          : gone(node, this.parts.speech);
      }
    }
  }

  private failureRow({ providerId }: { readonly providerId: string }): Row {
    const { inventory, speech, now } = this.parts;
    return failureRow(providerId, inventory, now(), speech);
  }

  private problemRow({ environmentId, problemId }: ProblemNode): Row {
    const problem = this.parts.health.problems(environmentId).find(({ id }) => id === problemId);
    return problemRow(problem, this.parts.speech);
  }

  private noteRow({ environmentId, providerId }: NoteNode): Row {
    const { inventory, health, speech } = this.parts;
    return noteRow(inventory.environment(environmentId, providerId), health.watch(environmentId), speech);
  }

  private rowFrom(node: EnvironmentNode, sight: EnvironmentSight | undefined): Row {
    return sight ? environmentRow(sight, this.parts.speech) : gone(node, this.parts.speech);
  }

  private handEnvironment(node: EnvironmentNode): Row {
    const sight = this.environmentSight(node);
    if (sight) this.handed.set(node, sight);
    else this.handed.delete(node);
    return this.rowFrom(node, sight);
  }

  private isAsHanded(node: TreeNode): boolean {
    if (node.kind !== "environment") return false;
    const before = this.handed.get(node);
    const sight = this.environmentSight(node);
    return before !== undefined && sight !== undefined && isSameSight(before, sight);
  }

  /** Undefined for one that is no longer listed. */
  private environmentSight(node: EnvironmentNode): EnvironmentSight | undefined {
    const { inventory, health, isHere, isPinned, now } = this.parts;
    const environment = inventory.environment(node.environmentId, node.providerId);
    return (
      environment && {
        environment,
        watch: health.watch(environment.id),
        spec: environment.gpu ?? health.lastSpec(environment.id),
        problems: health.problems(environment.id),
        interruption: health.interruption(environment.id),
        here: isHere(environment),
        pinned: isPinned(environment),
        now: now(),
      }
    );
  }

  private gpuRow(node: GpuNode): Row {
    const watch = this.parts.health.watch(node.environmentId);
    const gpu = watch.last?.gpus.find((candidate) => gpuKey(candidate) === node.gpuKey);
    if (!gpu) return gone(node, this.parts.speech);
    return gpuRow(gpu, watch.kind !== "live", this.parts.speech);
  }
}

/** VS Code may ask for an element once more after it left the tree. */
function gone(node: TreeNode, { say }: Speech): Row {
  const label = plainText("environmentId" in node ? node.environmentId : node.id);
  return {
    label,
    description: say("no longer listed"),
    tooltip: () => [],
    icon: { codicon: "blank" },
    spoken: label,
    context: [],
    expandable: false,
  };
}
