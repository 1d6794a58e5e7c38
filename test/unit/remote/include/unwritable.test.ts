import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSandbox, leftovers, times, type Sandbox } from "./sandbox.ts";

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const CONFIG = "Host mine\n  HostName 192.0.2.1\n";

let sandbox: Sandbox;
let undo: (() => void)[];
beforeEach(async () => {
  undo = [];
  sandbox = createSandbox();
  await fill(sandbox);
});
afterEach(() => {
  for (const step of undo.reverse()) step();
  sandbox.remove();
});

async function fill(filled: Sandbox): Promise<void> {
  writeFileSync(filled.userConfigFile, CONFIG);
  await filled.include().setEntries("other", [{ alias: "theirs", hostName: "192.0.2.2" }]);
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

/** Tries to change both files in a process of its own, perhaps another user's, and returns how each attempt ended. */
function attempt(as: { readonly uid?: number; readonly limit?: string } = {}): { install: string; setEntries: string } {
  const script = path.join(import.meta.dirname, "child.ts");
  const one = (task: string): string => {
    const command = [process.execPath, script, task, sandbox.home, sandbox.userConfigFile, "new"];
    const [program = "", ...args] = as.limit === undefined ? command : ["prlimit", as.limit, ...command];
    const user = as.uid === undefined ? {} : { uid: as.uid, gid: as.uid };
    return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], ...user });
  };
  return { install: one("install"), setEntries: one("setEntries") };
}

function giveToNobody(): void {
  run("chown", "-R", `${NOBODY}:${NOBODY}`, sandbox.home);
}

/** Puts the home folder onto a file system of its own. */
async function mountAt(...options: readonly string[]): Promise<void> {
  const place = mkdtempSync(path.join(sandbox.home, "mount-"));
  run("mount", "-t", "tmpfs", ...options, "tmpfs", place);
  undo.push(() => run("umount", place));
  const outer = sandbox;
  undo.push(() => {
    sandbox = outer;
  });
  sandbox = createSandbox(place);
  await fill(sandbox);
}

/** What may not change: our file, and the user's unless it is the one that cannot be read. */
function bytes(): readonly (Buffer | undefined)[] {
  return [sandbox.userConfigFile, sandbox.ownFile].map((file) => {
    try {
      return readFileSync(file);
    } catch {
      return undefined;
    }
  });
}

interface Fault {
  readonly arrange: () => void | Promise<void>;
  readonly install: string;
  readonly setEntries: string;
  readonly as?: Parameters<typeof attempt>[0];
  /** The user's configuration is not readable either before or after. */
  readonly needsRoot?: boolean;
}

/** `install` is the outcome of status, install and remove; "done" where the fault does not concern the file. */
const FAULTS: Readonly<Record<string, Fault>> = {
  "ENOSPC: a full disk": {
    arrange: async () => {
      await mountAt("-o", "size=64k");
      try {
        writeFileSync(path.join(sandbox.home, "filler"), Buffer.alloc(1 << 20));
      } catch {
        // full, as wanted
      }
    },
    install: "done,storage,done",
    setEntries: "storage",
    needsRoot: true,
  },
  "EROFS: a read-only file system": {
    arrange: async () => {
      await mountAt();
      run("mount", "-o", "remount,ro", path.dirname(sandbox.home));
    },
    install: "done,storage,done",
    setEntries: "storage",
    needsRoot: true,
  },
  "EACCES: files that may not be read": {
    arrange: () => {
      giveToNobody();
      for (const file of [sandbox.userConfigFile, sandbox.ownFile]) chmodSync(file, 0);
    },
    install: "permission,permission,permission",
    setEntries: "permission",
    as: { uid: NOBODY },
    needsRoot: true,
  },
  "EACCES: folders that may not be written": {
    arrange: () => {
      giveToNobody();
      for (const folder of [sandbox.home, sandbox.folder]) {
        chownSync(folder, 0, 0);
        chmodSync(folder, 0o755);
      }
    },
    install: "done,permission,done",
    setEntries: "permission",
    as: { uid: NOBODY },
    needsRoot: true,
  },
  "EPERM: immutable files": {
    arrange: () => {
      for (const file of [sandbox.userConfigFile, sandbox.ownFile]) {
        run("chattr", "+i", file);
        undo.push(() => run("chattr", "-i", file));
      }
    },
    install: "done,permission,done",
    setEntries: "permission",
    needsRoot: true,
  },
  "EIO: a disk that fails on reading": {
    arrange: () => {
      for (const file of [sandbox.userConfigFile, sandbox.ownFile]) {
        rmSync(file);
        symlinkSync("/proc/self/mem", file); // its first page is not there to be read
      }
    },
    install: "storage,storage,storage",
    setEntries: "storage",
  },
  "EISDIR: a folder in its place": {
    arrange: () => {
      for (const file of [sandbox.userConfigFile, sandbox.ownFile]) {
        rmSync(file);
        mkdirSync(file);
      }
    },
    install: "storage,storage,storage",
    setEntries: "storage",
  },
  "ELOOP: links that lead in a circle": {
    arrange: () => {
      for (const file of [sandbox.userConfigFile, sandbox.ownFile]) {
        rmSync(file);
        symlinkSync(file, file);
      }
    },
    install: "storage,storage,storage",
    setEntries: "storage",
  },
  "EFBIG: a limit on the size of files": {
    arrange: () => undefined,
    install: "done,storage,done",
    setEntries: "storage",
    as: { limit: "--fsize=20" },
  },
};

describe.each(Object.entries(FAULTS))("%s", (_, { arrange, as, install, setEntries, needsRoot = false }) => {
  it.skipIf(needsRoot && !isRoot)("is one clear error, and nothing changes", { timeout: 120_000 }, async () => {
    await arrange();
    const before = bytes();
    for (let round = 0; round < times(50, 1); round += 1) {
      expect(attempt(as)).toEqual({ install, setEntries });
      expect(bytes()).toEqual(before);
      expect(leftovers(sandbox)).toEqual([]);
    }
  });
});

describe("our own file", () => {
  it.each([
    ["cut off", (text: string) => text.slice(0, -30)],
    ["emptied", () => ""],
    ["written over", () => "Host x\n"],
    ["with a state that is no JSON", (text: string) => text.replace("#: {", "#: {{")],
    ["with a state that is no host", (text: string) => text.replace('"hostName"', '"hostNames"')],
  ])("is an error and stays as it is when it is found %s", async (_, damage) => {
    const damaged = damage(readFileSync(sandbox.ownFile, "utf8"));
    writeFileSync(sandbox.ownFile, damaged);
    const written = sandbox.include().setEntries("new", [{ alias: "new", hostName: "192.0.2.3" }]);
    await expect(written).rejects.toMatchObject({ code: "configuration" });
    expect(readFileSync(sandbox.ownFile, "utf8")).toBe(damaged);
  });
});
