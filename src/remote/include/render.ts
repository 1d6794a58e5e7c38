import { GpuDevError } from "../../core/error.ts";
import type { SshEntry } from "../../core/connection.ts";
import { sentence } from "../../core/sentence.ts";
import { END_MARK, STATE_MARK, type OwnedEntry } from "./ownFile.ts";
import * as values from "./values.ts";

/** Where a rendered file will be read. */
export interface RenderContext {
  /** The file in which pinned host keys are kept, as an absolute path. */
  readonly knownHosts: string;
  readonly platform: NodeJS.Platform;
}

/** The whole text of our file. Throws "configuration" for a value that cannot be written safely or an alias used twice. */
export function renderFile(owned: readonly OwnedEntry[], context: RenderContext): string {
  const taken = new Set<string>();
  const blocks = owned.flatMap(({ owner, entry }) => {
    if (taken.has(entry.alias)) throw usedTwice(entry.alias);
    taken.add(entry.alias);
    return [
      `${STATE_MARK}${JSON.stringify({ owner: values.ownerValue(owner), entry })}`,
      ...renderHost(entry, context),
    ];
  });
  return [...HEADER, ...blocks, `${END_MARK}${owned.length}`, ""].join("\n");
}

const HEADER = [
  "# Written by GPU Dev Environments, and rewritten whole: changes made here are lost.",
  "# Your own settings belong into the file that includes this one.",
] as const;

/** One `Host` block, as lines. */
function renderHost(entry: SshEntry, context: RenderContext): readonly string[] {
  const directives: readonly (readonly [string, string | undefined])[] = [
    ["HostName", values.hostNameValue(entry.hostName)],
    ["Port", written(entry.port, values.portValue)],
    ["User", written(entry.user, values.userValue)],
    ...identities(entry, context.platform),
    ["HostKeyAlias", written(entry.hostKeyAlias, values.hostKeyAliasValue)],
    ["UserKnownHostsFile", `${values.pathValue(context.knownHosts, context.platform)} ~/.ssh/known_hosts`],
    ["StrictHostKeyChecking", "yes"],
    ...proxy(entry),
    ["ServerAliveInterval", "10"],
    ["ServerAliveCountMax", "3"],
    ["ForwardAgent", entry.forwardAgent === true ? "yes" : "no"],
  ];
  const lines = directives.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name} ${value}`]));
  return [`Host ${values.aliasValue(entry.alias)}`, ...lines];
}

function identities({ identityFiles = [] }: SshEntry, platform: NodeJS.Platform): (readonly [string, string])[] {
  if (identityFiles.length === 0) return []; // IdentitiesOnly would then shut out the agent's keys
  const files = [...new Set(identityFiles)].map((file) => ["IdentityFile", values.pathValue(file, platform)] as const);
  return [...files, ["IdentitiesOnly", "yes"]];
}

function proxy({ alias, proxyJump, proxyCommand }: SshEntry): (readonly [string, string | undefined])[] {
  if (proxyJump !== undefined && proxyCommand !== undefined)
    throw new GpuDevError(
      "configuration",
      sentence('"{0}" has both jump hosts and a proxy command. Keep one of them.', alias),
    );
  return [
    ["ProxyJump", written(proxyJump, values.proxyJumpValue)],
    ["ProxyCommand", written(proxyCommand, values.proxyCommandValue)],
  ];
}

function written<T>(value: T | undefined, check: (value: T) => string): string | undefined {
  return value === undefined ? undefined : check(value);
}

function usedTwice(alias: string): GpuDevError {
  return new GpuDevError(
    "configuration",
    sentence('Two machines would share the SSH alias "{0}". Rename one of them.', alias),
  );
}
