import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addInclude,
  includeState,
  removeInclude,
  type IncludedPaths,
} from "../../../../src/remote/include/userInclude.ts";
import { times } from "./sandbox.ts";

const OURS: IncludedPaths = ["ours.d/config", "/home/me/.ssh/ours.d/config", "~/.ssh/ours.d/config"];
const BOM = "\xEF\xBB\xBF";
const HOST = "Host a\n  HostName 10.0.0.1\n";

/** By hand: what people's configurations look like. Latin-1 text stands for bytes. */
const WRITTEN_BY_HAND: Readonly<Record<string, string>> = {
  "an empty file": "",
  "one line end": "\n",
  "blank lines only": "\n\n  \n",
  "one host": HOST,
  "no final newline": "Host a\n  HostName 10.0.0.1",
  "no newline at all": "Host a",
  CRLF: "Host a\r\n  HostName 10.0.0.1\r\n",
  "CRLF without a final newline": "Host a\r\n  HostName 10.0.0.1",
  "line ends of both kinds": "Host a\r\n  HostName 10.0.0.1\nHost b\r\n",
  "lone carriage returns": "Host a\r  HostName 10.0.0.1\r",
  "a byte order mark": `${BOM}${HOST}`,
  "nothing but a byte order mark": BOM,
  "a byte order mark and CRLF": `${BOM}Host a\r\n`,
  "comments first": `# mine\n# since 1999\n\n${HOST}`,
  "comments only": "# nothing here",
  "another include first": `Include ~/.orbstack/ssh/config\n${HOST}`,
  "includes in a host": `${HOST}  Include work/*\n`,
  "a maze of Match and Include":
    'Match exec "test -f /x"\n  Include a b "c d"\nMatch host x,y user z\n  ProxyJump q\nMatch all\nInclude *\nHost !a *\n',
  "text that a replacement would interpret": "Host $& $1 $$ $` $'\n  User %r\n",
  "tabs and equals signs": "Host=a\n\tHostName = 10.0.0.1\n\tPort\t=\t22\n",
  "keywords of any case": "hOsT a\nINCLUDE other\n",
  "open quotes": 'Host "a\n  ProxyCommand sh -c "x\n',
  "bytes that are no UTF-8": "# \xFF\xFE\x80 caf\xE9\nHost a\n",
  "UTF-8": Buffer.from("# 机器 ü\nHost a\n").toString("latin1"),
  "a NUL": "Host a\0b\n",
  "form feeds and vertical tabs": "\f\vHost a\n",
  "a backslash before the line end": "Host a\\\n  IdentityFile C:\\keys\\\n",
  "long lines": `Host ${"a ".repeat(5_000)}\n`,
  "a megabyte": HOST.repeat(32_000),
  "a line that looks like ours in a comment": '# Include "ours.d/config"\n',
  "our file among others on one line": "Include work ours.d/config\n",
  "an include whose name begins as ours": "Include ours.d/config2\n",
};

const line = fc.oneof(
  fc.constantFrom("Host a", "Match all", "Include other", "  HostName %h", "# note", "", "\t", "Host $&", "=", '"'),
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 40 }),
);
const configs = fc
  .tuple(fc.boolean(), fc.array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "\r")), { maxLength: 30 }), fc.boolean())
  .map(([mark, lines, cut]) => {
    const text = lines.map((pair) => pair.join("")).join("");
    return (mark ? BOM : "") + (cut ? text.replace(/\r?\n$/, "") : text);
  });

function assertOnlyOursAdded(config: string): void {
  const added = addInclude(config, OURS);
  const mark = config.startsWith(BOM) ? BOM : "";
  const rest = config.slice(mark.length);
  expect(added.startsWith(`${mark}Include "ours.d/config"`)).toBe(true);
  expect(added.endsWith(rest)).toBe(true);
  expect(added.slice(mark.length, added.length - rest.length).split("\n")).toHaveLength(3); // our line and its marker
  expect(includeState(added, OURS)).toBe("installed");
  expect(addInclude(added, OURS)).toBe(added);
  expect(removeInclude(added, OURS)).toBe(config);
}

describe("our line in the user's configuration", () => {
  it.each(Object.entries(WRITTEN_BY_HAND))("comes and goes without touching another byte: %s", (_, config) => {
    expect(includeState(config, OURS)).toBe("absent");
    assertOnlyOursAdded(config);
  });

  it("comes and goes without touching another byte, whatever the file holds", () => {
    const property = fc.property(configs, (config) => {
      assertOnlyOursAdded(config);
    });
    fc.assert(property, { numRuns: times(10_000, 300) });
  });

  it("has the line ends of the file", () => {
    expect(addInclude("Host a\r\nHost b\n", OURS)).toMatch(/^Include "ours\.d\/config"\r\n# .*\r\nHost a\r\nHost b\n$/);
  });

  it.each([
    ["first", 'Include "ours.d/config"\nHost a\n', "installed"],
    ["after comments and blanks", "# mine\n\n  include = ours.d/config\n", "installed"],
    ["by its absolute path", "Include /home/me/.ssh/ours.d/config\n", "installed"],
    ["by its path from the home folder", "INCLUDE '~/.ssh/ours.d/config' # ours\n", "installed"],
    ["after a host", "Host a\n  Include ours.d/config\n", "displaced"],
    ["after another include", "Include other\nInclude ours.d/config\n", "displaced"],
    ["nowhere", "Include other\n", "absent"],
  ] as const)("is seen where it is: %s", (_, config, state) => {
    expect(includeState(config, OURS)).toBe(state);
  });

  it("moves to the top from where it stands behind others", () => {
    const moved = addInclude("Host a\n  Include ours.d/config\n  User me\n", OURS);
    expect(includeState(moved, OURS)).toBe("installed");
    expect(removeInclude(moved, OURS)).toBe("Host a\n  User me\n");
  });
});
