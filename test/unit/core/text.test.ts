import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainText } from "../../../src/core/plainText.ts";
import { inEnglish, sentence } from "../../../src/core/sentence.ts";

describe("plainText", () => {
  it("leaves ordinary names alone, in any script", () => {
    for (const name of ["trainer-8", "Größe 3", "学習 機", "gpu_1.example.com"]) expect(plainText(name)).toBe(name);
  });

  it("takes out line breaks, control characters and marks that reorder or hide text", () => {
    expect(plainText("a\nb\r\n\tc\u0000d")).toBe("a b c d");
    expect(plainText("abc\u202Efdp.exe")).toBe("abc fdp.exe");
    expect(plainText("\u200Bx\uFEFF")).toBe("x");
  });

  it("gives one line of limited length and whole characters for any input", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 600 }), (text) => {
        const shown = plainText(text);
        return shown.length <= 256 && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(shown) && shown.isWellFormed();
      }),
      { numRuns: 2000 },
    );
  });
});

describe("sentence", () => {
  it("puts its values in place, whatever they contain", () => {
    expect(inEnglish(sentence("{0} has {1} GPUs, {0}!", "$& {1}", 8))).toBe("$& {1} has 8 GPUs, $& {1}!");
  });

  it("may hold another sentence", () => {
    const inner = sentence("{0} hosts", "SSH");
    expect(inEnglish(sentence("{0} could not be listed.", inner))).toBe("SSH hosts could not be listed.");
  });

  it("leaves a place without a value as it stands", () => {
    expect(inEnglish(sentence("{0} {3}", "a"))).toBe("a {3}");
  });
});
