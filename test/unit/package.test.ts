import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";

const SHIPPED = [
  /^(README|CHANGELOG)\.md$/,
  /^LICENSE$/,
  /^package(\.nls(\.[a-z-]+)?)?\.json$/,
  /^dist\/extension\.js$/,
  /^dist\/NOTICE\.txt$/,
  /^dist\/chunks\/[\w.-]+\.js$/,
  /^dist\/webviews\/health\.(js|css)$/,
  /^media\/[\w-]+\.svg$/,
  /^resources\/icon\.png$/,
  /^resources\/l10n\/bundle\.l10n(\.[a-z-]+)?\.json$/,
  /^resources\/walkthrough\/\w+(\.nls\.\w+)?\.md$/,
];

let files: readonly string[];

beforeAll(() => {
  if (!existsSync("dist/extension.js")) execFileSync("node", ["esbuild.mjs"]);
  const listed = execFileSync("npx", ["vsce", "ls", "--no-dependencies"], { encoding: "utf8" });
  files = listed.split("\n").filter((line) => line !== "" && !line.startsWith("npm "));
}, 120_000);

describe("the package", () => {
  it("holds what is on the list, and nothing else", () => {
    expect(files.filter((file) => !SHIPPED.some((pattern) => pattern.test(file)))).toEqual([]);
    for (const pattern of SHIPPED) expect(files.some((file) => pattern.test(file))).toBe(true);
  });

  it("loads no library at activation: what the entry requires holds none", () => {
    const eager = requiredFrom("dist/extension.js");
    const text = eager.map((file) => readFileSync(file, "utf8")).join("\n");
    // A word that only the library's own code has.
    for (const mark of ["SSH_MSG_KEXINIT", "kexinit", "SaxesParser", "unclosed tag"]) expect(text).not.toContain(mark);
    expect(eager.reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThan(150_000);
    const lazy = readdirSync("dist/chunks").map((file) => readFileSync(`dist/chunks/${file}`, "utf8"));
    expect(lazy.some((chunk) => chunk.includes("kexinit"))).toBe(true);
    expect(lazy.some((chunk) => chunk.includes("unclosed tag"))).toBe(true);
  });

  it("names the licence of every package it contains", () => {
    const notice = readFileSync("dist/NOTICE.txt", "utf8");
    for (const name of ["ssh2", "saxes", "uplot", "preact", "valibot", "proper-lockfile"]) {
      expect(notice).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, "m"));
    }
  });
});

/** A file of the bundle and what it requires when it is loaded; a lazy require stands inside a function. */
function requiredFrom(file: string, found = new Set<string>()): readonly string[] {
  if (found.has(file)) return [...found];
  found.add(file);
  const text = readFileSync(file, "utf8");
  const lazy = new Set([...text.matchAll(/=>[^;]{0,40}require\("(\.[^"]+)"\)/g)].map(([, target]) => target));
  for (const [, target = ""] of text.matchAll(/require\("(\.[^"]+)"\)/g)) {
    if (!lazy.has(target)) requiredFrom(path.join(path.dirname(file), target), found);
  }
  return [...found];
}
