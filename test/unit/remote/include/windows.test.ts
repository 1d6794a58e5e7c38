import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseOwnFile } from "../../../../src/remote/include/ownFile.ts";
import { createSandbox, times, type Sandbox } from "./sandbox.ts";

const PROCESSES = 8;
const run = promisify(execFile);

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = createSandbox();
});
afterEach(() => {
  sandbox.remove();
});

function change(owner: string, rounds: number): Promise<unknown> {
  const { home, userConfigFile } = sandbox;
  const script = path.join(import.meta.dirname, "child.ts");
  return run(process.execPath, [script, "addAndRemove", home, userConfigFile, owner, String(rounds)]);
}

function hosts(): readonly string[] {
  const owned = parseOwnFile(readFileSync(sandbox.ownFile, "utf8"), sandbox.ownFile);
  return owned.map(({ owner, entry }) => `${owner} ${entry.alias} ${entry.hostName}`);
}

describe("several windows that write at once", () => {
  it(
    "lose no host of each other, and none waits for ever",
    async () => {
      const rounds = times(200, 10);
      const owners = Array.from({ length: PROCESSES }, (_, at) => `owner${at}`);
      await Promise.all(owners.map((owner) => change(owner, rounds)));
      expect(hosts()).toEqual(owners.map((owner) => `${owner} ${owner}-0 10.0.${rounds % 250}.0`));
    },
    times(600_000, 60_000),
  );

  it("take over from one that died with the lock in less than 15 s", async () => {
    const include = sandbox.include();
    await include.setEntries("a", [{ alias: "one", hostName: "10.0.0.1" }]);
    mkdirSync(`${sandbox.ownFile}.lock`); // as a process leaves it that is killed
    const begun = Date.now();
    await include.setEntries("b", [{ alias: "two", hostName: "10.0.0.2" }]);
    expect(Date.now() - begun).toBeLessThan(15_000);
    expect(hosts()).toEqual(["a one 10.0.0.1", "b two 10.0.0.2"]);
  }, 20_000);

  it("begin again when their own lock was taken over meanwhile, as after a sleep", async () => {
    await sandbox.include().setEntries("a", [{ alias: "one", hostName: "10.0.0.1" }]);
    const lock = `${sandbox.ownFile}.lock`;
    let checks = 0;
    const include = sandbox.include({
      sshProgram: () => {
        checks += 1;
        if (checks === 1) {
          rmdirSync(lock); // another window takes the lock over, changes the file and is done
          mkdirSync(lock);
          writeFileSync(sandbox.ownFile, readFileSync(sandbox.ownFile, "utf8").replaceAll("10.0.0.1", "10.0.0.9"));
          setTimeout(() => {
            rmdirSync(lock);
          }, 50);
        }
        return "ssh";
      },
    });
    await include.setEntries("b", [{ alias: "two", hostName: "10.0.0.2" }]);
    expect(checks).toBe(2);
    expect(hosts()).toEqual(["a one 10.0.0.9", "b two 10.0.0.2"]);
  });
});
