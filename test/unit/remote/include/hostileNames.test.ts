import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SshEntry } from "../../../../src/core/connection.ts";
import { GpuDevError } from "../../../../src/core/error.ts";
import { renderFile } from "../../../../src/remote/include/render.ts";
import { proxyJumpValue } from "../../../../src/remote/include/values.ts";
import { sshArguments } from "../../../../src/remote/sshArguments.ts";
import { meantForSsh, readBySsh } from "./expected.ts";
import { times } from "./sandbox.ts";

let folder: string;
let canary: string;
let unconfigured: readonly string[];

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "gpu-dev-hostile-"));
  canary = path.join(folder, "canary");
  writeFileSync(path.join(folder, "empty"), "");
  unconfigured = readBySsh(path.join(folder, "empty"), "nobody").filter((line) => !line.startsWith("host "));
});
afterAll(() => {
  expect(existsSync(canary)).toBe(false);
  rmSync(folder, { recursive: true });
});

/** What people put, or could put, into names and tags; the place of the canary is filled in when it is used. */
const HOSTILE = [
  "a\n  ProxyCommand touch CANARY",
  "a\r\n  ProxyCommand touch CANARY\r\n",
  "a\rProxyCommand touch CANARY",
  'a" ProxyCommand touch CANARY',
  "a\\\n ProxyCommand touch CANARY",
  'a\nMatch exec "touch CANARY"\n',
  "a\nInclude /etc/passwd",
  "-oProxyCommand=touch CANARY",
  "$(touch CANARY)",
  "`touch CANARY`",
  "a;touch CANARY",
  "a|touch CANARY",
  "a && touch CANARY",
  "$&",
  "$1$`$'",
  "%h",
  "%%h%d%C",
  "${HOME}",
  "~root",
  "#",
  "a # b",
  "a b",
  "a\tb",
  "*",
  "!*",
  "a\0b",
  "a\u2028ProxyCommand touch CANARY",
  "a\u0085b",
  "\u202Ea",
  "ü",
  "机器",
  "=touch CANARY",
  "none",
  "",
  " ",
  "a".repeat(4096),
  "[::1]",
  "fe80::1%eth0\n",
  "fe80::1%`touch CANARY`",
  "user@host",
  "ssh://host",
  "DOMAIN\\user",
  "__proto__",
] as const;

const plain = fc.constantFrom(
  "box-1",
  "10.0.0.1",
  "fe80::1%eth0",
  "gpu.example.com",
  "/home/ü x/50%/id",
  "~/.ssh/id",
  "dev",
);
const hostile = fc.oneof(
  { weight: 4, arbitrary: plain },
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
  { weight: 1, arbitrary: fc.tuple(plain, fc.constantFrom(...HOSTILE)).map((parts) => parts.join("")) },
);

/** Each value is likelier meant well than not: an entry that is refused for its alias proves nothing of its user. */
function either<T>(well: readonly T[], badly: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...well) }, { weight: 1, arbitrary: badly });
}

const entries: fc.Arbitrary<SshEntry> = fc.record(
  {
    alias: either(["box-1", "a", "gpu-2"], hostile),
    hostName: either(["10.0.0.1", "2001:db8::1", "fe80::1%eth0", "Gpu.Example.com", "my_host"], hostile),
    port: either([22, 2222, 65_535], fc.oneof(fc.integer(), fc.double(), fc.constant(Number.NaN))),
    user: either(["dev", "ec2-user", "Administrator", "svc$", "CORP\\jane", "jane@corp.example.com"], hostile),
    identityFiles: fc.array(either(["~/.ssh/id", "/k/a b", "/k/50%h/ü", "/k/#1", "/k/it's", "/k/[a]*"], hostile), {
      maxLength: 3,
    }),
    proxyJump: either(
      ["jump", "dev@jump:2200,[::1]:22", "jane@corp.example.com@jump", "10.0.0.9", "[10.0.0.9]:22", "none"],
      hostile,
    ),
    hostKeyAlias: either(["i-0abc", "/subscriptions/a/vm:1"], hostile),
    forwardAgent: fc.boolean(),
  },
  { requiredKeys: ["alias", "hostName"] },
);

function withCanary(entry: SshEntry): SshEntry {
  return JSON.parse(JSON.stringify(entry), (_, value: unknown) =>
    typeof value === "string" ? value.replaceAll("CANARY", canary) : value,
  ) as SshEntry;
}

function render(entry: SshEntry): string | undefined {
  try {
    return renderFile([{ owner: "test", entry }], { knownHosts: `${folder}/known_hosts`, platform: "linux" });
  } catch (error) {
    expect(error).toBeInstanceOf(GpuDevError);
    expect((error as GpuDevError).code).toBe("configuration");
    return undefined;
  }
}

/** What one medium says beside the entry: who else is asked about host keys, and how long to wait. */
const OF_THE_FILE = /^(?:UserKnownHostsFile|StrictHostKeyChecking|ServerAlive\w+|ForwardAgent)\b/;

function linesOf(text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => line.startsWith("  "));
  return lines.map((line) => line.trimStart()).filter((line) => !OF_THE_FILE.test(line));
}

function argumentsOf(entry: SshEntry): readonly string[] | undefined {
  try {
    const words = sshArguments({ kind: "ssh", alias: entry.alias, entry }, "linux").slice(0, -2);
    return words.filter((word) => word !== "-o" && !OF_THE_FILE.test(word)).map((word) => word.replace("=", " "));
  } catch {
    return undefined;
  }
}

/** ssh refuses a host that is its own jump host, rightly. */
function jumpsToItself({ hostName, proxyJump }: SshEntry): boolean {
  return proxyJump?.toLowerCase().includes(hostName.toLowerCase()) === true;
}

const DIRECTIVES =
  /^(?:#.*|Host [a-z0-9-]+| {2}(?:HostName|Port|User|HostKeyAlias|ProxyJump) \S+| {2}IdentityFile "[^"]+"| {2}UserKnownHostsFile "[^"]+" ~\/\.ssh\/known_hosts| {2}IdentitiesOnly yes| {2}StrictHostKeyChecking yes| {2}ServerAliveInterval 10| {2}ServerAliveCountMax 3| {2}ForwardAgent (?:yes|no)|)$/u;

describe("names, addresses, users and paths of other people's making", () => {
  it("are refused, or written in lines of the known kinds only", () => {
    let accepted = 0;
    const property = fc.property(entries, (entry) => {
      const text = render(entry);
      if (text === undefined) return;
      accepted += 1;
      for (const line of text.split(/[\n\r\0\u0085\u2028\u2029]/)) expect(line).toMatch(DIRECTIVES);
    });
    fc.assert(property, { numRuns: times(10_000, 500) });
    expect(accepted).toBeGreaterThan(50);
  });

  it("are refused on a command line as they are in a file, and say the same there", () => {
    const property = fc.property(entries, (entry) => {
      const text = render({ ...entry, alias: "box" });
      expect(argumentsOf({ ...entry, alias: "box" })).toEqual(text === undefined ? undefined : linesOf(text));
    });
    fc.assert(property, { numRuns: times(10_000, 500) });
  });

  it("mean to ssh exactly what was meant, and run nothing", () => {
    let asked = 0;
    const wanted = times(500, 20);
    const property = fc.property(entries.map(withCanary), (entry) => {
      const text = render(entry);
      if (text === undefined || asked >= wanted || jumpsToItself(entry)) return;
      asked += 1;
      const file = path.join(folder, "config");
      writeFileSync(file, text);
      const meant = meantForSsh(unconfigured, entry, `${folder}/known_hosts`, path.join(homedir(), ".ssh"));
      expect(readBySsh(file, entry.alias)).toEqual(meant);
    });
    fc.assert(property, { numRuns: wanted * 20 });
    expect(asked).toBe(wanted);
    expect(existsSync(canary)).toBe(false);
  }, 120_000);

  it.each(HOSTILE)("%j is refused as an alias, and as every value it has no business in", (value) => {
    const well = { alias: "box", hostName: "10.0.0.1" };
    if (value !== "none") expect(render({ ...well, alias: value })).toBeUndefined();
    const text = (["hostName", "user", "proxyJump", "hostKeyAlias"] as const).map((key) =>
      render({ ...well, [key]: value }),
    );
    for (const line of text.flatMap((each) => each?.split("\n") ?? [])) expect(line).toMatch(DIRECTIVES);
  });

  it.each(["CORP\\jane@gate", "gate,svc$@inner"])("refuse the jump %s with the way out", (proxyJump) => {
    // What ssh makes of it: the shell that starts the jump takes the sign away.
    const shown = spawnSync("/bin/sh", ["-c", `echo -l ${proxyJump}`], { encoding: "utf8" }).stdout;
    expect(shown).not.toContain(proxyJump);
    expect(() => proxyJumpValue(proxyJump)).toThrow(/Write the jump host with its User into your SSH configuration/);
  });

  it("let a proxy command through only as one line, for it takes the rest of its line", () => {
    const well = { alias: "box", hostName: "10.0.0.1" };
    expect(render({ ...well, proxyCommand: 'nc -X "a b" %h %p # not a comment' })).toContain(
      '\n  ProxyCommand nc -X "a b" %h %p # not a comment\n',
    );
    for (const value of ["nc\nHost x", "nc\0", "=nc", " nc", ""])
      expect(render({ ...well, proxyCommand: value })).toBeUndefined();
    expect(render({ ...well, proxyCommand: "nc", proxyJump: "jump" })).toBeUndefined();
  });
});
