import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SshConnection, SshEntry } from "../../../src/core/connection.ts";
import { GpuDevError } from "../../../src/core/error.ts";
import { PrintedOptions } from "../../../src/remote/printedOptions.ts";
import { parseHostOptions } from "../../../src/remote/hostOptions.ts";
import { knownHostsArguments, sshArguments } from "../../../src/remote/sshArguments.ts";
import { createHome, faultCount, type Home } from "./support.ts";

let home: Home;
let canary: string;

beforeAll(async () => {
  home = await createHome();
  canary = home.file("canary");
});
afterAll(() => home.remove());

const LOCAL = { home: "/home/me", name: "me", hostName: "laptop", environment: {}, platform: "linux" as const };
const connection = (entry: Partial<SshEntry>): SshConnection => ({
  kind: "ssh",
  alias: "box",
  entry: { alias: "box", hostName: "10.0.0.1", ...entry },
});

function effective(target: SshConnection, platform: NodeJS.Platform = "linux"): ReturnType<typeof parseHostOptions> {
  return parseHostOptions(printedFor(target, platform), target.alias, LOCAL);
}

function printedFor(target: SshConnection, platform: NodeJS.Platform = "linux"): string {
  return execFileSync("ssh", ["-G", "-F", "none", ...sshArguments(target, platform)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

function namesIn(printed: string): readonly string[] {
  return printed
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" ", 1)[0] ?? "");
}

function isRefused(target: SshConnection): boolean {
  try {
    sshArguments(target, "linux");
    return false;
  } catch (error) {
    if (error instanceof GpuDevError && error.code === "configuration") return true;
    throw error;
  }
}

const DOMAIN_ACCOUNTS = [String.raw`CORP\jane`, String.raw`corp.example.com\n1`, "jane@corp.example.com", "svc$"];

describe("the arguments of ssh", () => {
  it("of a known host are the host alone, behind a double dash", () => {
    expect(sshArguments({ kind: "ssh", alias: "me@gpu-1" }, "linux")).toEqual(["--", "me@gpu-1"]);
  });

  it("of an entry say exactly what the entry says, as ssh reads them", () => {
    const options = effective(
      connection({
        hostName: "gpu.example.com",
        port: 2222,
        user: String.raw`CORP\jane`,
        identityFiles: ["/home/jané doe/100%/id key", "~/.ssh/other"],
        proxyJump: "jane@gate.example.com:22022,inner",
        hostKeyAlias: "vm-0123",
        forwardAgent: true,
      }),
    );
    expect(options).toMatchObject({
      hostName: "gpu.example.com",
      port: 2222,
      user: String.raw`CORP\jane`,
      identityFiles: ["/home/jané doe/100%/id key", "/home/me/.ssh/other"],
      identitiesOnly: true,
      proxyJump: "jane@gate.example.com:22022,inner",
      hostKeyAlias: "vm-0123",
    });
    expect(options?.printed.get("forwardagent")).toEqual(["yes"]);
  });

  it.each(DOMAIN_ACCOUNTS)("name the account %s as ssh reads it", (user) => {
    expect(effective(connection({ user }))?.user).toBe(user);
  });

  it("keep a proxy command as it is", () => {
    const proxyCommand = `aws ssm start-session --target %h --parameters 'portNumber=%p' "a b"`;
    expect(effective(connection({ proxyCommand }))?.proxyCommand).toBe(proxyCommand);
  });

  it("turn the paths of Windows into ones that need no escapes", () => {
    const identityFiles = [String.raw`C:\Users\Jané Doe\.ssh\id`, String.raw`\\server\share\key`];
    const found = effective(connection({ identityFiles }), "win32")?.identityFiles;
    expect(found).toEqual(["C:/Users/Jané Doe/.ssh/id", "//server/share/key"]);
  });

  it.each([
    ["an option in place of a host", { kind: "ssh", alias: "-oProxyCommand=touch x" }],
    ["a line break", { kind: "ssh", alias: "box\n  ProxyCommand touch x" }],
    ["a shell's characters", { kind: "ssh", alias: "a;touch x" }],
    ["a NUL", { kind: "ssh", alias: "a\0b" }],
    ["nothing", { kind: "ssh", alias: "" }],
    ["an option in place of a user", connection({ user: "-oProxyCommand=x" })],
    ["an option behind an at sign", { kind: "ssh", alias: "me@-oProxyCommand=x" }],
    ["a quote in a path", connection({ identityFiles: ['/a" ProxyCommand=x'] })],
    ["a backslash in a path", connection({ identityFiles: ["/a\\"] })],
    ["a port out of range", connection({ port: 70_000 })],
    ["a port that is none", connection({ port: Number.NaN })],
    ["a space in a host name", connection({ hostName: "a b" })],
    ["a substitution", connection({ hostName: "$(id)" })],
    ["a domain account on a jump host", connection({ proxyJump: String.raw`CORP\jane@gate` })],
    ["an option as a jump host", connection({ proxyJump: "a,-oProxyCommand=x" })],
    ["a name of four thousand letters", connection({ hostName: "a".repeat(4000) })],
  ] satisfies [string, SshConnection][])("refuse %s", (_, target) => {
    expect(isRefused(target)).toBe(true);
  });
});

describe("hostile values (F-05)", () => {
  const mean = fc
    .oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.string({
        unit: fc.constantFrom(...Array.from("ab1.-_@%\\:/[]~=\"'`$;&|<>(){}!*?,# \n\r\t\0\u202e")),
        maxLength: 40,
      }),
      fc.constantFrom(
        "-oProxyCommand=touch CANARY",
        "a\n  ProxyCommand touch CANARY",
        "$(touch CANARY)",
        "`touch CANARY`",
        "%h",
        "%%",
        "$&",
        "::1",
        "fe80::1%eth0",
        "münchen.example",
        "CORP\\me",
        "a".repeat(300),
      ),
    )
    .map((text) => text.replaceAll("CANARY", canary));
  const entries = fc.record({
    alias: fc.oneof(mean, fc.constant("box")),
    hostName: fc.oneof(mean, fc.constant("10.0.0.1")),
    user: fc.oneof(mean, fc.constant("me")),
    hostKeyAlias: fc.oneof(mean, fc.constant("vm")),
    file: fc.oneof(mean, fc.constant("/k")),
    jump: fc.oneof(mean, fc.constant("gate")),
  });
  const toTarget = ({
    alias,
    hostName,
    user,
    hostKeyAlias,
    file,
    jump,
  }: typeof entries extends fc.Arbitrary<infer T> ? T : never): SshConnection => ({
    kind: "ssh",
    alias,
    entry: { alias, hostName, user, hostKeyAlias, identityFiles: [file], proxyJump: jump },
  });

  it("never become anything but one argument each, before the double dash or the host after it", () => {
    fc.assert(
      fc.property(entries, (values) => {
        const target = toTarget(values);
        if (isRefused(target)) return;
        const all = sshArguments(target, "linux");
        expect(all.slice(-2)).toEqual(["--", values.alias]);
        expect(
          all
            .slice(0, -2)
            .filter((_, index) => index % 2 === 0)
            .every((word) => word === "-o"),
        ).toBe(true);
        for (const word of all) expect(word).not.toMatch(/[\0\n\r]/);
      }),
      { numRuns: faultCount(2000, 10_000) },
    );
  });

  it("are refused, or ssh reads back what was meant and nothing else", { timeout: 120_000 }, () => {
    let passed = 0;
    // One value at a time is mean, so that many of them reach ssh.
    const single: fc.Arbitrary<SshConnection> = fc.oneof(
      mean.map((alias) => ({ kind: "ssh" as const, alias })),
      mean.map((hostName) => connection({ hostName })),
      mean.map((user) => connection({ user })),
      mean.map((file) => connection({ identityFiles: [file] })),
      mean.map((hostKeyAlias) => connection({ hostKeyAlias })),
    );
    const real = faultCount(60, 500);
    const ordinary = namesIn(printedFor(connection({ user: "me" })));
    for (const target of fc.sample(single, real * 20)) {
      if (passed >= real) break;
      if (isRefused(target)) continue;
      passed += 1;
      const text = safely(() => printedFor(target));
      if (text === undefined) continue;
      const printed = new PrintedOptions(text);
      for (const name of namesIn(text)) {
        expect([...ordinary, "hostkeyalias", "identitiesonly", "identityfile"]).toContain(name);
      }
      expect(printed.get("proxycommand")).toBeUndefined();
      const user = target.entry?.user;
      if (user !== undefined) expect(printed.get("user")).toEqual([user]);
    }
    expect(passed).toBeGreaterThanOrEqual(real / 2);
    expect(existsSync(canary)).toBe(false);
  });
});

/** ssh itself may refuse what we let through; that is safe as well. */
function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

describe("the files of known hosts of the user's own ssh", () => {
  it("are the user's, and ours behind them, whatever their paths hold", () => {
    const own = ["/home/me/.ssh/known_hosts", "/home/me/of work/100 %"];
    const words = knownHostsArguments(own, "/home/me/.ssh/ours/known hosts", "linux");
    const printed = execFileSync("ssh", ["-G", "-F", "none", ...words, "--", "box"], { encoding: "utf8" });
    expect(parseHostOptions(printed, "box", LOCAL)?.userKnownHostsFiles).toEqual([
      ...own,
      "/home/me/.ssh/ours/known hosts",
    ]);
  });

  it("are named once where the user's file has ours already", () => {
    expect(knownHostsArguments(["/a/ours"], "/a/ours", "linux")).toEqual(["-o", 'UserKnownHostsFile="/a/ours"']);
  });
});
