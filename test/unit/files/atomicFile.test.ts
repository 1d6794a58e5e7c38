import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readIfPresent, renameWithPatience, replaceFile } from "../../../src/files/atomicFile.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "gpu-dev-files-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function failing(code: string, times: number): { rename: () => Promise<void>; calls: () => number } {
  let calls = 0;
  const rename = () => {
    calls += 1;
    return calls <= times ? Promise.reject(Object.assign(new Error(code), { code })) : Promise.resolve();
  };
  return { rename, calls: () => calls };
}

describe("readIfPresent", () => {
  it("tells a missing file from an empty one", async () => {
    writeFileSync(path.join(folder, "empty"), "");
    expect(await readIfPresent(path.join(folder, "empty"))).toEqual(Buffer.alloc(0));
    expect(await readIfPresent(path.join(folder, "missing"))).toBeUndefined();
  });

  it("throws for anything else, such as a file where a folder should be", async () => {
    writeFileSync(path.join(folder, "file"), "");
    await expect(readIfPresent(path.join(folder, "file", "below"))).rejects.toMatchObject({ code: "storage" });
  });
});

describe("replaceFile", () => {
  it("writes what a link leads to, also when that is not there yet", async () => {
    mkdirSync(path.join(folder, "real"));
    symlinkSync("real", path.join(folder, "linked"));
    symlinkSync("../real/two", path.join(folder, "real", "one"));
    symlinkSync("linked/one", path.join(folder, "file"));
    await replaceFile(path.join(folder, "file"), Buffer.from("new"));
    expect(readFileSync(path.join(folder, "real", "two"), "utf8")).toBe("new");
    expect(readlinkSync(path.join(folder, "file"))).toBe("linked/one");
  });

  it("leaves the file and its folder as they were when it is told to stop before the rename", async () => {
    const file = path.join(folder, "file");
    writeFileSync(file, "old");
    const stop = () => Promise.reject(new Error("no"));
    await expect(replaceFile(file, Buffer.from("new"), { beforeRename: stop })).rejects.toMatchObject({
      code: "storage",
    });
    expect(readFileSync(file, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it("clears away what a killed process left, and not what another one is writing", async () => {
    const leftover = path.join(folder, ".other.gpu-dev-tmp-0123456789ab");
    const busy = path.join(folder, ".file.gpu-dev-tmp-ba9876543210");
    for (const file of [leftover, busy, path.join(folder, ".mine")]) writeFileSync(file, "");
    utimesSync(leftover, 0, 0);
    utimesSync(path.join(folder, ".mine"), 0, 0);
    await replaceFile(path.join(folder, "file"), Buffer.from("new"));
    expect(readdirSync(folder).sort()).toEqual([".file.gpu-dev-tmp-ba9876543210", ".mine", "file"]);
  });
});

describe("a rename on Windows", () => {
  it.each(["EPERM", "EBUSY", "EACCES"])("waits until whoever holds the file open lets go of it (%s)", async (code) => {
    const { rename, calls } = failing(code, 3);
    await renameWithPatience(rename, "a", "b", "win32");
    expect(calls()).toBe(4);
  });

  it("gives up at once for other reasons, and on other systems", async () => {
    const full = failing("ENOSPC", 1);
    await expect(renameWithPatience(full.rename, "a", "b", "win32")).rejects.toMatchObject({ code: "ENOSPC" });
    const refused = failing("EPERM", 1);
    await expect(renameWithPatience(refused.rename, "a", "b", "linux")).rejects.toMatchObject({ code: "EPERM" });
    expect(full.calls() + refused.calls()).toBe(2);
  });
});
