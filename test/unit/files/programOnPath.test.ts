import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { programFiles, programOnPath } from "../../../src/files/programOnPath.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "gpu dév path "));
  for (const folder of ["a", "b", "c/tool"]) await mkdir(path.join(root, folder), { recursive: true });
  await writeFile(path.join(root, "a/tool"), "");
  await writeFile(path.join(root, "b/tool"), "");
  await chmod(path.join(root, "b/tool"), 0o755);
});
afterAll(() => rm(root, { recursive: true }));

const on = (...folders: readonly string[]) => ({ PATH: folders.join(":") });

describe("a program on the PATH", () => {
  it.skipIf(process.platform === "win32")("is a file that may be run, in the first folder that has one", async () => {
    const [a, b, c] = ["a", "b", "c"].map((folder) => path.join(root, folder)) as [string, string, string];
    expect(await programOnPath("tool", on(a, c, b), process.platform)).toBe(path.join(b, "tool"));
    expect(await programOnPath("tool", on(a, c), process.platform)).toBeUndefined();
    expect(await programOnPath("tool", {}, process.platform)).toBeUndefined();
  });

  it("is not looked for where one happens to stand", () => {
    expect(programFiles("tool", on("", ".", "bin", "../bin", "/usr/bin"), "linux")).toEqual(["/usr/bin/tool"]);
    expect(programFiles("tool", { PATH: String.raw`.;bin;C:\bin`, PATHEXT: ".EXE" }, "win32")).toEqual([
      String.raw`C:\bin\tool.EXE`,
    ]);
  });

  it("has on Windows the endings of PATHEXT that need no shell, whatever the case of the names", () => {
    const environment = {
      Path: String.raw`"C:\Program Files\Amazon\AWSCLIV2\";D:\x`,
      Pathext: ".COM;.BAT;.CMD;.exe;.JS",
    };
    expect(programFiles("aws", environment, "win32")).toEqual([
      String.raw`C:\Program Files\Amazon\AWSCLIV2\aws.COM`,
      String.raw`C:\Program Files\Amazon\AWSCLIV2\aws.exe`,
      String.raw`D:\x\aws.COM`,
      String.raw`D:\x\aws.exe`,
    ]);
    expect(programFiles("aws", { PATH: String.raw`D:\x` }, "win32")).toHaveLength(2);
  });
});
