import * as vscode from "vscode";

/** The keys that `when` clauses of package.json read, with the values each may have. */
interface ContextKeys {
  /** Why the tree is empty; "no" when it is not. */
  "gpuDev.empty": "no" | "nothing" | "hidden";
  /** Whether an environment is pinned to the status bar. */
  "gpuDev.pinned": boolean;
  /** Whether an operation may have left something in a cloud. */
  "gpuDev.unfinished": boolean;
}

export async function setContextKey<K extends keyof ContextKeys>(key: K, value: ContextKeys[K]): Promise<void> {
  await vscode.commands.executeCommand("setContext", key, value);
}
