import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoteForShell } from "../../src/commands/shellWord.ts";

describe("a word of a copied command", () => {
  it("is left as it is where the shell would", () => {
    expect(quoteForShell("HostName=gpu-1.example.com", "linux")).toBe("HostName=gpu-1.example.com");
  });

  it("reaches a program unchanged through a POSIX shell, whatever it contains", () => {
    const words = fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(words, (original) => {
        const safe = original.map((word) => word.replaceAll("\0", ""));
        const line = `printf '%s\\0' ${safe.map((word) => quoteForShell(word, "linux")).join(" ")}`;
        const { stdout } = spawnSync("/bin/sh", ["-c", line], { encoding: "utf8" });
        return stdout === safe.map((word) => `${word}\0`).join("");
      }),
      { numRuns: 50 },
    );
  });

  it("is quoted for PowerShell on Windows", () => {
    expect(quoteForShell("it's", "win32")).toBe("'it''s'");
  });
});
