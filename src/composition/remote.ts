import os from "node:os";
import path from "node:path";
import type * as vscode from "vscode";
import type { CommandParts } from "../commands/commandTable.ts";
import type { ConnectParts } from "../commands/connect.ts";
import type { RemovableInclude } from "../commands/removeSshInclude.ts";
import type { SshConnection, SshEntry } from "../core/connection.ts";
import { accountHome } from "../files/accountHome.ts";
import type { Environment } from "../core/environment.ts";
import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import type { Ask } from "../core/ask.ts";
import { isSafeAlias } from "../remote/include/alias.ts";
import type { SshInclude } from "../remote/include/sshInclude.ts";
import type { Remote } from "../remote/openSession.ts";
import { askAnswers, askPassphrase, askToTrustHostKey } from "../ui/ask.ts";
import type { Log } from "../ui/log.ts";
import { remoteSshPresence } from "../ui/remoteSsh.ts";
import { readSettings } from "../ui/settings.ts";
import { otherConfigFile, ownSshFolder, userConfigFile } from "./sshFiles.ts";
import type { CurrentEnvironment } from "../views/currentEnvironment.ts";
import type { Reaching } from "./reaching.ts";

/** What needs ssh2, host keys or our include file: loaded when a connection is first made. */
export interface RemoteParts {
  readonly sessions: Remote;
  /** Of the configuration file that the settings name at this moment. */
  readonly include: () => SshInclude;
  readonly resolvedEntry: (connection: SshConnection, signal: AbortSignal) => Promise<SshEntry>;
}

export async function openRemote(log: Log): Promise<RemoteParts> {
  const [{ createRemote }, { createSshInclude }, { resolvedEntry }] = await Promise.all([
    import("../remote/openSession.ts"),
    import("../remote/include/sshInclude.ts"),
    import("../remote/include/resolvedEntry.ts"),
  ]);
  const ssh = { sshProgram: () => readSettings().sshProgram, platform: process.platform, clock: Date.now };
  const sessions = createRemote({
    ...ssh,
    ask: asking(log),
    configFile: otherConfigFile,
    trustFile: trustFile(),
    log: log.info,
    environment: process.env,
  });
  const include = (): SshInclude =>
    createSshInclude({
      ...ssh,
      home: os.homedir(),
      accountHome: accountHome(),
      userConfigFile: userConfigFile(),
      windowsAccount: process.platform === "win32" ? windowsAccount() : "",
    });
  return {
    sessions,
    include,
    resolvedEntry: async (connection, signal) => resolvedEntry(await sessions.resolve(connection, signal)),
  };
}

/** Asks the user. What is typed unseen is a secret from then on, wherever the far side may repeat it. */
function asking(log: Log): Ask {
  return {
    trustHostKey: askToTrustHostKey,
    passphrase: async (question, signal) => {
      const passphrase = await askPassphrase(question, signal);
      if (passphrase !== undefined) log.conceal(passphrase);
      return passphrase;
    },
    answers: async (question, signal) => {
      const answers = await askAnswers(question, signal);
      answers?.filter((_, index) => question.prompts[index]?.echo !== true).forEach(log.conceal);
      return answers;
    },
  };
}

/** Elsewhere nobody needs it, and an account of a container may have no name. */
function windowsAccount(): string {
  return `${process.env["USERDOMAIN"] ?? ""}\\${os.userInfo().username}`;
}

export function connecting(
  context: vscode.ExtensionContext,
  { remote, pinnedConnectionOf: connectionOf, pin }: Pick<Reaching, "remote" | "pinnedConnectionOf" | "pin">,
  current: CurrentEnvironment,
): Pick<CommandParts, "connecting" | "terminals" | "include" | "learnHostKeys" | "trustChangedHostKey"> {
  const opened = (environment: Environment): void => {
    current.opened(environment);
  };
  const include = includeOf(remote);
  const sshConnectionOf = async (environment: Environment, signal: AbortSignal): Promise<SshConnection> => {
    const connection = await connectionOf(environment, signal);
    if (connection.kind === "ssh") return connection;
    throw new GpuDevError("unsupported", sentence("{0} is not reached over SSH.", environment.name));
  };
  return {
    include,
    connecting: {
      connectionOf: sshConnectionOf,
      includeEntry: async (connection, signal) => {
        if (connection.entry) return connection.entry;
        // An editor lower-cases the host in a window's address, so other names go by an alias of their own.
        return isSafeAlias(connection.alias) ? undefined : (await remote()).resolvedEntry(connection, signal);
      },
      verifyHostKey: async (connection, signal) => (await remote()).sessions.verify(connection, signal),
      include,
      remoteSsh: () => remoteSshPresence(context.extension.extensionKind),
      opened,
    },
    terminals: { connectionOf, sshCommand: (connection) => sshCommand(remote, connection), opened },
    learnHostKeys: pin,
    trustChangedHostKey: async (environment, signal) => {
      const { sessions } = await remote();
      return sessions.retrust(await sshConnectionOf(environment, signal), signal);
    },
  };
}

/** A machine that was started has another address: windows that are open on it, and `ssh`, find it by our file. */
export function followingAddress({
  remote,
  pinnedConnectionOf,
}: Pick<Reaching, "remote" | "pinnedConnectionOf">): (environment: Environment) => Promise<void> {
  return async (environment) => {
    const include = (await remote()).include();
    const owners = await include.owners();
    if (owners.length === 0) return;
    const connection = await pinnedConnectionOf(environment, new AbortController().signal);
    if (connection.kind !== "ssh" || !connection.entry) return;
    const { entry } = connection;
    if (owners.includes(entry.alias)) await include.setEntries(entry.alias, [entry]);
  };
}

function includeOf(remote: () => Promise<RemoteParts>): ConnectParts["include"] & RemovableInclude {
  return {
    status: async () => (await remote()).include().status(),
    install: async () => (await remote()).include().install(),
    remove: async () => (await remote()).include().remove(),
    addEntry: async (entry) => (await remote()).include().setEntries(entry.alias, [entry]),
    userFile: userConfigFile,
  };
}

/** Our own known_hosts. */
function trustFile(): string {
  return path.join(ownSshFolder(), "known_hosts");
}

async function sshCommand(
  remote: Reaching["remote"],
  connection: SshConnection,
): Promise<readonly [string, ...string[]]> {
  const { knownHostsArguments, sshArguments } = await import("../remote/sshArguments.ts");
  const file = otherConfigFile();
  return [
    readSettings().sshProgram,
    ...(file === undefined ? [] : ["-F", file]),
    ...(isPinned(connection)
      ? knownHostsArguments(await userKnownHostsFiles(remote, connection), trustFile(), process.platform)
      : []),
    ...sshArguments(connection, process.platform),
  ];
}

/** Whether its platform tells its host keys: they are on record here, and the user's own files need not have them. */
function isPinned({ entry }: SshConnection): boolean {
  return entry?.hostKeyAlias !== undefined;
}

async function userKnownHostsFiles(remote: Reaching["remote"], connection: SshConnection): Promise<readonly string[]> {
  const options = await (await remote()).sessions.resolve(connection, new AbortController().signal);
  return options.userKnownHostsFiles;
}
