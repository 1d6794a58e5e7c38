import * as vscode from "vscode";

/** The extension's settings, read when used, so that a change works without a reload. */
export interface Settings {
  readonly sshHosts: readonly unknown[];
  readonly showConfigHosts: boolean;
  readonly hiddenHosts: readonly string[];
  readonly connectAutomatically: boolean;
  /** Undefined: the default file. */
  readonly sshConfigFile: string | undefined;
  readonly sshProgram: string;
  readonly statusBarVisible: boolean;
  /** AWS profiles with their regions, as written: the provider reads them. */
  readonly awsAccounts: readonly unknown[];
  readonly awsGpuOnly: boolean;
  readonly awsMineOnly: boolean;
  /** `key` or `key=value`; undefined: every tag. */
  readonly awsTag: string | undefined;
  /** Prices that win over what a cloud says, as written. */
  readonly prices: unknown;
}

const SECTION = "gpuDev";

export function readSettings(): Settings {
  const section = vscode.workspace.getConfiguration(SECTION);
  const remoteSshFile = vscode.workspace.getConfiguration("remote.SSH").get<unknown>("configFile");
  return {
    sshHosts: listOf(section.get<unknown>("ssh.hosts")),
    showConfigHosts: section.get<unknown>("ssh.showConfigHosts") !== false,
    hiddenHosts: listOf(section.get<unknown>("ssh.hiddenHosts")).filter((name) => typeof name === "string"),
    connectAutomatically: section.get<unknown>("ssh.connectAutomatically") !== false,
    sshConfigFile: textOf(section.get<unknown>("ssh.configFile")) ?? textOf(remoteSshFile),
    sshProgram: textOf(section.get<unknown>("ssh.program")) ?? "ssh",
    statusBarVisible: section.get<unknown>("statusBar.visible") !== false,
    awsAccounts: listOf(section.get<unknown>("aws.accounts")),
    awsGpuOnly: section.get<unknown>("aws.gpuOnly") !== false,
    awsMineOnly: section.get<unknown>("aws.mineOnly") === true,
    awsTag: textOf(section.get<unknown>("aws.tag")),
    prices: section.get<unknown>("prices"),
  };
}

export function onDidChangeSettings(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration(SECTION) || change.affectsConfiguration("remote.SSH.configFile")) listener();
  });
}

export async function writeHiddenHosts(names: readonly string[]): Promise<void> {
  await vscode.workspace.getConfiguration(SECTION).update("ssh.hiddenHosts", names, vscode.ConfigurationTarget.Global);
}

export async function writeSshHosts(hosts: readonly unknown[]): Promise<void> {
  await vscode.workspace.getConfiguration(SECTION).update("ssh.hosts", hosts, vscode.ConfigurationTarget.Global);
}

export async function writeAwsAccounts(accounts: readonly unknown[]): Promise<void> {
  await vscode.workspace.getConfiguration(SECTION).update("aws.accounts", accounts, vscode.ConfigurationTarget.Global);
}

/** A settings file is edited by hand: what has the wrong form is as good as absent. */
function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}
