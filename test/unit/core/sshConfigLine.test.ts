import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseSshConfigLine, sshConfigKeyword } from "../../../src/core/sshConfigLine.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "gpu-dev-line-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What ssh makes of a line, through one setting that it prints argument by argument; undefined if it refuses it. */
function readBySsh(rest: string): string | undefined {
  const file = path.join(folder, "config");
  writeFileSync(file, `SendEnv${rest}\n`);
  try {
    const output = execFileSync("ssh", ["-G", "-F", file, "--", "x"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return (output.match(/^sendenv .*/gm) ?? []).map((line) => line.slice("sendenv ".length)).join("|");
  } catch {
    return undefined;
  }
}

describe("parseSshConfigLine", () => {
  it.each([
    ["Host a b", "host", ["a", "b"]],
    ["  HOST=a", "host", ["a"]],
    ["\tHost = a\tb \r", "host", ["a", "b"]],
    ['Host "a b" c', "host", ["a b", "c"]],
    ["Host 'a b'", "host", ["a b"]],
    ["Host a=b", "host", ["a=b"]],
    ["Host a b#c", "host", ["a", "b#c"]],
    ["Host a # b", "host", ["a"]],
    ["IdentityFile C:\\keys\\", "identityfile", ["C:\\keys\\"]],
    ["IdentityFile a\\ b", "identityfile", ["a b"]],
    ["Host", "host", []],
  ])("reads %j", (line, keyword, args) => {
    expect(parseSshConfigLine(line)).toEqual({ keyword, arguments: args });
    expect(sshConfigKeyword(line)).toBe(keyword);
  });

  it.each(["", "   ", "# Host a", "\t#", "\r"])("finds nothing in %j", (line) => {
    expect(parseSshConfigLine(line)).toBeUndefined();
    expect(sshConfigKeyword(line)).toBeUndefined();
  });

  it("has no arguments for a line whose quotes do not match", () => {
    expect(parseSshConfigLine('Host "a')).toEqual({ keyword: "host", arguments: undefined });
  });

  it("splits as ssh does", () => {
    const piece = fc.constantFrom("a", "b", " ", "\t", '"', "'", "\\", "\\\\", "#");
    const rests = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => ` x${pieces.join("")}`);
    let accepted = 0;
    const property = fc.property(rests, (rest) => {
      const args = parseSshConfigLine(`SendEnv${rest}`)?.arguments;
      const expected = readBySsh(rest);
      if (expected === undefined)
        expect(args ?? [""]).toContain(""); // this setting takes no empty argument
      else {
        accepted += 1;
        expect(args?.join("|")).toBe(expected);
      }
    });
    fc.assert(property, { numRuns: process.env["GPU_DEV_FAULTS"] === "full" ? 2_000 : 150 });
    expect(accepted).toBeGreaterThan(30);
  }, 300_000);
});
