import { describe, expect, it } from "vitest";
import { GpuDevError, type ErrorCode } from "../../../../src/core/error.ts";
import { sentence } from "../../../../src/core/sentence.ts";
import { createLearned } from "../../../../src/providers/aws/learned.ts";
import { never } from "./emulated.ts";

function failing(code: ErrorCode): GpuDevError {
  return new GpuDevError(code, sentence("It could not be read."));
}

/** Knows everything but what begins with "bad", which spoils every question that holds it. */
function aSource(refusal: ErrorCode = "invalid-request") {
  const asked: (readonly string[])[] = [];
  const log: string[] = [];
  let now = 0;
  const learned = createLearned<string>({
    atOnce: 4,
    clock: () => now,
    log: (line) => void log.push(line),
    fetch: (ids) => {
      asked.push(ids);
      if (ids.some((id) => id.startsWith("bad"))) return Promise.reject(failing(refusal));
      return Promise.resolve(new Map(ids.map((id) => [id, id.toUpperCase()])));
    },
  });
  return { learned, asked, log, wait: (milliseconds: number) => void (now += milliseconds) };
}

describe("what is learned of what was seen", () => {
  it("is asked for once, several at a time", async () => {
    const { learned, asked } = aSource();
    await learned.learn(["a", "b", "c", "d", "e", "a"], never());
    await learned.learn(["a", "e"], never());
    expect(asked).toEqual([["a", "b", "c", "d"], ["e"]]);
    expect(learned.get("e")).toBe("E");
  });

  it("does not lack the rest because of one that is not known", async () => {
    const { learned } = aSource();
    await learned.learn(["a", "bad", "c", "d"], never());
    expect(["a", "bad", "c", "d"].map((id) => learned.get(id))).toEqual(["A", undefined, "C", "D"]);
  });

  it("is left alone for a while where it may not be read, and then asked for again", async () => {
    const { learned, asked, log, wait } = aSource("permission");
    await learned.learn(["bad"], never());
    await learned.learn(["bad"], never());
    expect(asked).toHaveLength(1);
    expect(log).toEqual(["It could not be read."]);
    wait(10 * 60_000);
    await learned.learn(["bad"], never());
    expect(asked).toHaveLength(2);
  });

  it.each(["throttled", "unreachable", "authentication", "timeout"] as const)(
    "fails with what will pass: %s",
    async (code) => {
      const { learned, asked } = aSource(code);
      await expect(learned.learn(["bad"], never())).rejects.toMatchObject({ code });
      await expect(learned.learn(["bad"], never())).rejects.toMatchObject({ code });
      expect(asked).toHaveLength(2);
    },
  );
});
