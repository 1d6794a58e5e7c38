import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { steady } from "../../../src/core/clock.ts";
import { GpuDevError } from "../../../src/core/error.ts";
import type { Disposable } from "../../../src/core/event.ts";
import { Inventory } from "../../../src/core/inventory.ts";
import { startPolling } from "../../../src/core/polling.ts";
import { sentence } from "../../../src/core/sentence.ts";
import { anEnvironment } from "../../fakes/environment.ts";
import { createFakeProvider } from "../../fakes/provider.ts";

const NOON = Date.UTC(2026, 10, 21, 12);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe("F-18: milliseconds that never run back", () => {
  it.each([
    ["a clock that is set back by 2 h", -2 * HOUR_MS, 0],
    ["a clock that is set back by 6 min", -6 * MINUTE_MS, 0],
    ["a clock that is set forward by 2 h", 2 * HOUR_MS, 20_000],
    ["a sleep of a minute", MINUTE_MS, 20_000],
    ["ten seconds of work", 10_000, 10_000],
  ])("count %s (%i ms) as %i ms of work", (_what, leapMs, counted) => {
    let now = NOON;
    const elapsed = steady(() => now, 20_000);
    now += 1000;
    expect(elapsed()).toBe(1000);
    now += leapMs;
    expect(elapsed()).toBe(1000 + counted);
    now += 5000;
    expect(elapsed()).toBe(6000 + counted);
  });

  it("count a sleep in full where nobody says otherwise", () => {
    let now = NOON;
    const elapsed = steady(() => now);
    now += 2 * HOUR_MS;
    expect(elapsed()).toBe(2 * HOUR_MS);
  });
});

describe("F-18: a cloud that somebody looks at", () => {
  let owned: readonly Disposable[] = [];
  beforeEach(() => void vi.useFakeTimers({ now: NOON }));
  afterEach(() => {
    for (const one of owned) one.dispose();
    vi.useRealTimers();
  });

  const polled = async (pages: Parameters<typeof createFakeProvider>[1]) => {
    const provider = { ...createFakeProvider("cloud", pages), isChosen: true };
    let listings = 0;
    const list = provider.list.bind(provider);
    provider.list = (signal) => {
      listings += 1;
      return list(signal);
    };
    const inventory = new Inventory([provider], Date.now);
    await inventory.refresh("cloud");
    owned = [startPolling({ inventory, isWatched: () => true, clock: Date.now, log: () => undefined }), inventory];
    return { listingsSince: (before = 1) => listings - before };
  };
  const refused = new GpuDevError("permission", sentence("No."));

  it.each([
    ["set back by 2 h", -2 * HOUR_MS],
    ["set back by 6 min", -6 * MINUTE_MS],
    ["set forward by 2 h, or slept", 2 * HOUR_MS],
  ])("is listed within seconds after the clock is %s, and then each minute", async (_what, leapMs) => {
    const { listingsSince } = await polled([[anEnvironment({ providerId: "cloud" })]]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(listingsSince()).toBe(0);
    vi.setSystemTime(Date.now() + leapMs);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(listingsSince()).toBe(1);
    await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
    expect(listingsSince()).toBeGreaterThanOrEqual(5);
    expect(listingsSince()).toBeLessThanOrEqual(6);
  });

  it("is not asked every five seconds because it has refused since the clock was set back", async () => {
    const { listingsSince } = await polled([[anEnvironment({ providerId: "cloud" })], refused]);
    vi.setSystemTime(Date.now() - 2 * HOUR_MS);
    await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
    expect(listingsSince()).toBeGreaterThanOrEqual(5);
    expect(listingsSince()).toBeLessThanOrEqual(6);
  });
});
