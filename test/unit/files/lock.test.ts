import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withLock } from "../../../src/files/lock.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "gpu-dev-lock-"));
  file = path.join(folder, "file");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("withLock", () => {
  it("lets one in at a time", async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => withLock(file, work)));
    expect(most).toBe(1);
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  it("is free again after work that failed", async () => {
    await expect(withLock(file, () => Promise.reject(new Error("mine")))).rejects.toThrow("mine");
    expect(await withLock(file, () => Promise.resolve(7))).toBe(7);
  });

  it("gives up as busy, and leaves the other's lock alone, when it is taken over again and again", async () => {
    let begun = 0;
    const robbed = withLock(file, async (stillHeld) => {
      begun += 1;
      rmdirSync(`${file}.lock`);
      mkdirSync(`${file}.lock`);
      const lost = stillHeld();
      await lost.catch(() => {
        expect(existsSync(`${file}.lock`)).toBe(true);
        if (begun < 3) rmdirSync(`${file}.lock`);
      });
      await lost;
    });
    await expect(robbed).rejects.toMatchObject({ code: "busy" });
    expect(begun).toBe(3);
    expect(existsSync(`${file}.lock`)).toBe(true);
  });

  it("is an error of storage where no lock can be made", async () => {
    const nowhere = path.join(folder, "missing", "file");
    await expect(withLock(nowhere, () => Promise.resolve())).rejects.toMatchObject({ code: "storage" });
  });
});
