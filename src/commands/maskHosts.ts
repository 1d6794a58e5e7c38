import { isIP } from "node:net";

/** What a report may not name. */
export interface NamedHost {
  /** As the tree shows it. */
  readonly name: string;
  /** Where else it is named: its id, its alias. */
  readonly otherNames: readonly string[];
}

/** Names that are no machine's: of signature algorithms, of settings, of programs and their files. */
const NO_HOST = /(?:^|\.)(?:openssh|libssh)\.(?:com|org)$|^(?:gpuDev|remote|this|vscode|process)\./;
const FILE = /\.(?:[cm]?js|ts|jsonc?|log|md|node|sock|pub|pem|key|conf|txt|sh|exe|dll|so|d)$/i;
const IPV4 = String.raw`(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)`;
const IPV6 = String.raw`(?<![\w:.])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:.]*(?:[0-9A-Fa-f]|::)(?:%[\w.-]+)?`;
const DOTTED = String.raw`(?<![\w./\\-])[A-Za-z0-9](?:[\w-]*\.)+[A-Za-z][\w-]*`;
/** Where ssh and Node name a host, which may be a single word. */
const PLACES = [
  String.raw`(?<=\b(?:ENOTFOUND|EAI_AGAIN|resolve hostname|connect to host) )[^\s:,<>]+`,
  String.raw`(?<![^\s@([])(?!(?:on|the|a|that|another) )[^\s:,<>()[\]@]+(?= port \d)`,
  String.raw`(?<=\w@)[A-Za-z0-9][\w.-]*`,
];
const ADDRESS = new RegExp([IPV4, IPV6, ...PLACES, DOTTED].join("|"), "gu");
/** A line of a stack names functions and files, with dots in them. */
const STACK_LINE = /^\s+at /;

/**
 * Replaces the hosts by `<host 1>`, … as they are numbered in `hosts`, and every other address or host name by
 * `<address 1>`, … in the order in which they first turn up. The same name is the same number in all that is masked.
 */
export function createHostMask(hosts: readonly NamedHost[]): (text: string) => string {
  const numbers = new Map<string, string>();
  for (const [index, { name, otherNames }] of hosts.entries())
    for (const known of [name, name.toLowerCase(), ...otherNames])
      if (known !== "" && !numbers.has(known)) numbers.set(known, `<host ${String(index + 1)}>`);
  const known = wordsOf([...numbers.keys()]);
  const addresses = new Map<string, string>();
  const addressOf = (found: string): string => {
    if (!isAddress(found)) return found.includes(":") ? found.replace(/(?:\d{1,3}\.){3}\d{1,3}/g, addressOf) : found;
    const address = found.toLowerCase();
    const replacement = addresses.get(address) ?? `<address ${String(addresses.size + 1)}>`;
    addresses.set(address, replacement);
    return replacement;
  };
  const maskLine = (line: string): string => {
    const masked = line.replace(known, (found) => numbers.get(found) ?? found);
    return STACK_LINE.test(line) ? masked : masked.replace(ADDRESS, addressOf);
  };
  return (text) => text.split("\n").map(maskLine).join("\n");
}

/** Any of the names where it stands for itself, longest first, so that a name inside another does not split it. */
function wordsOf(names: readonly string[]): RegExp {
  if (names.length === 0) return /(?!)/u;
  const longestFirst = [...names]
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`));
  return new RegExp(String.raw`(?<![\p{L}\p{N}_]|\d\.)(?:${longestFirst.join("|")})(?![\p{L}\p{N}_]|\.\d)`, "gu");
}

function isAddress(text: string): boolean {
  if (text.includes(":")) return isIP(text.replace(/%.*$/, "")) === 6;
  return !NO_HOST.test(text) && !FILE.test(text);
}
