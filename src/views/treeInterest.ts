import type * as vscode from "vscode";
import { canAnswer } from "../core/environment.ts";
import { disposeAll, type Disposable } from "../core/event.ts";
import type { Health } from "../health/watch.ts";
import type { EnvironmentTree } from "./environmentTree.ts";
import type { TreeNode } from "./treeNode.ts";

/**
 * Tells health what the tree shows: a glance at every row and a stream for the expanded ones, while the view is
 * visible; nothing while it is hidden.
 */
export class TreeInterest implements Disposable {
  private readonly view: vscode.TreeView<TreeNode>;
  private readonly tree: EnvironmentTree;
  private readonly health: Health;
  private readonly glanceWanted: () => boolean;
  /** The environments of the rows that are open, by the ids of these rows. */
  private readonly expanded = new Map<string, string>();
  private readonly glances = new Map<string, Disposable>();
  private readonly streams = new Map<string, Disposable>();
  private readonly subscriptions: readonly Disposable[];

  constructor(view: vscode.TreeView<TreeNode>, tree: EnvironmentTree, health: Health, glanceWanted: () => boolean) {
    this.view = view;
    this.tree = tree;
    this.health = health;
    this.glanceWanted = glanceWanted;
    this.subscriptions = [
      view.onDidChangeVisibility(() => {
        this.update();
      }),
      view.onDidExpandElement(({ element }) => {
        if (element.kind === "environment") this.expanded.set(element.id, element.environmentId);
        this.update();
      }),
      // An expand event is lost while VS Code draws the tree anew; the question for the children is not.
      tree.onDidOpen((node) => {
        if (this.expanded.has(node.id)) return;
        this.expanded.set(node.id, node.environmentId);
        this.update();
      }),
      view.onDidCollapseElement(({ element }) => {
        if (element.kind === "environment") this.expanded.delete(element.id);
        this.update();
      }),
      tree.onDidRedraw(() => {
        this.update();
      }),
    ];
    this.update();
  }

  /** Brings the interest in line with what is on screen. */
  update(): void {
    const shown = this.view.visible
      ? this.tree
          .shownEnvironments()
          .filter(canAnswer)
          .map(({ id }) => id)
      : [];
    const open = new Set(this.expanded.values());
    this.hold(this.glances, this.glanceWanted() ? shown : [], "glance");
    this.hold(
      this.streams,
      shown.filter((id) => open.has(id)),
      "stream",
    );
  }

  dispose(): void {
    disposeAll([...this.subscriptions, ...this.glances.values(), ...this.streams.values()]);
  }

  private hold(held: Map<string, Disposable>, wanted: readonly string[], interest: "glance" | "stream"): void {
    const keep = new Set(wanted);
    for (const [id, holder] of held) {
      if (keep.has(id)) continue;
      holder.dispose();
      held.delete(id);
    }
    for (const id of wanted) {
      if (!held.has(id)) held.set(id, this.health.show(id, interest));
    }
  }
}
