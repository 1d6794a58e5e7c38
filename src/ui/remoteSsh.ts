import * as vscode from "vscode";
import { aliasOfAuthority } from "./sshAuthority.ts";

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

/** The alias of the SSH host this editor window is connected to; undefined in a local window. */
export function aliasOfThisWindow(): string | undefined {
  return authorities()
    .map(aliasOfAuthority)
    .find((alias) => alias !== undefined);
}

/** What names the far side of this window: in an empty one, only what is open in it. */
function authorities(): readonly string[] {
  const { workspaceFolders = [], workspaceFile } = vscode.workspace;
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const opened = tabs.flatMap(({ input }) => (input instanceof vscode.TabInputText ? [input.uri] : []));
  const uris = [...workspaceFolders.map(({ uri }) => uri), ...(workspaceFile ? [workspaceFile] : []), ...opened];
  return uris.map(({ authority }) => authority);
}
