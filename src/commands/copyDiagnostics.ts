import * as vscode from "vscode";
import type { Inventory } from "../core/inventory.ts";
import type { Health } from "../health/watch.ts";
import { readSettings } from "../ui/settings.ts";

export interface DiagnosticsParts {
  readonly version: string;
  readonly platform: string;
  readonly inventory: Inventory;
  readonly health: Health;
  readonly recentLog: () => readonly string[];
  readonly redact: (text: string) => string;
}

/** Everything a bug report needs, with secrets masked, on the clipboard. Host names are replaced by numbers. */
export async function copyDiagnostics(parts: DiagnosticsParts): Promise<void> {
  await vscode.env.clipboard.writeText(parts.redact(report(parts)));
  void vscode.window.showInformationMessage(
    vscode.l10n.t(
      "The diagnostics are on the clipboard, with secrets masked and hosts numbered. Read them before you share them.",
    ),
  );
}

function report({ version, platform, inventory, health, recentLog }: DiagnosticsParts): string {
  const { sshHosts, hiddenHosts, ...settings } = readSettings();
  const environments = inventory.environments();
  const lines = [
    `GPU Dev Environments ${version}`,
    `${vscode.env.appName} ${vscode.version} · ${platform} · Node ${process.version} · remote: ${vscode.env.remoteName ?? "none"}`,
    `settings: ${JSON.stringify({ ...settings, sshHosts: sshHosts.length, hiddenHosts: hiddenHosts.length })}`,
    ...inventory.providerIds.map((id) => {
      const listing = inventory.listing(id);
      const failure = listing?.kind === "failed" ? ` (${listing.error.code}: ${listing.error.message})` : "";
      return `provider ${id}: ${listing?.kind ?? "not listed"}, ${String(listing?.environments.length ?? 0)} environments${failure}`;
    }),
    ...environments.map((environment, index) => {
      const watch = health.watch(environment.id);
      const failure = "error" in watch ? ` ${watch.error.code}: ${watch.error.message}` : "";
      const gpus = watch.last?.gpus.map((gpu) => `${gpu.name ?? "?"} ${gpu.driverVersion ?? ""}`).join("; ") ?? "";
      const way = health.transport(environment.id) ?? "not reached";
      return `host ${String(index + 1)} (${environment.kind}, ${way}): ${watch.kind}${failure} ${gpus}`.trimEnd();
    }),
    "",
    ...recentLog(),
  ];
  return withoutHostNames(
    lines.join("\n"),
    environments.map(({ name }) => name),
  );
}

/** Longest names first, so that a name inside another does not split it. */
function withoutHostNames(text: string, names: readonly string[]): string {
  const numbered = names.map((name, index) => [name, `<host ${String(index + 1)}>`] as const);
  return numbered
    .filter(([name]) => name.length > 2)
    .sort(([a], [b]) => b.length - a.length)
    .reduce((masked, [name, replacement]) => masked.replaceAll(name, () => replacement), text);
}
