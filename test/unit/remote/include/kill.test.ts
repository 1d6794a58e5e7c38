import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, watch, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseOwnFile } from "../../../../src/remote/include/ownFile.ts";
import { createSandbox, leftovers, times, type Sandbox } from "./sandbox.ts";

const ORIGINAL = "# mine\nHost mine\n  HostName 192.0.2.1\n  User me\n\nHost *\n  Compression yes\n";
const OUR_LINES = /^(?:Include "[^"\n]+"\n# The line above was added by GPU Dev Environments\.[^\n]*\n)?$/;
const LONG_AGO = new Date(Date.now() - 3_600_000);

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = createSandbox();
  writeFileSync(sandbox.userConfigFile, ORIGINAL, { mode: 0o644 });
  mkdirSync(sandbox.folder);
});
afterEach(() => {
  sandbox.remove();
});

/** Kills after a time, or after a number of changes in the two folders: a write itself takes a millisecond only. */
type Moment = { readonly afterMs: number } | { readonly afterChanges: number };

function anyMoment(): Moment {
  const chance = Math.random();
  return chance < 0.3 ? { afterMs: chance * 400 } : { afterChanges: 1 + Math.floor(Math.random() * 24) };
}

async function killWhileWriting(moment: Moment): Promise<void> {
  const { home, userConfigFile, folder } = sandbox;
  const args = [path.join(import.meta.dirname, "child.ts"), "writeUntilKilled", home, userConfigFile];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const complaints = text(child.stderr);
  const closed = once(child, "close");
  const tooEarly = closed.then(async () => Promise.reject(new Error(`It ended by itself: ${await complaints}`)));
  tooEarly.catch(() => undefined); // after the kill it is what is wanted
  await Promise.race([once(child.stdout, "data"), tooEarly]);
  const come = "afterMs" in moment ? pause(moment.afterMs) : changes([home, folder], moment.afterChanges);
  await Promise.race([come, tooEarly]);
  child.kill("SIGKILL");
  await closed;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function changes(folders: readonly string[], count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    const watchers = folders.map((each) =>
      watch(each, () => {
        left -= 1;
        if (left > 0) return;
        for (const watcher of watchers) watcher.close();
        resolve();
      }),
    );
  });
}

/** Makes what the killed process left look as old as it would be when the next one comes. */
function letTimePass(): void {
  for (const folder of [sandbox.home, sandbox.folder].filter((each) => existsSync(each)))
    for (const name of readdirSync(folder))
      if (/\.lock$|gpu-dev-tmp/.test(name)) utimesSync(path.join(folder, name), LONG_AGO, LONG_AGO);
}

function settings(alias: string): string {
  return execFileSync("ssh", ["-G", "-F", sandbox.userConfigFile, "--", alias], { encoding: "utf8" });
}

function assertWhole(): void {
  const config = readFileSync(sandbox.userConfigFile, "utf8");
  expect(config.endsWith(ORIGINAL)).toBe(true);
  expect(config.slice(0, -ORIGINAL.length)).toMatch(OUR_LINES);
  expect(settings("mine")).toMatch(/^hostname 192\.0\.2\.1$/m);
  if (!existsSync(sandbox.ownFile)) return;
  const entries = parseOwnFile(readFileSync(sandbox.ownFile, "utf8"), sandbox.ownFile).map(({ entry }) => entry);
  expect(new Set(entries.map(({ port }) => port)).size).toBeLessThanOrEqual(1); // one round, not a mixture
  if (config !== ORIGINAL && entries[0]) expect(settings("box-0")).toContain(`\nhostname ${entries[0].hostName}\n`);
}

describe("a process killed at any moment of a write", () => {
  it(
    "leaves both files old or new, and nothing that stops the next one",
    async () => {
      for (let kill = 0; kill < times(2_000, 20); kill += 1) {
        await killWhileWriting(anyMoment());
        assertWhole();
        letTimePass();
      }
      await sandbox.include().setEntries("ssh", []);
      // One of the two writes, whichever state the last kill has left; a write lets go of what lies around.
      await sandbox.include().remove();
      await sandbox.include().install();
      expect(leftovers(sandbox)).toEqual([]);
    },
    times(3_600_000, 60_000),
  );
});
