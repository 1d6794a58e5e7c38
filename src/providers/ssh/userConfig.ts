import path from "node:path";
import { GpuDevError } from "../../core/error.ts";
import { parseSshConfigLine, sshConfigKeyword } from "../../core/sshConfigLine.ts";
import { sentence } from "../../core/sentence.ts";
import { systemCode } from "../../files/fileError.ts";
import { expandGlob, type ListFolder } from "./configGlob.ts";
import { isPattern, matchesPatterns } from "./hostPattern.ts";

/** A host that `ssh <alias>` reaches by name, and the file that names it first. */
export interface ConfigHost {
  readonly alias: string;
  readonly source: string;
}

export interface ListOptions {
  readonly home: string;
  /** The names in a folder, for `Include` with wildcards. May reject, as for a folder that does not exist. */
  readonly listFolder: ListFolder;
}

/** The keywords that say which hosts there are; most lines say something about one. */
const NAMING: ReadonlySet<string | undefined> = new Set(["host", "match", "include"]);
/** OpenSSH's READCONF_MAX_DEPTH. */
const DEEPEST_INCLUDE = 16;
/** Conditional includes are read once per condition; this ends a file that includes itself in ever new ways. */
const MOST_FILES = 1_000;
/** What ssh refuses in a host on its command line (`valid_hostname` of ssh.c), so that no command could use it. */
const UNUSABLE = /^-|[\s\p{Cc}'"`$\\;&<>|(){},]/u;
/** Longer names are no hosts, and no command of this extension takes them. */
const LONGEST_ALIAS = 255;

/**
 * The hosts an OpenSSH client configuration names, in its order: those of `Host` lines without wildcards or negation,
 * also of included files. Rejects with "configuration" for a file that is there but cannot be read.
 */
export async function listConfigHosts(
  file: string,
  readFile: (file: string) => Promise<string>,
  options: ListOptions,
): Promise<readonly ConfigHost[]> {
  const walk: Walk = { readFile, options, found: new Map(), visited: new Set(), filesLeft: MOST_FILES };
  await readConfig(walk, file, { conditions: [], parents: [] });
  return [...walk.found].map(([alias, source]) => ({ alias, source }));
}

interface Walk {
  readonly readFile: (file: string) => Promise<string>;
  readonly options: ListOptions;
  /** Alias to the file that named it first. */
  readonly found: Map<string, string>;
  /** Files read where no condition held them back: once more would add nothing. */
  readonly visited: Set<string>;
  filesLeft: number;
}

/** How a file came to be read. */
interface Place {
  /** The `Host` lines around the includes that led here, all of which must match. Undefined: a `Match` ssh decides. */
  readonly conditions: readonly (readonly string[])[];
  /** The files that include each other, from the outermost. */
  readonly parents: readonly string[];
}

async function readConfig(walk: Walk, file: string, place: Place): Promise<void> {
  if (!isWorthReading(walk, file, place)) return;
  walk.filesLeft -= 1;
  if (place.conditions.length === 0) walk.visited.add(file);
  let block: Block = { kind: "host", patterns: ["*"] };
  for (const line of (await readText(walk, file)).split("\n")) {
    if (!NAMING.has(sshConfigKeyword(line))) continue;
    const directive = parseSshConfigLine(line);
    if (directive?.arguments === undefined) continue;
    block = blockOf(directive.keyword, directive.arguments) ?? block;
    if (directive.keyword === "host") addHosts(walk, file, place, directive.arguments);
    if (directive.keyword === "include") await readIncluded(walk, inside(place, file, block), directive.arguments);
  }
}

function isWorthReading({ visited, filesLeft }: Walk, file: string, { parents }: Place): boolean {
  return filesLeft > 0 && !visited.has(file) && !parents.includes(file) && parents.length <= DEEPEST_INCLUDE;
}

type Block = { readonly kind: "host"; readonly patterns: readonly string[] } | { readonly kind: "match" };

function blockOf(keyword: string, args: readonly string[]): Block | undefined {
  if (keyword === "host") return { kind: "host", patterns: args };
  if (keyword !== "match") return undefined;
  return args[0]?.toLowerCase() === "all" ? { kind: "host", patterns: ["*"] } : { kind: "match" };
}

function addHosts({ found }: Walk, file: string, { conditions }: Place, patterns: readonly string[]): void {
  for (const alias of patterns) {
    if (isPattern(alias) || !isUsable(alias) || found.has(alias)) continue;
    if (matchesPatterns(alias, patterns) && conditions.every((condition) => matchesPatterns(alias, condition)))
      found.set(alias, file);
  }
}

function isUsable(alias: string): boolean {
  return alias.length <= LONGEST_ALIAS && !UNUSABLE.test(alias);
}

/** The place of a file included from `block`; undefined inside a `Match`, which only ssh can decide. */
function inside(place: Place, file: string, block: Block): Place | undefined {
  if (block.kind === "match") return undefined;
  const always = block.patterns.length === 1 && block.patterns[0] === "*";
  return {
    conditions: always ? place.conditions : [...place.conditions, block.patterns],
    parents: [...place.parents, file],
  };
}

async function readIncluded(walk: Walk, place: Place | undefined, names: readonly string[]): Promise<void> {
  if (place === undefined) return;
  const { home, listFolder } = walk.options;
  for (const name of names) {
    const resolved = resolveIncluded(name, home);
    for (const included of await expandGlob(resolved, listFolder)) await readConfig(walk, included, place);
  }
}

function resolveIncluded(name: string, home: string): string {
  if (name === "~" || name.startsWith("~/") || name.startsWith("~\\")) return path.join(home, name.slice(1));
  return path.isAbsolute(name) ? name : path.join(home, ".ssh", name);
}

async function readText({ readFile }: Walk, file: string): Promise<string> {
  try {
    return (await readFile(file)).replace(/^\uFEFF/, "");
  } catch (cause) {
    const code = systemCode(cause);
    if (code === "ENOENT" || code === "EISDIR") return ""; // as ssh has it, for a wildcard may match a folder
    const words = sentence("The SSH configuration {0} could not be read. Check its permissions, then refresh.", file);
    throw new GpuDevError("configuration", words, { cause });
  }
}
