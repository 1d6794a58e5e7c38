import { describe, expect, it } from "vitest";
import { contextOf, converse, eachInRegion, G6, journal } from "./region.ts";

const HOUR_MS = 3_600_000;
const current = eachInRegion();

describe("F-18: the launch of a machine", () => {
  it.each([
    ["forward by two hours, or the computer sleeps", 2 * HOUR_MS],
    ["forward by six minutes", HOUR_MS / 10],
    ["back by two hours", -2 * HOUR_MS],
  ])("is followed to its end although the clock is set %s", async (_what, leapMs) => {
    const { aws, view, open } = current();
    // A list that lacks it at first must not make it pass for gone once the clock says that minutes are over.
    aws.setDurations({ visibleAfterMs: 5_000 });
    let aheadMs = 0;
    let waits = 0;
    const provisioning = open({
      clock: () => aws.clock.now() + aheadMs,
      wait: async (milliseconds, signal) => {
        signal.throwIfAborted();
        await aws.clock.advance(milliseconds);
        waits += 1;
        if (waits === 3) aheadMs = leapMs;
      },
    });
    const answers = await converse(provisioning, { ...G6, name: "trainer" });
    const environment = await provisioning.provision(answers, "operation-1", contextOf(journal()));
    expect(waits).toBeGreaterThan(3);
    expect(environment).toMatchObject({ name: "trainer", state: "running" });
    expect(view.instances.map(({ state }) => state)).toEqual(["running"]);
  });
});
