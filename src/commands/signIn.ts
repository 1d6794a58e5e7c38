import * as vscode from "vscode";
import { GpuDevError } from "../core/error.ts";
import type { Inventory } from "../core/inventory.ts";
import { sentence } from "../core/sentence.ts";

/** Opens a terminal in which the user signs in again; what it lists is asked for anew when that ends. */
export async function signIn(inventory: Inventory, providerId: string | undefined): Promise<void> {
  const failed = inventory.providerIds.find((id) => {
    const listing = inventory.listing(id);
    return listing?.kind === "failed" && listing.error.code === "authentication";
  });
  const id = providerId ?? failed;
  const command = id === undefined ? undefined : inventory.provider(id)?.signIn;
  if (id === undefined || !command)
    throw new GpuDevError("unsupported", sentence("No account waits for a sign-in that can be begun here."));
  const [shellPath, ...shellArgs] = command;
  const terminal = vscode.window.createTerminal({ name: vscode.l10n.t("Sign In"), shellPath, shellArgs });
  terminal.show();
  const closing = vscode.window.onDidCloseTerminal((closed) => {
    if (closed !== terminal) return;
    closing.dispose();
    void inventory.refresh(id);
  });
  return Promise.resolve();
}
