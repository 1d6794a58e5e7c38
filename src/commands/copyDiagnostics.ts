import os from "node:os";
import * as vscode from "vscode";
import type { Environment } from "../core/environment.ts";
import type { Inventory } from "../core/inventory.ts";
import type { Health } from "../health/watch.ts";
import { inEnglish } from "../core/sentence.ts";
import { readSettings } from "../ui/settings.ts";
import { createHostMask } from "./maskHosts.ts";

export interface DiagnosticsParts {
  readonly version: string;
  readonly platform: string;
  readonly inventory: Inventory;
  readonly health: Health;
  readonly recentLog: () => readonly string[];
  readonly redact: (text: string) => string;
}

/** Everything a bug report needs, with secrets masked, on the clipboard. Hosts and addresses are replaced by numbers. */
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
  const mask = masking(environments);
  const counted = { ...settings, sshHosts: sshHosts.length, hiddenHosts: hiddenHosts.length };
  const remote = vscode.env.remoteName ?? "none";
  return [
    `GPU Dev Environments ${version}`,
    `${vscode.env.appName} ${vscode.version} · ${platform} · Node ${process.version} · remote: ${mask(remote)}`,
    `settings: ${mask(JSON.stringify(counted))}`,
    ...inventory.providerIds.map((id) => {
      const listing = inventory.listing(id);
      const failure = listing?.kind === "failed" ? ` (${listing.error.code}: ${mask(listing.error.message)})` : "";
      return `provider ${id}: ${listing?.kind ?? "not listed"}, ${String(listing?.environments.length ?? 0)} environments${failure}`;
    }),
    ...environments.map((environment, index) => {
      const watch = health.watch(environment.id);
      const failure = "error" in watch ? ` ${watch.error.code}: ${mask(watch.error.message)}` : "";
      const gpus = watch.last?.gpus.map((gpu) => `${gpu.name ?? "?"} ${gpu.driverVersion ?? ""}`).join("; ") ?? "";
      const way = health.transport(environment.id) ?? "not reached";
      return `host ${String(index + 1)} (${inEnglish(environment.kind)}, ${way}): ${watch.kind}${failure} ${gpus}`.trimEnd();
    }),
    "",
    ...recentLog().map((line) => line.replace(/(?<=^\S+ )[\s\S]*/, mask)), // the time before it has no names
  ].join("\n");
}

function masking(environments: readonly Environment[]): (text: string) => string {
  const hosts = environments.map(({ id, name }) => ({ name, otherNames: [id, id.replace(/^.*?\/.*?\//, "")] }));
  const maskHosts = createHostMask(hosts);
  return (text) => maskHosts(text.replaceAll(os.homedir(), () => "~"));
}
