// Pure functions over the user's own SSH configuration. Its bytes travel as Latin-1 text, one character a byte, so
// that whatever encoding it has comes back unchanged.
import { parseSshConfigLine } from "../../core/sshConfigLine.ts";

/** Where our line is. `displaced`: after another directive, where a `Host` or `Match` block may make it conditional. */
export type IncludeState = "absent" | "installed" | "displaced";

/** The line below ours. The Include itself is the first line of all: old versions of Remote-SSH look nowhere else. */
const MARKER = "# The line above was added by GPU Dev Environments. Its command to remove SSH hosts removes both.";

const BYTE_ORDER_MARK = "\xEF\xBB\xBF";

/** Every way to write the path of our file; the first is the one written. */
export type IncludedPaths = readonly [string, ...string[]];

export function includeState(config: string, included: IncludedPaths): IncludeState {
  const lines = linesOf(withoutMark(config));
  const ours = lines.findIndex((line) => isOurs(line, included));
  if (ours < 0) return "absent";
  const first = lines.findIndex((line) => parseSshConfigLine(line) !== undefined);
  return ours === first ? "installed" : "displaced";
}

/** The configuration with our line first, in its own line ends, and every other byte as it was. */
export function addInclude(config: string, included: IncludedPaths): string {
  const rest = withoutMark(removeInclude(config, included));
  const end = /\r?\n/.exec(rest)?.[0] ?? "\n";
  return `${markOf(config)}Include "${included[0]}"${end}${MARKER}${end}${rest}`;
}

/** The configuration without our line and its marker, and every other byte as it was. */
export function removeInclude(config: string, included: IncludedPaths): string {
  const kept = linesOf(withoutMark(config)).filter((line) => !isOurs(line, included) && line.trimEnd() !== MARKER);
  return markOf(config) + kept.join("");
}

function isOurs(line: string, included: IncludedPaths): boolean {
  const directive = parseSshConfigLine(line);
  if (directive?.keyword !== "include" || directive.arguments?.length !== 1) return false;
  return included.includes(directive.arguments[0] ?? "");
}

/** Lines with their ends. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function markOf(config: string): string {
  return config.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
}

function withoutMark(config: string): string {
  return config.slice(markOf(config).length);
}
