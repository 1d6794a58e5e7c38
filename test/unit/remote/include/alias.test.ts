import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safeAlias } from "../../../../src/remote/include/alias.ts";
import { times } from "./sandbox.ts";

const ALPHABET = /^[a-z0-9][a-z0-9-]{0,62}$/;

describe("safeAlias", () => {
  it("keeps a name that is an alias already", () => {
    expect(safeAlias("train-01", new Set())).toBe("train-01");
  });

  it("adds a hash wherever it had to change the name, so that two names never share an alias by chance", () => {
    const aliases = ["Train 01", "train_01", "träin-01", "train--01"].map((name) => safeAlias(name, new Set()));
    expect(new Set(aliases).size).toBe(4);
    for (const alias of aliases) expect(alias).toMatch(/^train-01-[0-9a-f]{6}$/);
  });

  it("gives a taken name another alias, and the same one each time", () => {
    const alias = safeAlias("box", new Set(["box"]));
    expect(alias).toMatch(/^box-[0-9a-f]{6}$/);
    expect(safeAlias("box", new Set(["box"]))).toBe(alias);
    expect(safeAlias("box", new Set(["box", alias]))).not.toBe(alias);
  });

  it("has a word for names of which nothing is left", () => {
    expect(safeAlias("训练机", new Set())).toMatch(/^gpu-[0-9a-f]{6}$/);
    expect(safeAlias("", new Set())).toMatch(/^gpu-[0-9a-f]{6}$/);
  });

  it("stays within its alphabet for any name", () => {
    const names = fc.oneof(fc.string({ unit: "binary", maxLength: 80 }), fc.stringMatching(/^[A-Za-z0-9 _.-]{0,90}$/));
    const property = fc.property(names, (name) => {
      const alias = safeAlias(name, new Set());
      return ALPHABET.test(alias) && !alias.includes("--");
    });
    fc.assert(property, { numRuns: times(10_000, 500) });
  });
});
