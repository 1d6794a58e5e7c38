import * as vscode from "vscode";

/** Which extension opens `ssh-remote+…` windows in which product, in the order in which they are looked for. */
const PROVIDERS = [
  { id: "ms-vscode-remote.remote-ssh", product: /^Visual Studio Code/i },
  { id: "anysphere.remote-ssh", product: /^Cursor/i },
  { id: "codeium.windsurf-remote-openssh", product: /^Windsurf/i },
  { id: "google.antigravity-remote-openssh", product: /^Antigravity/i },
  { id: "jeanp413.open-remote-ssh", product: /^(VSCodium|code-server|Code - OSS)/i },
] as const;

/** The extension to offer in this product; Microsoft's may be installed in Microsoft's own editor only. */
export function fittingRemoteSsh(appName: string): string {
  return PROVIDERS.find(({ product }) => product.test(appName))?.id ?? "jeanp413.open-remote-ssh";
}

export type RemoteSshPresence = "installed" | "absent" | "unknown";

/**
 * `unknown` where this extension runs on a server of a desktop editor: from there, extensions on the local side cannot
 * be seen. In a browser there is no such side.
 */
export function remoteSshPresence(extensionKind: vscode.ExtensionKind): RemoteSshPresence {
  if (PROVIDERS.some(({ id }) => vscode.extensions.getExtension(id) !== undefined)) return "installed";
  const isRemote = extensionKind === vscode.ExtensionKind.Workspace && vscode.env.remoteName !== undefined;
  return isRemote && vscode.env.uiKind === vscode.UIKind.Desktop ? "unknown" : "absent";
}

/** The public command that opens a window on an SSH alias, and its argument. It is the same in every product. */
export function openWindowCommand(alias: string, place: "new" | "current"): readonly [string, object] {
  return ["vscode.newWindow", { remoteAuthority: `ssh-remote+${alias}`, reuseWindow: place === "current" }];
}

/** The alias of the SSH host this editor window is connected to; undefined in a local or an empty window. */
export function aliasOfThisWindow(): string | undefined {
  const authority = vscode.workspace.workspaceFolders?.[0]?.uri.authority;
  return authority?.startsWith("ssh-remote+") ? authority.slice("ssh-remote+".length) : undefined;
}
