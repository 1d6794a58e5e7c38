// The extension's own SSH hosts live in a file of its own, and one Include line in the user's configuration points to
// it. All changes of either file happen under one lock, so that several windows can make them.
import * as fs from "node:fs/promises";
import path from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { SshEntry } from "../../core/connection.ts";
import { GpuDevError } from "../../core/error.ts";
import { sentence } from "../../core/sentence.ts";
import { readIfPresent, replaceFile } from "../../files/atomicFile.ts";
import { writeError } from "../../files/fileError.ts";
import { withLock } from "../../files/lock.ts";
import { keepCopy } from "./backup.ts";
import { parseOwnFile, type OwnedEntry } from "./ownFile.ts";
import { runProgram, type RunProgram } from "./program.ts";
import { renderFile } from "./render.ts";
import { addInclude, includeState, removeInclude, type IncludedPaths, type IncludeState } from "./userInclude.ts";
import { includeValue, ownerValue } from "./values.ts";
import { verifyWithSsh } from "./verify.ts";
import { aclArguments, restrictAcl } from "./windowsAcl.ts";

const FOLDER = "gpu-dev-environments.d";

export interface SshInclude {
  /** Where our line is in the user's configuration. Throws if that cannot be read. */
  status(): Promise<IncludeState>;
  /** Makes our line the first directive, after the user's consent. `backup`: the file that holds the text before. */
  install(): Promise<{ readonly backup: string | undefined }>;
  /** Takes our line out again; `backup` as with `install`. The hosts stay in our file, where nothing reads them. */
  remove(): Promise<{ readonly backup: string | undefined }>;
  /**
   * Replaces the entries of `owner` and leaves those of the others. A `proxyCommand` is a command that ssh runs: where
   * an entry comes from, and so whether it may bring one, is for the caller to know. Throws "configuration", with
   * nothing changed, for a value that cannot be written safely, an alias in use by another owner, or a file that ssh
   * reads differently.
   */
  setEntries(owner: string, entries: readonly SshEntry[]): Promise<void>;
  /** Whose hosts are in our file, in no particular order. */
  owners(): Promise<readonly string[]>;
}

export interface SshIncludeDependencies {
  /** Our own files live in its `.ssh`. */
  readonly home: string;
  /** Where ssh looks for relative paths; another than `home` where $HOME is not the account's. */
  readonly accountHome: string;
  /** The setting `remote.SSH.configFile`, or else `~/.ssh/config`; absolute. */
  readonly userConfigFile: string;
  /** Asked at each use, because it is a setting. */
  readonly sshProgram: () => string;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  /** "DOMAIN\user", for access control lists; used on Windows only. */
  readonly windowsAccount: string;
  readonly run?: RunProgram;
}

export function createSshInclude(dependencies: SshIncludeDependencies): SshInclude {
  const { userConfigFile } = dependencies;
  const files = locate(dependencies);
  const included = includedAs(dependencies, files.own);
  const status = async () => includeState(toText(await readIfPresent(userConfigFile), userConfigFile), included);
  return {
    status,
    install: async () => {
      includeValue(included[0]);
      if ((await status()) === "installed") return { backup: undefined };
      return await changeUserConfig(dependencies, (config) => addInclude(config, included));
    },
    remove: async () => {
      if ((await status()) === "absent") return { backup: undefined };
      return await changeUserConfig(dependencies, (config) => removeInclude(config, included));
    },
    owners: async () => {
      const text = (await readIfPresent(files.own))?.toString("utf8");
      return text === undefined ? [] : parseOwnFile(text, files.own).map(({ owner }) => owner);
    },
    setEntries: async (owner, entries) => {
      const replacement = { owner: ownerValue(owner), entries };
      await inOurFolder(dependencies, (stillHeld) => writeEntries(dependencies, replacement, stillHeld));
    },
  };
}

interface Located {
  readonly folder: string;
  readonly own: string;
  readonly knownHosts: string;
}

function locate({ home }: Pick<SshIncludeDependencies, "home">): Located {
  const folder = path.join(home, ".ssh", FOLDER);
  return { folder, own: path.join(folder, "config"), knownHosts: path.join(folder, "known_hosts") };
}

/** ssh resolves relative paths against `~/.ssh`, whichever file they are in. */
function includedAs({ home, accountHome, userConfigFile }: SshIncludeDependencies, own: string): IncludedPaths {
  const relative = `${FOLDER}/config`;
  const absolute = Buffer.from(own.replaceAll("\\", "/")).toString("latin1");
  const isInSshFolder =
    path.resolve(path.dirname(userConfigFile)) === path.resolve(accountHome, ".ssh") &&
    path.resolve(home) === path.resolve(accountHome);
  return isInSshFolder ? [relative, absolute, `~/.ssh/${relative}`] : [absolute, relative, `~/.ssh/${relative}`];
}

async function inOurFolder<T>(
  dependencies: SshIncludeDependencies,
  work: (stillHeld: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const { folder, own } = locate(dependencies);
  try {
    const made = await fs.mkdir(folder, { recursive: true, mode: 0o700 });
    if (made !== undefined) await protect(dependencies, folder, "folder");
    else if (((await fs.stat(folder)).mode & 0o077) !== 0) await fs.chmod(folder, 0o700);
  } catch (error) {
    throw writeError(folder, error);
  }
  return await withLock(own, work);
}

async function protect(dependencies: SshIncludeDependencies, target: string, kind: "file" | "folder"): Promise<void> {
  if (dependencies.platform !== "win32") return;
  await restrictAcl(dependencies.run ?? runProgram, aclArguments(target, dependencies.windowsAccount, kind));
}

async function changeUserConfig(
  dependencies: SshIncludeDependencies,
  change: (config: string) => string,
): Promise<{ readonly backup: string | undefined }> {
  const file = dependencies.userConfigFile;
  return await inOurFolder(dependencies, async (stillHeld) => {
    const before = await readIfPresent(file);
    const after = Buffer.from(change(toText(before, file)), "latin1");
    if (before?.equals(after) === true) return { backup: undefined };
    const backup = before && (await keepCopy(file, before, dependencies.clock()));
    await replaceFile(file, after, {
      beforeRename: async (temporary) => {
        await protect(dependencies, temporary, "file");
        await stillHeld();
        await assertUnchanged(file, before);
      },
    });
    return { backup };
  });
}

/** Editors and other tools do not know our lock. */
async function assertUnchanged(file: string, before: Buffer | undefined): Promise<void> {
  const current = await readIfPresent(file);
  if (current === before || (before !== undefined && current?.equals(before) === true)) return;
  const words = sentence("{0} was changed by another program meanwhile. Nothing was written. Try again.", file);
  throw new GpuDevError("busy", words);
}

/** One character a byte: see userInclude.ts. */
function toText(config: Buffer | undefined, file: string): string {
  const start = config?.subarray(0, 2).toString("hex");
  if (start !== "fffe" && start !== "feff") return config?.toString("latin1") ?? "";
  const words = sentence("{0} is encoded as UTF-16, which ssh cannot read. Save it as UTF-8, then try again.", file);
  throw new GpuDevError("configuration", words);
}

interface Replacement {
  readonly owner: string;
  readonly entries: readonly SshEntry[];
}

async function writeEntries(
  dependencies: SshIncludeDependencies,
  { owner, entries }: Replacement,
  stillHeld: () => Promise<void>,
): Promise<void> {
  const { own, knownHosts } = locate(dependencies);
  const before = (await readIfPresent(own))?.toString("utf8");
  const current = before === undefined ? [] : parseOwnFile(before, own);
  const next = [...current.filter((other) => other.owner !== owner), ...entries.map((entry) => ({ owner, entry }))];
  const text = renderFile(next.sort(byOwner), { knownHosts, platform: dependencies.platform });
  if (text === before) return;
  const known = new Set(current.map(({ entry }) => JSON.stringify(entry)));
  const changed = entries.filter((entry) => !known.has(JSON.stringify(entry)));
  await replaceFile(own, Buffer.from(text), {
    mode: 0o600,
    beforeRename: async (temporary) => {
      await protect(dependencies, temporary, "file");
      await verifyWithSsh(dependencies.run ?? runProgram, dependencies.sshProgram(), temporary, changed);
      await stillHeld();
    },
  });
}

/** So that the order of the file does not depend on who wrote last. */
function byOwner(one: OwnedEntry, other: OwnedEntry): number {
  return one.owner < other.owner ? -1 : Number(one.owner > other.owner);
}
