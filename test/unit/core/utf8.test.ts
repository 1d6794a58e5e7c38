import { describe, expect, it } from "vitest";
import { joinedText, textOfUtf8, utf8Of } from "../../../src/core/utf8.ts";

describe("UTF-8", () => {
  it("in pieces of one byte is the same text, however many there are", () => {
    const text = "Gerät ™ 🙂 ".repeat(20_000);
    const pieces = Array.from(utf8Of(text), (byte) => Uint8Array.of(byte));
    expect(pieces.length).toBeGreaterThan(300_000); // more than a call has arguments
    expect(joinedText(pieces)).toBe(text);
  });

  it("keeps a byte order mark, and shows what is none as such", () => {
    expect(textOfUtf8(utf8Of("\uFEFFindex"))).toBe("\uFEFFindex");
    expect(joinedText([utf8Of("\uFEFFindex"), Uint8Array.of(0xc3)])).toBe("\uFEFFindex\uFFFD");
    expect(joinedText([])).toBe("");
  });
});
