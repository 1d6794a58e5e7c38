import * as vscode from "vscode";
import type { Row } from "./row.ts";

/** A row as VS Code's own item. The tooltip is left for `resolveTreeItem`: most rows are never hovered. */
export function toTreeItem(id: string, row: Row, expanded: vscode.TreeItemCollapsibleState): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label, row.expandable ? expanded : vscode.TreeItemCollapsibleState.None);
  item.id = id;
  item.description = row.description;
  item.iconPath = new vscode.ThemeIcon(
    row.icon.codicon,
    row.icon.color === undefined ? undefined : new vscode.ThemeColor(row.icon.color),
  );
  item.accessibilityInformation = { label: row.spoken };
  item.contextValue = row.context.join(" ");
  return item;
}
