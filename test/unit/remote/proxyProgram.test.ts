import { execFile, execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SshConnection, SshEntry } from "../../../src/core/connection.ts";
import { GpuDevError } from "../../../src/core/error.ts";
import { isProxyProgram, type ProxyProgram } from "../../../src/core/proxyProgram.ts";
import type { Session } from "../../../src/core/session.ts";
import { parseOwnFile } from "../../../src/remote/include/ownFile.ts";
import { renderFile } from "../../../src/remote/include/render.ts";
import { sshArguments } from "../../../src/remote/sshArguments.ts";
import { startProxyProgram } from "../../../src/remote/transport.ts";
import { installSessionManager, type SessionManager } from "../../sandbox/sessionManager.ts";
import { startSshd, type Sshd } from "../../sandbox/sshd.ts";
import { createSandbox, type Sandbox } from "./include/sandbox.ts";
import { createHome, createTestRemote, errorOf, faultCount, forever, output, until, type Home } from "./support.ts";

const run = promisify(execFile);
const ID = "i-0123456789abcdef0";
const SHELLS = ["/bin/sh", "/bin/bash", "/usr/bin/zsh", "/usr/bin/fish", "/bin/tcsh"].filter(existsSync);

let home: Home;
let server: Sshd;
let manager: SessionManager;
let sandbox: Sandbox;
let canary: string;
/** A program `record` that writes down its words, and the file in which they are then. */
let recordBin: string;
let recorded: string;
const sessions: Session[] = [];

beforeAll(async () => {
  home = await createHome();
  sandbox = createSandbox();
  canary = home.file("canary");
  server = await startSshd({
    directory: home.file("server"),
    addresses: ["127.0.0.8"],
    environment: { HOME: home.directory },
  });
  manager = await installSessionManager(home.file("aws"));
  await manager.setTargets({ [ID]: { address: "127.0.0.8", region: "eu-west-1", profile: "gpu team" } });
  recordBin = path.join(sandbox.home, "record"); // fish finds nothing in a folder with letters beyond ASCII
  recorded = path.join(recordBin, "words");
  mkdirSync(recordBin);
  const program = path.join(recordBin, "record");
  writeFileSync(program, `#!/bin/sh\nfor word in "$@"; do printf '%s\\0' "$word"; done > '${recorded}'\n`);
  chmodSync(program, 0o755);
});
afterEach(() => {
  for (const session of sessions.splice(0)) session.close();
});
afterAll(async () => {
  expect(existsSync(canary)).toBe(false);
  await server.stop();
  sandbox.remove();
  await home.remove();
});

const environment = (bin = manager.bin): NodeJS.ProcessEnv => ({
  PATH: `${bin}:${process.env["PATH"] ?? "/usr/bin:/bin"}`,
});

function aws(...more: readonly string[]): ProxyProgram {
  const words = ["--target", ID, "--document-name", "AWS-StartSSHSession", "--parameters", `portNumber=${server.port}`];
  return ["aws", "ssm", "start-session", ...words, "--region", "eu-west-1", "--profile", "gpu team", ...more];
}

function entryOf(proxyProgram: readonly string[], more: Partial<SshEntry> = {}): SshEntry {
  return { alias: "box", hostName: ID, proxyProgram: proxyProgram as ProxyProgram, ...more };
}

const to = (entry: SshEntry): SshConnection => ({ kind: "ssh", alias: entry.alias, entry });

function reach(proxyProgram = aws()): SshConnection {
  return to(entryOf(proxyProgram, { user: server.user, identityFiles: [server.userKeyFile], hostKeyAlias: ID }));
}

function rendered(entry: SshEntry): string {
  return renderFile([{ owner: "test", entry }], { knownHosts: home.file("pins"), platform: "linux" });
}

function isRefused(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    if (error instanceof GpuDevError && error.code === "configuration") return true;
    throw error;
  }
}

/** The lines of `ssh -G` without those that are about nothing but the address. */
function printed(words: readonly string[]): readonly string[] {
  const text = execFileSync("ssh", ["-G", ...words], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return text.trimEnd().split("\n").sort();
}

/** What the program is given when the real ssh starts it, by a shell of the user's. */
function wordsBySsh(entry: SshEntry, shell: string): readonly string[] | undefined {
  rmSync(recorded, { force: true });
  const words = ["-F", "none", "-o", "BatchMode=yes", ...sshArguments(to(entry), "linux")];
  spawnSync("ssh", words, { env: { ...environment(recordBin), SHELL: shell }, stdio: "ignore", timeout: 10_000 });
  return existsSync(recorded) ? readFileSync(recorded, "utf8").split("\0").slice(0, -1) : undefined;
}

const HOSTILE = [
  "a\n  ProxyCommand touch CANARY",
  "a\r\nProxyCommand touch CANARY",
  'a" ; touch CANARY; "',
  "a';touch CANARY;'",
  ";touch CANARY",
  "a;touch CANARY",
  "a|touch CANARY",
  "a&touch CANARY",
  "a>CANARY",
  "$(touch CANARY)",
  "`touch CANARY`",
  "${HOME}",
  "%h",
  "%%",
  "%COMSPEC%",
  "a%nb",
  "a\0b",
  "a\\",
  "a\\\nb",
  " touch",
  "touch ",
  " ",
  "",
  "a\tb",
  "a\u00a0b",
  "a\u2028b",
  "\u202ea",
  "ü",
  "机器",
  "=touch",
  "~root",
  "*",
  "?",
  "{a,b}",
  "(a)",
  "!a",
  "^a",
  "#a",
  "<a",
  "a".repeat(4096),
] as const;

describe("a program that a provider names as the way to a machine", () => {
  it.each(HOSTILE)("is refused with the word %j, wherever it would be written or started", async (mean) => {
    const word = mean.replaceAll("CANARY", canary);
    for (const words of [
      ["record", word],
      ["record", "a", word],
      ["record", "--x", "y", word, "z"],
      [word],
      [word, "a"],
    ]) {
      const entry = entryOf(words);
      expect(isRefused(() => sshArguments(to(entry), "linux"))).toBe(true);
      expect(isRefused(() => rendered(entry))).toBe(true);
      const started = startProxyProgram(words, { environment: environment(recordBin), platform: process.platform });
      await expect(started).rejects.toMatchObject({ code: "configuration" });
    }
    expect(existsSync(canary)).toBe(false);
  });

  it.each([
    ["-oProxyCommand=x"],
    ["--help"],
    ["none"],
    ["NONE"],
    ["/bin/sh"],
    ["../record"],
    ["a b"],
    ["C:record"],
    ["."],
    [],
  ])("has a name and no path: not %j", (...words) =>
    expect(isRefused(() => sshArguments(to(entryOf(words)), "linux"))).toBe(true),
  );

  it("never stands beside another way", () => {
    expect(isRefused(() => rendered(entryOf(["record"], { proxyJump: "gate" })))).toBe(true);
    expect(isRefused(() => rendered(entryOf(["record"], { proxyCommand: "nc %h %p" })))).toBe(true);
  });

  it("is one line of our file, which ssh reads as it was meant and we read back", () => {
    const entry = reach().entry;
    if (!entry) throw new Error("There is no entry.");
    const file = home.file("rendered");
    writeFileSync(file, rendered(entry));
    const line = `aws ssm start-session --target ${ID} --document-name AWS-StartSSHSession --parameters portNumber=${server.port} --region eu-west-1 --profile "gpu team"`;
    expect(printed(["-F", file, "--", "box"])).toContain(`proxycommand ${line}`);
    expect(printed(["-F", "none", ...sshArguments(to(entry), "linux")])).toContain(`proxycommand ${line}`);
    expect(parseOwnFile(readFileSync(file, "utf8"), file)).toEqual([{ owner: "test", entry }]);
  });

  it.each(SHELLS)("gets its words from the real ssh as they are, through %s", (shell) => {
    const words = ["-a", "--b", "c=d", "a b", "x  y=z", "me@corp.example:22/p,q+r", "A_b-c.d", ".", "@"];
    expect(wordsBySsh(entryOf(["record", ...words]), shell)).toEqual(words);
  });
});

describe("any words at all (F-05)", () => {
  const word = fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: fc.constantFrom(...Array.from("abZ09_.:/@+=,- ")), maxLength: 30 }) },
    {
      weight: 1,
      arbitrary: fc.string({
        unit: fc.constantFrom(...Array.from("a1-_@:/=., %~\"'`$;&|<>(){}[]!*?#^\\\n\r\t\0ü")),
        maxLength: 12,
      }),
    },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
    { weight: 1, arbitrary: fc.constantFrom(...HOSTILE).map((text) => text.replaceAll("CANARY", canary)) },
  );
  const programs = fc.array(word, { maxLength: 5 }).map((words) => ["record", ...words]);

  it("are refused, or are one line of an SSH configuration without a sign that means more", () => {
    fc.assert(
      fc.property(programs, (words) => {
        const refused = isRefused(() => sshArguments(to(entryOf(words)), "linux"));
        expect(refused).toBe(!isProxyProgram(words));
        if (refused) return;
        const lines = rendered(entryOf(words))
          .split("\n")
          .filter((line) => line.includes("ProxyCommand"));
        expect(lines.filter((line) => !line.startsWith("#: "))).toHaveLength(1);
        expect(lines.at(-1)).toMatch(/^ {2}ProxyCommand record(?: (?:[\w.:/@+=,-]+|"[\w.:/@+=, -]+"))*$/);
      }),
      { numRuns: faultCount(2000, 10_000) },
    );
  });

  it("that are let through reach the program as they are, and ssh reads nothing else", { timeout: 300_000 }, () => {
    const real = faultCount(30, 500);
    const accepted = fc
      .sample(programs, real * 40)
      .filter(isProxyProgram)
      .slice(0, real);
    expect(accepted.length).toBe(real);
    const names = (lines: readonly string[]) => lines.map((line) => line.split(" ", 1)[0]);
    const ordinary = names(printed(["-F", "none", ...sshArguments(to(entryOf(["record"])), "linux")]));
    for (const words of accepted) {
      const entry = entryOf(words);
      expect(names(printed(["-F", "none", ...sshArguments(to(entry), "linux")]))).toEqual(ordinary);
      expect(wordsBySsh(entry, "/bin/sh")).toEqual(words.slice(1));
    }
    expect(existsSync(canary)).toBe(false);
  });
});

describe("a session through such a program", () => {
  async function open(connection = reach(), configured: readonly string[] = []): Promise<Session> {
    await home.configure(...configured);
    const remote = createTestRemote(home, { environment: environment() });
    await remote.pin(connection, [server.hostKeyPublic], forever);
    const session = await remote.openSession(connection, "background", forever);
    sessions.push(session);
    return session;
  }

  it("is opened by the built-in client, which starts the program without a shell and ends it", async () => {
    await manager.takeCalls();
    const session = await open();
    expect(session.transport).toBe("ssh2");
    expect(await output(session, "echo through")).toBe("through\n");
    expect(await manager.takeCalls()).toEqual([aws().slice(1)]);
    const running = async () =>
      (await run("ps", ["-eo", "args"])).stdout.split("\n").filter((line) => line.includes(ID));
    expect(await running()).toHaveLength(1);
    session.close();
    await until("the program is gone", async () => (await running()).length === 0);
  });

  it("is opened by the ssh program where the built-in client cannot", async () => {
    const session = await open(reach(), ["Host *", "  KnownHostsCommand /bin/true"]);
    expect(session.transport).toBe("openssh");
    await manager.takeCalls();
    expect(await output(session, "echo through")).toBe("through\n");
    expect(await manager.takeCalls()).toEqual([aws().slice(1)]);
  });

  it("is opened by the user's ssh through our include file", async () => {
    const { entry } = reach();
    if (!entry) throw new Error("There is no entry.");
    await sandbox.include().setEntries("box", [entry]);
    const remote = createTestRemote(home, { trustFile: path.join(sandbox.folder, "known_hosts") });
    await remote.pin(reach(), [server.hostKeyPublic], forever);
    const words = ["-F", sandbox.ownFile, "-o", "BatchMode=yes", "--", "box", "echo included"];
    const { stdout } = await run("ssh", words, { env: environment() });
    expect(stdout).toBe("included\n");
  });

  it("goes past the ways of the user's own configuration", async () => {
    const own = ["Host *", "  ProxyJump nowhere.invalid", "  ProxyCommand touch x"];
    expect(await output(await open(reach(), own), "echo past")).toBe("past\n");
  });

  it("that fails says what the program said", async () => {
    const words = aws().map((word) => (word === ID ? "i-00000000000000000" : word)) as unknown as ProxyProgram;
    const error = await errorOf(open(reach(words)));
    expect(error.code).toBe("unreachable");
    expect(error.message).toContain("TargetNotConnected");
  });

  it("names the program that is not there", async () => {
    const remote = createTestRemote(home, { environment: { PATH: "/usr/bin:/bin:." } });
    const error = await errorOf(remote.openSession(reach(["gpu-dev-absent"]), "background", forever));
    expect(error.code).toBe("missing-tool");
    expect(error.message).toContain("“gpu-dev-absent”");
  });

  it("is not opened where ssh reads another way than ours", async () => {
    const other = home.file("other-ssh");
    writeFileSync(other, `#!/bin/sh\nssh "$@" | sed 's/^proxycommand .*/proxycommand touch x/'\n`);
    chmodSync(other, 0o755);
    const remote = createTestRemote(home, { environment: environment(), sshProgram: () => other });
    expect((await errorOf(remote.openSession(reach(), "background", forever))).code).toBe("configuration");
  });
});
