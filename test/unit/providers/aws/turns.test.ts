import { describe, expect, it } from "vitest";
import { createTurns } from "../../../../src/providers/aws/turns.ts";
import { never } from "./emulated.ts";

/** Work that ends when it is told to. */
function pieces() {
  const begun: number[] = [];
  const ends = new Map<number, () => void>();
  const work = (index: number) => (): Promise<void> => {
    begun.push(index);
    return new Promise((resolve) => void ends.set(index, resolve));
  };
  return { begun, work, end: (index: number) => ends.get(index)?.() };
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe("taking turns", () => {
  it("lets a few go at once and the others in their order", async () => {
    const { begun, work, end } = pieces();
    const turns = createTurns(() => 2);
    const all = [0, 1, 2, 3].map((index) => turns.take(never(), work(index)));
    await settled();
    expect(begun).toEqual([0, 1]);
    end(1);
    await settled();
    expect(begun).toEqual([0, 1, 2]);
    for (const index of [0, 2]) end(index);
    await settled();
    end(3);
    await Promise.all(all);
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it("lets the next go where one fails, and takes who gave up out of the row", async () => {
    const { begun, work, end } = pieces();
    const turns = createTurns(() => 1);
    const abort = new AbortController();
    const first = turns.take(never(), () => Promise.reject(new Error("It failed.")));
    const second = turns.take(abort.signal, work(1));
    const third = turns.take(never(), work(2));
    abort.abort();
    await expect(first).rejects.toThrow("It failed.");
    await expect(second).rejects.toMatchObject({ name: "AbortError" });
    await settled();
    expect(begun).toEqual([2]);
    end(2);
    await third;
  });

  it("follows a width that changes", async () => {
    const { begun, work, end } = pieces();
    let width = 3;
    const turns = createTurns(() => width);
    const all = [0, 1, 2, 3, 4].map((index) => turns.take(never(), work(index)));
    await settled();
    width = 1;
    for (const index of [0, 1]) end(index);
    await settled();
    expect(begun).toEqual([0, 1, 2]);
    width = 2;
    end(2);
    await settled();
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    for (const index of [3, 4]) end(index);
    await Promise.all(all);
  });
});
