import type { SshEntry } from "../../core/connection.ts";
import { GpuDevError, messageOf } from "../../core/error.ts";
import { plainText } from "../../core/plainText.ts";
import { sentence } from "../../core/sentence.ts";
import { systemCode } from "../../files/fileError.ts";
import type { RunProgram } from "./program.ts";
import { proxyProgramValue } from "./values.ts";

/** Each check is one process, and they share two cores with the editor on small machines. */
const PROCESSES = 4;

/** Asks ssh itself how it reads each entry of a file, and throws "configuration" unless it is what was meant. */
export async function verifyWithSsh(
  run: RunProgram,
  sshProgram: string,
  file: string,
  entries: readonly SshEntry[],
): Promise<void> {
  const waiting = [...entries];
  const worker = async () => {
    for (let entry = waiting.shift(); entry; entry = waiting.shift())
      assertMeant(entry, await effectiveSettings(run, sshProgram, file, entry.alias));
  };
  await Promise.all(Array.from({ length: PROCESSES }, worker));
}

type Settings = ReadonlyMap<string, readonly string[]>;

async function effectiveSettings(run: RunProgram, sshProgram: string, file: string, alias: string): Promise<Settings> {
  const result = await run(sshProgram, ["-G", "-F", file, "--", alias]).catch((error: unknown) => {
    throw notRun(sshProgram, error);
  });
  if (result.exitCode !== 0) throw readDifferently(alias, result.stderr);
  const settings = new Map<string, string[]>();
  for (const line of result.stdout.split(/\r?\n/)) {
    const [, name, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    settings.set(name, [...(settings.get(name) ?? []), value]);
  }
  return settings;
}

/** Settings by which a line that slipped in could run a command. */
const COMMANDS = ["proxycommand", "localcommand", "remotecommand", "knownhostscommand"] as const;

function assertMeant(entry: SshEntry, settings: Settings): void {
  const expected: Readonly<Record<string, string | undefined>> = {
    hostname: entry.hostName,
    port: String(entry.port ?? 22),
    ...(entry.user === undefined ? {} : { user: entry.user }),
    hostkeyalias: entry.hostKeyAlias,
    proxycommand: proxyLine(entry),
    proxyjump: unlessNone(entry.proxyJump),
  };
  for (const [name, value] of Object.entries(expected))
    if (!sameText(settings.get(name)?.join("\n"), value)) throw readDifferently(entry.alias, name);
  for (const name of COMMANDS)
    if (expected[name] === undefined && unlessNone(settings.get(name)?.[0]) !== undefined)
      throw readDifferently(entry.alias, name);
  assertIdentities(entry, settings);
}

function proxyLine({ proxyCommand, proxyProgram }: SshEntry): string | undefined {
  return proxyProgram ? proxyProgramValue(proxyProgram) : unlessNone(proxyCommand);
}

function assertIdentities({ alias, identityFiles = [] }: SshEntry, settings: Settings): void {
  if (identityFiles.length === 0) return;
  const read = settings.get("identityfile") ?? [];
  const meant = [...new Set(identityFiles)];
  const same = read.length === meant.length && meant.every((file, at) => samePath(read[at] ?? "", file));
  if (!same || settings.get("identitiesonly")?.[0] !== "yes") throw readDifferently(alias, "identityfile");
}

/** Some versions print paths as they are written, some with "%%" and "~" resolved. */
function samePath(read: string, meant: string): boolean {
  const expected = meant.replaceAll("\\", "/");
  const resolved = read.replaceAll("\\", "/").replaceAll("%%", "%");
  return (
    resolved === expected.replaceAll("%%", "%") || (expected.startsWith("~") && resolved.endsWith(expected.slice(1)))
  );
}

/** ssh prints host names in lower case, and addresses of jump hosts in brackets. */
function sameText(read: string | undefined, meant: string | undefined): boolean {
  const comparable = (text: string | undefined) => text?.toLowerCase().replace(/[[\]]/g, "");
  return comparable(read) === comparable(meant);
}

function unlessNone(value: string | undefined): string | undefined {
  return value?.toLowerCase() === "none" ? undefined : value;
}

function readDifferently(alias: string, detail: string): GpuDevError {
  return new GpuDevError(
    "configuration",
    sentence("ssh does not read the host {0} as it was meant ({1}). Nothing was changed.", alias, plainText(detail)),
  );
}

function notRun(sshProgram: string, cause: unknown): GpuDevError {
  if (systemCode(cause) === "ENOENT") {
    const words = sentence("{0} was not found. Nothing was changed. Install OpenSSH, then try again.", sshProgram);
    return new GpuDevError("missing-tool", words, { cause });
  }
  const words = sentence("{0} did not answer ({1}). Nothing was changed.", sshProgram, messageOf(cause));
  return new GpuDevError("configuration", words, { cause });
}
