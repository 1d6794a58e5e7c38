import { describe, expect, test } from "vitest";
import { OpeningQueue } from "../../../src/health/openingQueue.ts";

const forever = new AbortController().signal;

describe("OpeningQueue", () => {
  test("never lets more in than it has places", async () => {
    const queue = new OpeningQueue(3);
    let inside = 0;
    let most = 0;
    const visit = async (): Promise<void> => {
      const slot = await queue.acquire(() => 0, forever);
      most = Math.max(most, ++inside);
      await Promise.resolve();
      inside--;
      slot.dispose();
      slot.dispose();
    };
    await Promise.all(Array.from({ length: 100 }, visit));
    expect(most).toBe(3);
    expect(inside).toBe(0);
  });

  test("the most wanted goes first, as wanted as it is then; equals in the order of asking", async () => {
    const queue = new OpeningQueue(1);
    const order: string[] = [];
    const priorities: Record<string, number> = { glanced: 1, alsoGlanced: 1, shownLater: 1 };
    const first = await queue.acquire(() => 0, forever);
    const waits = Object.keys(priorities).map(async (name) => {
      const slot = await queue.acquire(() => priorities[name] ?? 0, forever);
      order.push(name);
      slot.dispose();
    });
    priorities["shownLater"] = 2;
    first.dispose();
    await Promise.all(waits);
    expect(order).toEqual(["shownLater", "glanced", "alsoGlanced"]);
  });

  test("one who gives up waiting takes no place", async () => {
    const queue = new OpeningQueue(1);
    const first = await queue.acquire(() => 0, forever);
    const abort = new AbortController();
    const waiting = queue.acquire(() => 9, abort.signal);
    abort.abort();
    await expect(waiting).rejects.toThrow("cancelled");
    first.dispose();
    await expect(queue.acquire(() => 0, forever)).resolves.toBeDefined();
  });
});
