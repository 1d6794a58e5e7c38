// The plainest extension with a tree: what VS Code itself takes for it.
import { readFile } from "node:fs/promises";
import * as vscode from "vscode";

const TICK_MS = 1_000;

/** Reads one label per line of $BENCH_PEER_ROWS, where that is set, and then renews the first row every second. */
export function activate(context: vscode.ExtensionContext): void {
  const source = process.env["BENCH_PEER_ROWS"];
  const changed = new vscode.EventEmitter<string | undefined>();
  let labels: readonly string[] = source === undefined ? ["peer"] : [];
  let ticks = 0;
  const rows: vscode.TreeDataProvider<string> = {
    onDidChangeTreeData: changed.event,
    getChildren: (element) => (element === undefined ? [...labels] : []),
    getTreeItem: (label) => {
      const item = new vscode.TreeItem(label);
      item.id = label;
      item.description = label === labels[0] ? `${ticks}` : "";
      item.iconPath = new vscode.ThemeIcon("vm-outline");
      return item;
    },
  };
  context.subscriptions.push(changed, vscode.window.createTreeView("benchPeer.rows", { treeDataProvider: rows }));
  if (source === undefined) return;
  void readFile(source, "utf8").then((text) => {
    labels = text.trim().split("\n");
    changed.fire(undefined);
  });
  const timer = setInterval(() => {
    ticks++;
    if (labels[0] !== undefined) changed.fire(labels[0]);
  }, TICK_MS);
  context.subscriptions.push({ dispose: () => clearInterval(timer) });
}
