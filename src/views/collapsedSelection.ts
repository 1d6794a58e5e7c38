import type * as vscode from "vscode";
import { disposeAll, type Disposable } from "../core/event.ts";
import type { TreeNode } from "./treeNode.ts";

/**
 * Selects a row that is collapsed where what was selected stands below it. VS Code draws what changed in a hidden view
 * when that comes back, and at the same moment looks for the selected row, which it has just forgotten where the row
 * above it is collapsed: an error box. The tree tells a hidden view nothing, but may learn too late that it is hidden.
 */
export class CollapsedSelection implements Disposable {
  private readonly view: vscode.TreeView<TreeNode>;
  private readonly tree: { readonly getParent: (node: TreeNode) => TreeNode | undefined };
  /** Collapsed while the view was about to go: to show a row would bring it back. */
  private pending: TreeNode | undefined;
  private readonly subscriptions: readonly Disposable[];

  constructor(view: vscode.TreeView<TreeNode>, tree: CollapsedSelection["tree"]) {
    this.view = view;
    this.tree = tree;
    this.subscriptions = [
      view.onDidCollapseElement(({ element }) => this.collapsed(element)),
      view.onDidExpandElement(({ element }) => {
        if (element === this.pending) this.pending = undefined;
      }),
      view.onDidChangeVisibility(({ visible }) => {
        if (visible && this.pending) this.collapsed(this.pending);
      }),
    ];
  }

  dispose(): void {
    disposeAll(this.subscriptions);
  }

  private collapsed(row: TreeNode): void {
    this.pending = undefined;
    if (!this.view.selection.some((selected) => this.isBelow(selected, row))) return;
    if (!this.view.visible) {
      this.pending = row;
      return;
    }
    // A row that has left the tree meanwhile cannot be selected, and took what was below it along.
    this.view.reveal(row, { select: true, focus: false, expand: false }).then(undefined, () => undefined);
  }

  private isBelow(node: TreeNode, row: TreeNode): boolean {
    for (let above = this.tree.getParent(node); above; above = this.tree.getParent(above)) {
      if (above === row) return true;
    }
    return false;
  }
}
