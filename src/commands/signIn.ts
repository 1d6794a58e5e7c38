import * as vscode from "vscode";
import { GpuDevError } from "../core/error.ts";
import type { Inventory } from "../core/inventory.ts";
import type { EnvironmentProvider } from "../core/provider.ts";
import { sentence } from "../core/sentence.ts";
import { localize } from "../ui/localize.ts";
import { withProgress } from "../ui/progress.ts";

/** Lets the user sign in again; what failed for want of that is listed anew then. */
export async function signIn(inventory: Inventory, providerId: string | undefined): Promise<void> {
  const id = providerId ?? waitingIds(inventory).find((each) => inventory.provider(each)?.signIn?.() !== undefined);
  const provider = id === undefined ? undefined : inventory.provider(id);
  const way = provider?.signIn?.();
  if (!provider || !way) {
    throw new GpuDevError("unsupported", sentence("No account waits for a sign-in that can be begun here."));
  }
  const listAnew = (): void => {
    // The other regions of the account wait for the same sign-in.
    for (const each of new Set([provider.id, ...waitingIds(inventory)])) void inventory.refresh(each);
  };
  if (way.kind === "program") openTerminal(way.words, listAnew);
  else if (await enterCode(provider, way.enter)) listAnew();
}

function openTerminal([shellPath, ...shellArgs]: readonly [string, ...string[]], ended: () => void): void {
  const terminal = vscode.window.createTerminal({ name: vscode.l10n.t("Sign In"), shellPath, shellArgs });
  terminal.show();
  const closing = vscode.window.onDidCloseTerminal((closed) => {
    if (closed !== terminal) return;
    closing.dispose();
    ended();
  });
}

/** False where the user gave it up. */
async function enterCode(
  provider: EnvironmentProvider,
  enter: (code: string, signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const code = await vscode.window.showInputBox({
    title: vscode.l10n.t("Sign In"),
    prompt: vscode.l10n.t("One-time code for {0}", localize(provider.displayName)),
    placeHolder: "123456",
    ignoreFocusOut: true,
    validateInput: (text) =>
      /^\s*\d{6}\s*$/.test(text) ? undefined : vscode.l10n.t("Six digits, as your device shows them"),
  });
  if (code === undefined) return false;
  await withProgress(vscode.l10n.t("Signing in"), (signal) => enter(code.trim(), signal));
  return true;
}

function waitingIds(inventory: Inventory): readonly string[] {
  return inventory.providerIds.filter((id) => {
    const listing = inventory.listing(id);
    return listing?.kind === "failed" && listing.error.code === "authentication";
  });
}
