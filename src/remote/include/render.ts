import { GpuDevError } from "../../core/error.ts";
import type { SshEntry } from "../../core/connection.ts";
import { sentence } from "../../core/sentence.ts";
import { hostDirectives, type Directive } from "./directives.ts";
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
  const directives: readonly Directive[] = [
    ...hostDirectives(entry, context.platform),
    ["UserKnownHostsFile", `${values.pathValue(context.knownHosts, context.platform)} ~/.ssh/known_hosts`],
    ["StrictHostKeyChecking", "yes"],
    ["ServerAliveInterval", "10"],
    ["ServerAliveCountMax", "3"],
    ["ForwardAgent", entry.forwardAgent === true ? "yes" : "no"],
  ];
  return [`Host ${values.aliasValue(entry.alias)}`, ...directives.map(([name, value]) => `  ${name} ${value}`)];
}

function usedTwice(alias: string): GpuDevError {
  return new GpuDevError(
    "configuration",
    sentence('Two machines would share the SSH alias "{0}". Rename one of them.', alias),
  );
}
