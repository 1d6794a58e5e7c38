import { describe, expect, it } from "vitest";
import { pathValue } from "../../../../src/remote/include/values.ts";

describe("paths in an SSH configuration", () => {
  it.each([
    ["linux", "/home/me/.ssh/id", '"/home/me/.ssh/id"'],
    ["linux", "~/.ssh/id", '"~/.ssh/id"'],
    ["darwin", "/Users/Zoë Ö/ключ", '"/Users/Zoë Ö/ключ"'],
    ["linux", "/home/İıI/50% off/%h", '"/home/İıI/50%% off/%%h"'],
    ["win32", "C:\\Users\\Jürgen Müller\\.ssh\\id", '"C:/Users/Jürgen Müller/.ssh/id"'],
    ["win32", "\\\\server\\share\\id", '"//server/share/id"'],
    ["win32", "C:/keys/id", '"C:/keys/id"'],
  ] as const)("are written for %s so that ssh reads %s", (platform, file, written) => {
    expect(pathValue(file, platform)).toBe(written);
  });

  it.each([
    ["linux", "keys/id"],
    ["linux", "C:\\keys\\id"],
    ["linux", "/k/a\\b"],
    ["linux", '/k/a"b'],
    ["linux", "/k/a\nb"],
    ["linux", "/k/a\0b"],
    ["linux", "/k/${HOME}"],
    ["linux", `/${"k".repeat(4_096)}`],
    ["linux", ""],
    ["win32", "keys\\id"],
  ] as const)("are refused for %s when versions of ssh would disagree: %j", (platform, file) => {
    expect(() => pathValue(file, platform)).toThrow();
  });
});
