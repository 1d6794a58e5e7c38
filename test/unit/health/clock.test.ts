import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Environment } from "../../../src/core/environment.ts";
import { GpuDevError } from "../../../src/core/error.ts";
import { disposeAll, type Disposable } from "../../../src/core/event.ts";
import { Inventory } from "../../../src/core/inventory.ts";
import { sentence } from "../../../src/core/sentence.ts";
import { Interruptions } from "../../../src/health/interruptions.ts";
import { Ticker } from "../../../src/health/ticker.ts";
import { spotNotice } from "../../../src/providers/aws/spotNotice.ts";
import { anEnvironment } from "../../fakes/environment.ts";
import { createFakeProvider } from "../../fakes/provider.ts";
import { pass } from "../../fakes/health.ts";

const NOON = Date.UTC(2026, 10, 21, 12);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const BOX: Partial<Environment> = { id: "cloud/box", providerId: "cloud", name: "box", interruptible: true };

const owned: Disposable[] = [];
beforeEach(() => void vi.useFakeTimers({ now: NOON }));
afterEach(() => {
  disposeAll(owned.splice(0));
  vi.useRealTimers();
});

/** A Spot machine that says that it will be stopped in two minutes, and a cloud that can be asked what became of it. */
async function noticed() {
  const cloud = { state: "running" as Environment["state"], asked: 0, reachable: true };
  const read = (): Promise<Environment> => {
    cloud.asked += 1;
    if (!cloud.reachable) return Promise.reject(new GpuDevError("unreachable", sentence("There is no network yet.")));
    return Promise.resolve(anEnvironment({ ...BOX, state: cloud.state, startedAt: 1 }));
  };
  const pages = [[anEnvironment({ ...BOX, state: "running", startedAt: 1 })]];
  const inventory = new Inventory(
    [{ ...createFakeProvider("cloud", pages), interruption: spotNotice, read }],
    Date.now,
  );
  await inventory.refresh("cloud");
  const interruptions = new Interruptions({ inventory, clock: Date.now, log: () => undefined });
  owned.push(interruptions, inventory);
  const news: string[] = [];
  interruptions.onDidHear(({ kind }) => news.push(kind));
  const at = Date.now() + 2 * MINUTE_MS;
  /** As the machine says it by its own clock, which is right. */
  const say = (said: number): void => interruptions.heard("cloud/box", { action: "stop", at, saidAt: said });
  say(NOON);
  return { cloud, interruptions, news, say };
}

/** The clock is set, or the computer sleeps: no timer runs meanwhile. */
function leap(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

describe("F-18: a notice of an interruption", () => {
  it.each([
    ["two hours", 2 * HOUR_MS],
    ["twenty minutes", 20 * MINUTE_MS],
  ])("is not forgotten over a sleep of %s: what became of the machine is told on wake", async (_what, asleepMs) => {
    const { cloud, news } = await noticed();
    cloud.state = "stopped";
    cloud.reachable = false;
    leap(asleepMs);
    await pass(5_000);
    expect(cloud.asked).toBeGreaterThan(0);
    cloud.reachable = true;
    await pass(30_000);
    expect(news).toEqual(["noticed", "over"]);
  });

  it.each([
    ["two hours", -2 * HOUR_MS],
    ["six minutes", -6 * MINUTE_MS],
  ])("whose connection ends is followed in time, although the clock is set back by %s", async (_what, leapMs) => {
    const { cloud, news } = await noticed();
    leap(leapMs);
    cloud.state = "stopped";
    await pass(3 * MINUTE_MS);
    expect(news).toEqual(["noticed", "over"]);
  });

  it.each([
    ["forward by two hours", 2 * HOUR_MS],
    ["back by two hours", -2 * HOUR_MS],
    ["forward by six minutes", 6 * MINUTE_MS],
  ])(
    "is counted down rightly after the clock is set %s, as soon as the machine is asked again",
    async (_what, leapMs) => {
      const { interruptions, say, news } = await noticed();
      await pass(30_000);
      leap(leapMs);
      await pass(5_000);
      say(NOON + 35_000);
      expect((interruptions.of("cloud/box")?.at ?? 0) - Date.now()).toBe(85_000);
      expect(news).toEqual(["noticed"]);
    },
  );

  it("of which nothing comes is forgotten in its time, although the clock is set back by two hours", async () => {
    const { interruptions, news } = await noticed();
    leap(-2 * HOUR_MS);
    await pass(20 * MINUTE_MS);
    expect(interruptions.of("cloud/box")).toBeUndefined();
    expect(news).toEqual(["noticed"]);
  });
});

describe("F-18: the timer of the hosts", () => {
  it.each([
    ["a sleep of two hours", 2 * HOUR_MS, true],
    ["a sleep of a minute", MINUTE_MS, true],
    ["a clock that is set back by two hours", -2 * HOUR_MS, false],
    ["a moment in which the computer was busy", 10_000, false],
  ])("takes %s for what it is", async (_what, leapMs, isWake) => {
    const ticker = new Ticker(Date.now);
    owned.push(ticker);
    const wakes: boolean[] = [];
    ticker.add({ tick: (woke) => void wakes.push(woke) });
    await pass(3_000);
    leap(leapMs);
    const before = ticker.now();
    await pass(3_000);
    expect(wakes.slice(0, 3)).toEqual([false, false, false]);
    expect(wakes.slice(3).some(Boolean)).toBe(isWake);
    expect(ticker.now() - before).toBe(3_000);
  });
});
