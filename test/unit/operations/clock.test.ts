import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GpuDevError } from "../../../src/core/error.ts";
import { Inventory } from "../../../src/core/inventory.ts";
import { inEnglish, sentence } from "../../../src/core/sentence.ts";
import { createJournal } from "../../../src/operations/journal.ts";
import { Operations } from "../../../src/operations/operations.ts";
import { awaitReady } from "../../../src/operations/readiness.ts";
import { anEnvironment } from "../../fakes/environment.ts";
import { createFakeProvider } from "../../fakes/provider.ts";
import { pass } from "../../fakes/health.ts";
import { FakeSession, workingMachine } from "../../fakes/session.ts";

const NOON = Date.UTC(2026, 10, 21, 12);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe("F-18: what an ended window left under way", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-clock-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Begun at noon, and taken up by a window whose clock then says `now`. */
  const takenUp = async (now: number) => {
    const log = (): void => undefined;
    const journal = createJournal(folder, log);
    const common = { id: "operation-1", providerId: "c", name: "new", startedAt: NOON, steps: {} };
    await (await journal.begin({ ...common, kind: "provision", answers: {} })).release();
    const made = Promise.withResolvers<undefined>();
    const provisioning = {
      next: () => Promise.resolve(undefined),
      plan: () => Promise.reject(new Error("not used")),
      provision: () => {
        made.resolve(undefined);
        return Promise.resolve(anEnvironment({ providerId: "c" }));
      },
      abandon: () => Promise.resolve([]),
    };
    const inventory = new Inventory([{ ...createFakeProvider("c", [[]]), provisioning }], () => now);
    await inventory.refreshAll();
    const parts = { inventory, journal, clock: () => now, newId: () => "unused", log };
    const operations = new Operations({ ...parts, awaitReady: () => Promise.resolve() });
    await operations.resume();
    return { operations, made: made.promise, trouble: operations.unfinished[0]?.trouble };
  };

  it.each([
    ["ten minutes later", 10 * MINUTE_MS],
    ["by a clock that was set back by six minutes", -6 * MINUTE_MS],
    ["by a clock that was set forward by six minutes", 6 * MINUTE_MS],
  ])("goes on by itself %s", async (_what, laterMs) => {
    const { operations, made, trouble } = await takenUp(NOON + laterMs);
    await made;
    expect(trouble).toBeUndefined();
    await vi.waitUntil(async () => (await createJournal(folder, () => undefined).records()).length === 0);
    operations.dispose();
  });

  it.each([
    ["after a sleep of two hours", 2 * HOUR_MS],
    ["by a clock that was set back by two hours: how old it is, nobody knows", -2 * HOUR_MS],
  ])("waits for the user's word %s", async (_what, laterMs) => {
    const { operations, trouble } = await takenUp(NOON + laterMs);
    expect(trouble && inEnglish(trouble)).toContain("It was interrupted.");
    operations.dispose();
  });
});

describe("F-18: the wait for a machine that was started", () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOON }));
  afterEach(() => void vi.useRealTimers());

  /** It does not answer for so long, of which the clock leaps once. */
  const waited = async (leapMs: number, silentMs: number): Promise<string> => {
    let silent = true;
    const unreachable = new GpuDevError("unreachable", sentence("It does not answer yet."));
    const open = () => (silent ? Promise.reject(unreachable) : Promise.resolve(new FakeSession(workingMachine())));
    const control = { signal: new AbortController().signal, report: () => undefined };
    const ready = awaitReady({ open, clock: Date.now }, anEnvironment(), control).then(
      () => "ready",
      (error: unknown) => (error instanceof GpuDevError ? error.code : "unknown"),
    );
    await pass(10_000);
    vi.setSystemTime(Date.now() + leapMs);
    await pass(silentMs);
    silent = false;
    await pass(1_000);
    return ready;
  };

  it.each([
    ["a sleep of two hours", 2 * HOUR_MS],
    ["a clock that is set back by two hours", -2 * HOUR_MS],
    ["a clock that is set forward by six minutes", 6 * MINUTE_MS],
  ])("is not given up because of %s", async (_what, leapMs) => {
    expect(await waited(leapMs, 5 * MINUTE_MS)).toBe("ready");
  });

  it("is given up in its time, although the clock is set back by two hours", async () => {
    expect(await waited(-2 * HOUR_MS, 11 * MINUTE_MS)).toBe("timeout");
  });
});
