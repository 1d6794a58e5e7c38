import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../../src/core/error.ts";
import { fallen, GROUND, isStable, risen, type Ladder } from "../../../src/health/ladder.ts";

const middle = (): number => 0.5;

function waits(code: ErrorCode, tries: number, random = middle): (number | undefined)[] {
  let ladder: Ladder = GROUND;
  return Array.from({ length: tries }, () => {
    const fall = fallen(ladder, { code, now: 1_000_000, random });
    ladder = fall.ladder;
    return fall.retryAt === undefined ? undefined : (fall.retryAt - 1_000_000) / 1000;
  });
}

describe("the reconnect ladder", () => {
  test("waits longer with every failure, up to five minutes", () => {
    expect(waits("unreachable", 9)).toEqual([1, 2, 5, 10, 30, 60, 300, 300, 300]);
  });

  test("spreads the waits of hosts that failed together by a fifth", () => {
    expect(waits("unreachable", 4, () => 0)).toEqual([0.8, 1.6, 4, 8]);
    expect(waits("unreachable", 4, () => 1)).toEqual([1.2, 2.4, 6, 12]);
  });

  test.each(["host-key-unknown", "host-key-changed", "authentication", "configuration"] as const)(
    "leaves %s to the user",
    (code) => {
      expect(waits(code, 3)).toEqual([undefined, undefined, undefined]);
    },
  );

  test("does not hurry where somebody has to install something first", () => {
    expect(waits("missing-tool", 8)).toEqual([60, 60, 60, 60, 60, 60, 300, 300]);
  });

  test("is back on the ground after a stable minute, not before", () => {
    const third = risen({ failures: 3 }, 10_000);
    expect(isStable(third, 69_999)).toBe(false);
    expect(fallen(third, { code: "timeout", now: 69_999, random: middle }).ladder.failures).toBe(4);
    expect(isStable(third, 70_000)).toBe(true);
    expect(fallen(third, { code: "timeout", now: 70_000, random: middle }).ladder.failures).toBe(1);
  });

  test("rising again while up does not begin the minute anew", () => {
    expect(risen(risen(GROUND, 5), 50_000).upSince).toBe(5);
  });
});
