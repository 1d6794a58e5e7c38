import * as v from "valibot";
import type { SshEntry } from "../../core/connection.ts";
import { GpuDevError } from "../../core/error.ts";
import { sentence } from "../../core/sentence.ts";

/** A host of our file and the part of the extension that keeps it, e.g. "azure.vm". */
export interface OwnedEntry {
  readonly owner: string;
  readonly entry: SshEntry;
}

/** Before each host, its entry as JSON: what the file is written from the next time. */
export const STATE_MARK = "#: ";
/** The last line, with the number of hosts: what lacks it is not whole. */
export const END_MARK = "# end of hosts: ";

const ownedEntry = v.strictObject({
  owner: v.string(),
  entry: v.strictObject({
    alias: v.string(),
    hostName: v.string(),
    port: v.exactOptional(v.number()),
    user: v.exactOptional(v.string()),
    identityFiles: v.exactOptional(v.array(v.string())),
    proxyJump: v.exactOptional(v.string()),
    proxyCommand: v.exactOptional(v.string()),
    proxyProgram: v.exactOptional(v.tupleWithRest([v.string()], v.string())),
    hostKeyAlias: v.exactOptional(v.string()),
    forwardAgent: v.exactOptional(v.boolean()),
  }),
});

/**
 * Reads back what `renderFile` wrote. Throws "configuration" if it is not whole: taking it for empty would drop every
 * host of the other windows.
 */
export function parseOwnFile(text: string, file: string): readonly OwnedEntry[] {
  const lines = text.split("\n");
  try {
    const states = lines.filter((line) => line.startsWith(STATE_MARK));
    const entries = states.map((line) => v.parse(ownedEntry, JSON.parse(line.slice(STATE_MARK.length))));
    if (lines.at(-2) === `${END_MARK}${entries.length}` && lines.at(-1) === "") return entries;
  } catch (error) {
    throw damaged(file, error);
  }
  throw damaged(file, undefined);
}

function damaged(file: string, cause: unknown): GpuDevError {
  return new GpuDevError(
    "configuration",
    sentence("{0} is damaged. Nothing was changed. Move it away; it is then written anew.", file),
    { cause },
  );
}
