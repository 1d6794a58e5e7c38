import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram, type RunProgram } from "../../../../src/remote/include/program.ts";
import { aclArguments } from "../../../../src/remote/include/windowsAcl.ts";
import { meantForSsh, readBySsh } from "./expected.ts";
import { createSandbox, leftovers, sandboxAt, type Sandbox } from "./sandbox.ts";

const CONFIG = "Host mine\n  HostName 192.0.2.1\n";
const ONE = { alias: "one", hostName: "10.0.0.1" };
const TWO = { alias: "two", hostName: "10.0.0.2" };

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = createSandbox();
});
afterEach(() => {
  sandbox.remove();
});

const mode = (file: string): number => statSync(file).mode & 0o777;
const own = (): string => readFileSync(sandbox.ownFile, "utf8");

function canMount(): boolean {
  try {
    execFileSync("unshare", ["-m", "true"], { stdio: "ignore" });
    return existsSync(homedir());
  } catch {
    return false;
  }
}

describe("install and remove", () => {
  it("make the configuration, its folder and our folder for their owner only where there was none", async () => {
    rmSync(path.join(sandbox.home, ".ssh"), { recursive: true });
    const include = sandboxAt(sandbox.home, path.join(sandbox.home, ".ssh", "config")).include();
    expect(await include.status()).toBe("absent");
    expect(await include.install()).toEqual({ backup: undefined });
    expect(await include.status()).toBe("installed");
    expect(mode(path.join(sandbox.home, ".ssh"))).toBe(0o700);
    expect(mode(sandbox.folder)).toBe(0o700);
    expect(mode(path.join(sandbox.home, ".ssh", "config"))).toBe(0o600);
    expect(readFileSync(path.join(sandbox.home, ".ssh", "config"), "utf8")).toMatch(
      /^Include "gpu-dev-environments\.d\/config"\n/,
    );
  });

  it("keep a copy of the text before beside the file, and give every byte back", async () => {
    writeFileSync(sandbox.userConfigFile, CONFIG);
    const include = sandbox.include({ clock: () => Date.UTC(2026, 10, 21, 8, 30) });
    const { backup = "" } = await include.install();
    expect(backup).toBe(`${sandbox.userConfigFile}.gpu-dev-backup-20261121083000000`);
    expect(readFileSync(backup, "utf8")).toBe(CONFIG);
    expect(await include.install()).toEqual({ backup: undefined });
    await include.remove();
    await include.remove();
    expect(readFileSync(sandbox.userConfigFile, "utf8")).toBe(CONFIG);
    expect(leftovers(sandbox)).toEqual([]);
  });

  it("each keep a copy, and no more than the newest three of ours", async () => {
    writeFileSync(sandbox.userConfigFile, CONFIG);
    const others = ["config.bak", "config.gpu-dev-backup-mine", "other.gpu-dev-backup-20200101000000000"];
    for (const name of others) writeFileSync(path.join(sandbox.home, name), "");
    let time = Date.UTC(2026, 10, 21);
    const include = sandbox.include({ clock: () => (time += 1000) });
    const made: (string | undefined)[] = [];
    for (let round = 0; round < 3; round += 1) {
      made.push((await include.install()).backup);
      made.push((await include.remove()).backup);
    }
    const backups = () => readdirSync(sandbox.home).filter((name) => /^config\.gpu-dev-backup-\d+$/.test(name));
    expect(backups()).toEqual(made.slice(-3).map((file) => path.basename(file ?? "")));
    expect(readFileSync(made.at(-1) ?? "", "utf8")).toMatch(/^Include /);
    expect(readFileSync(made.at(-2) ?? "", "utf8")).toBe(CONFIG);
    expect(readdirSync(sandbox.home)).toEqual(expect.arrayContaining(others));
    time = Date.UTC(2020, 0, 1); // a clock that was set back does not cost the newest copy
    const { backup = "" } = await include.install();
    expect(backups()).toContain(path.basename(backup));
    expect(backups()).toHaveLength(3);
  });

  it("write through a symbolic link and keep the mode of what it leads to", async () => {
    const target = path.join(sandbox.home, "dotfiles", "ssh-config");
    mkdirSync(path.dirname(target));
    writeFileSync(target, CONFIG);
    chmodSync(target, 0o644);
    symlinkSync("dotfiles/ssh-config", sandbox.userConfigFile);
    await sandbox.include().install();
    expect(lstatSync(sandbox.userConfigFile).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, "utf8")).toMatch(/^Include /);
    expect(mode(target)).toBe(0o644);
  });

  it("keep the owner", async (context) => {
    if (process.getuid?.() !== 0) context.skip("only root can give files away");
    writeFileSync(sandbox.userConfigFile, CONFIG);
    execFileSync("chown", ["65534:65534", sandbox.userConfigFile]);
    await sandbox.include().install();
    expect(statSync(sandbox.userConfigFile)).toMatchObject({ uid: 65_534, gid: 65_534 });
  });

  it("refuse a file in UTF-16, which ssh does not read either", async () => {
    const bytes = Buffer.from(`\uFEFF${CONFIG}`, "utf16le");
    writeFileSync(sandbox.userConfigFile, bytes);
    await expect(sandbox.include().install()).rejects.toMatchObject({ code: "configuration" });
    expect(readFileSync(sandbox.userConfigFile).equals(bytes)).toBe(true);
  });

  it("refuse a home folder whose path an Include cannot name", async () => {
    const home = path.join(sandbox.home, "me [work]");
    mkdirSync(home);
    const include = sandboxAt(home, path.join(home, "config")).include();
    await expect(include.install()).rejects.toMatchObject({ code: "configuration" });
    expect(existsSync(path.join(home, "config"))).toBe(false);
  });

  it("change nothing when an editor saves the file in the same moment", async () => {
    writeFileSync(sandbox.userConfigFile, CONFIG);
    const saves: RunProgram = (program, args) => {
      if (program === "icacls.exe" && args[0]?.includes(".config.gpu-dev-tmp") === true)
        writeFileSync(sandbox.userConfigFile, "# saved\n");
      return Promise.resolve({ stdout: "", stderr: "", exitCode: 0 });
    };
    const include = sandbox.include({ platform: "win32", run: saves });
    await expect(include.install()).rejects.toMatchObject({ code: "busy" });
    expect(readFileSync(sandbox.userConfigFile, "utf8")).toBe("# saved\n");
    expect(leftovers(sandbox)).toEqual([]);
  });

  it.skipIf(!canMount())("make ssh find our hosts by a path relative to ~/.ssh", async () => {
    const real = sandboxAt(sandbox.home, path.join(sandbox.home, ".ssh", "config"));
    writeFileSync(real.userConfigFile, CONFIG, { mode: 0o600 });
    await real.include().setEntries("ssh", [ONE]);
    await real.include().install();
    const script = 'mount --bind "$1" "$2" && for host in one mine; do ssh -G -- $host; done';
    const output = execFileSync("unshare", ["-m", "sh", "-c", script, "sh", sandbox.home, homedir()], {
      encoding: "utf8",
    });
    expect(output.match(/^hostname .*/gm)).toEqual(["hostname 10.0.0.1", "hostname 192.0.2.1"]);
  });
});

describe("setEntries", () => {
  it("writes what ssh reads as it was meant, through the user's configuration", async () => {
    writeFileSync(sandbox.userConfigFile, CONFIG);
    writeFileSync(path.join(sandbox.home, "empty"), "");
    const entry = {
      alias: "box-1",
      hostName: "fe80::1%eth0",
      port: 2222,
      user: "dev",
      identityFiles: ["~/.ssh/id", `${sandbox.home}/Jürgen's keys/100%`],
      proxyJump: "dev@jump:2200,10.0.0.9",
      hostKeyAlias: "/subscriptions/1/vm",
      forwardAgent: true,
    };
    await sandbox.include().setEntries("ssh", [ONE, entry]);
    await sandbox.include().install();
    expect(mode(sandbox.ownFile)).toBe(0o600);
    const unconfigured = readBySsh(path.join(sandbox.home, "empty"), "nobody").filter(
      (line) => !line.startsWith("host "),
    );
    const meant = meantForSsh(unconfigured, entry, `${sandbox.folder}/known_hosts`, path.join(homedir(), ".ssh"));
    expect(readBySsh(sandbox.userConfigFile, "box-1")).toEqual(meant);
  });

  it("replaces the hosts of one owner, leaves the others', and does not write for nothing", async () => {
    const include = sandbox.include();
    expect(await include.owners()).toEqual([]);
    await include.setEntries("b", [ONE]);
    await include.setEntries("a", [TWO]);
    expect(await include.owners()).toEqual(["a", "b"]);
    const before = { text: own(), inode: statSync(sandbox.ownFile).ino };
    await include.setEntries("b", [ONE]);
    expect({ text: own(), inode: statSync(sandbox.ownFile).ino }).toEqual(before);
    await include.setEntries("b", []);
    expect(own()).toContain("Host two\n");
    expect(own()).not.toContain("Host one\n");
  });

  it.each([
    ["an alias of another owner", "a", [TWO]],
    ["the same alias twice", "b", [ONE, ONE]],
    ["a value that is not safe", "b", [ONE, { alias: "three", hostName: "a\nProxyCommand x" }]],
    ["an owner of no known form", "b\n", [ONE]],
  ])("refuses %s and changes nothing", async (_, owner, entries) => {
    const include = sandbox.include();
    await include.setEntries("first", [TWO]);
    const before = own();
    await expect(include.setEntries(owner, entries)).rejects.toMatchObject({ code: "configuration" });
    expect(own()).toBe(before);
  });

  it("writes a proxy command as it was meant", async () => {
    await sandbox.include().setEntries("ssh", [{ ...ONE, proxyCommand: "nc -x proxy %h %p" }]);
    expect(readBySsh(sandbox.ownFile, "one")).toContain("proxycommand nc -x proxy %h %p");
  });

  it.each<[string, string, (output: string) => string]>([
    ["another address", "hostname", (output) => output.replace("hostname 10.0.0.1", "hostname 10.6.6.6")],
    ["a command nobody meant", "proxycommand", (output) => `${output}proxycommand touch x\n`],
    ["another key", "identityfile", (output) => output.replace(/identityfile .*/, "identityfile /else")],
  ])("changes nothing when ssh reads %s", async (_, detail, distort) => {
    await sandbox.include().setEntries("ssh", [TWO]);
    const before = own();
    const run: RunProgram = async (program, args) => {
      const result = await runProgram(program, args);
      return { ...result, stdout: distort(result.stdout) };
    };
    const written = sandbox.include({ run }).setEntries("ssh", [{ ...ONE, identityFiles: ["/k/id"] }]);
    await expect(written).rejects.toThrow(`as it was meant (${detail})`);
    expect(own()).toBe(before);
    expect(leftovers(sandbox)).toEqual([]);
  });

  it("says so when there is no ssh, and when it only looks like one", async () => {
    const missing = sandbox.include({ sshProgram: () => "/nowhere/ssh" }).setEntries("ssh", [ONE]);
    await expect(missing).rejects.toMatchObject({ code: "missing-tool" });
    const failing = sandbox.include({ sshProgram: () => "false" }).setEntries("ssh", [ONE]);
    await expect(failing).rejects.toMatchObject({ code: "configuration" });
    expect(existsSync(sandbox.ownFile)).toBe(false);
  });

  it("opens our folder to nobody, also where it was made by hand", async () => {
    mkdirSync(sandbox.folder, { mode: 0o755 });
    await sandbox.include().setEntries("ssh", [ONE]);
    expect(mode(sandbox.folder)).toBe(0o700);
    expect(mode(path.join(sandbox.home, ".ssh"))).toBe(0o700);
    expect(readdirSync(sandbox.folder)).toEqual(["config"]);
  });
});

describe("on Windows", () => {
  it("leaves files and folders to their owner, SYSTEM and Administrators", () => {
    expect(aclArguments("C:\\Users\\Jürgen M\\.ssh\\config", "PC\\Jürgen M", "file")).toEqual([
      "C:\\Users\\Jürgen M\\.ssh\\config",
      "/inheritance:r",
      "/grant:r",
      "PC\\Jürgen M:F",
      "/grant:r",
      "*S-1-5-18:F",
      "/grant:r",
      "*S-1-5-32-544:F",
    ]);
    expect(aclArguments("C:\\x", "PC\\me", "folder")).toContain("PC\\me:(OI)(CI)F");
  });

  it("sets the list before a file takes its place, and stops where that is refused", async () => {
    const calls: string[] = [];
    const refusing: RunProgram = (program, args) => {
      calls.push(`${program} ${path.basename(args[0] ?? "").replace(/[0-9a-f]{12}$/, "…")}`);
      return Promise.resolve({ stdout: "", stderr: "Access is denied.", exitCode: calls.length < 2 ? 0 : 5 });
    };
    const include = sandbox.include({ platform: "win32", windowsAccount: "PC\\me", run: refusing });
    await expect(include.setEntries("ssh", [])).rejects.toMatchObject({ code: "permission" });
    expect(calls).toEqual(["icacls.exe gpu-dev-environments.d", "icacls.exe .config.gpu-dev-tmp-…"]);
    expect(existsSync(sandbox.ownFile)).toBe(false);
  });
});
