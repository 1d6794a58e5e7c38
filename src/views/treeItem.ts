import * as vscode from "vscode";
import type { Row, RowIcon } from "./row.ts";

/** A row as VS Code's own item. The tooltip is left for `resolveTreeItem`: most rows are never hovered. */
export function toTreeItem(row: Row, expanded: vscode.TreeItemCollapsibleState): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label, row.expandable ? expanded : vscode.TreeItemCollapsibleState.None);
  item.id = row.id;
  item.description = row.description;
  item.iconPath = themeIcon(row.icon);
  item.accessibilityInformation = { label: row.spoken };
  item.contextValue = row.context.join(" ");
  return item;
}

/** Thousands of rows have the same few. */
const icons = new Map<string, vscode.ThemeIcon>();

function themeIcon({ codicon, color }: RowIcon): vscode.ThemeIcon {
  const key = `${codicon} ${color ?? ""}`;
  const known = icons.get(key);
  if (known) return known;
  const icon = new vscode.ThemeIcon(codicon, color === undefined ? undefined : new vscode.ThemeColor(color));
  icons.set(key, icon);
  return icon;
}
