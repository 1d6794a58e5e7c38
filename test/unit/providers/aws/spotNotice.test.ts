import { describe, expect, it } from "vitest";
import { GpuDevError } from "../../../../src/core/error.ts";
import type { InterruptionNotice } from "../../../../src/core/interruption.ts";
import { parseSpotNotice, spotNotice } from "../../../../src/providers/aws/spotNotice.ts";

const SAID = 1_795_284_000;
const notice = (action: string, time = "2026-11-21T18:42:00Z"): string =>
  `${SAID}\n${JSON.stringify({ action, time })} 200`;
const NOT_FOUND = `${SAID}\n<?xml version="1.0"?>\n<html>\n <head>\n  <title>404 - Not Found</title>\n </head>\n</html>\n 404`;

/** The notice, none, or "refused". Anything else that is thrown fails the test. */
function read(stdout: string): InterruptionNotice | "none" | "refused" {
  try {
    return parseSpotNotice(stdout) ?? "none";
  } catch (error) {
    if (error instanceof GpuDevError && error.code === "unreadable-answer") return "refused";
    throw error;
  }
}

describe("the notice of a Spot interruption", () => {
  it.each(["stop", "hibernate", "terminate"] as const)(
    "says that the machine will %s, and when, by whose clock",
    (action) => {
      expect(read(notice(action))).toEqual({ action, at: Date.UTC(2026, 10, 21, 18, 42), saidAt: SAID * 1000 });
    },
  );

  it("is none where the metadata service says 404", () => {
    expect(read(NOT_FOUND)).toBe("none");
  });

  it.each([
    ["nothing, as without curl or without the metadata service", ""],
    ["the time alone", `${SAID}\n`],
    ["a token that was refused", `${SAID}\nUnauthorized 401`],
    ["a service that fails", `${SAID}\n 503`],
    ["another thing than JSON", `${SAID}\nsoon 200`],
    ["a list", `${SAID}\n[] 200`],
    ["an action that nobody knows", notice("sing")],
    ["an action that is no text", `${SAID}\n{"action":["stop"],"time":"2026-11-21T18:42:00Z"} 200`],
    ["a day that is none", notice("stop", "2026-13-45T18:42:00Z")],
    ["a time without a zone", notice("stop", "2026-11-21T18:42:00")],
    ["a member of every object", notice("constructor")],
    ["a very long answer", `${SAID}\n${" ".repeat(100_000)}{} 200`],
  ])("is neither there nor absent where the answer is %s", (_, stdout) => {
    expect(read(stdout)).toBe("refused");
  });

  it("is read from 5,000 spoilt answers as what it is, or refused", () => {
    const random = seeded(20_261_121);
    const outcomes = new Set<string>();
    for (let count = 0; count < 5_000; count++) {
      const outcome = read(spoilt(random() < 0.7 ? notice("stop") : NOT_FOUND, random));
      outcomes.add(typeof outcome === "string" ? outcome : "notice");
      if (typeof outcome === "string") continue;
      expect(["stop", "hibernate", "terminate"]).toContain(outcome.action);
      expect(Number.isFinite(outcome.at) && Number.isFinite(outcome.saidAt)).toBe(true);
    }
    expect(outcomes).toEqual(new Set(["notice", "none", "refused"]));
  });

  it("is refused quickly where the answer is made to be hard to read", () => {
    const before = performance.now();
    for (const filling of [" 200 ", "\n", " 40", "0"])
      expect(read(`${SAID}\n${filling.repeat(1_600)}x`)).toBe("refused");
    expect(performance.now() - before).toBeLessThan(500);
  });

  it("is asked for by a line that every login shell passes on", () => {
    expect(spotNotice.command).not.toMatch(/['\\\r\n!]/);
  });
});

/** One to four bytes changed, taken out or put in, or the end cut off. */
function spoilt(text: string, random: () => number): string {
  let bytes = [...Buffer.from(text)];
  const place = (): number => Math.floor(random() * bytes.length);
  for (let left = 1 + Math.floor(random() * 4); left > 0; left--) {
    const way = Math.floor(random() * 4);
    if (way === 0) bytes[place()] = Math.floor(random() * 256);
    else if (way === 1) bytes.splice(place(), 1);
    else if (way === 2) bytes.splice(place(), 0, Math.floor(random() * 256));
    else if (random() < 0.2) bytes = bytes.slice(0, place());
  }
  return Buffer.from(bytes).toString();
}

/** Mulberry32: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
