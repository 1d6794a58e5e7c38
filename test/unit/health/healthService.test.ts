import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { GpuDevError, type ErrorCode } from "../../../src/core/error.ts";
import { sentence } from "../../../src/core/sentence.ts";
import { FakeSession, isStream, neverOpens, workingMachine } from "../../fakes/session.ts";
import { healthBench, pass, type HealthBench } from "../../fakes/health.ts";

const START = Date.UTC(2026, 0, 5, 12);
const SECOND = 1_000;
const MINUTE = 60_000;

let bench: HealthBench | undefined;

function start(...args: Parameters<typeof healthBench>): HealthBench {
  bench = healthBench(...args);
  return bench;
}

function failing(code: ErrorCode): () => Promise<never> {
  return () => Promise.reject(new GpuDevError(code, sentence("As the test wants it.")));
}

beforeEach(() => void vi.useFakeTimers({ now: START }));

afterEach(async () => {
  bench?.health.dispose();
  bench = undefined;
  await pass(1);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("what interest asks for", () => {
  test("nothing is opened while nobody looks", async () => {
    const { health, openings } = start();
    await pass(MINUTE);
    expect(openings).toEqual([]);
    expect(health.watch("box")).toEqual({ kind: "idle" });
    expect(health.history("box")).toBeUndefined();
  });

  test("a glance reads once a minute over one session, which never asks the user", async () => {
    const { health, openings, session } = start();
    health.show("box", "glance");
    await pass(SECOND);
    expect(health.watch("box")).toMatchObject({ kind: "live", last: { gpus: [{ utilizationPercent: 50 }, {}] } });
    await pass(10 * MINUTE);
    expect(openings).toEqual([{ environmentId: "box", mode: "background", at: START }]);
    const reads = session().channels.filter(({ command }) => command.includes("--query-gpu="));
    expect(reads.length).toBeGreaterThanOrEqual(10);
    expect(reads.length).toBeLessThanOrEqual(11);
    expect(reads.some(isStream)).toBe(false);
    expect(session().mostAtOnce).toBe(1);
  });

  test("a stream is one command that is read every two seconds; capabilities are asked once", async () => {
    const { health, session } = start();
    health.show("box", "stream");
    await pass(MINUTE);
    expect(session().channels.map(isStream)).toEqual([false, true]);
    expect(session().running).toHaveLength(1);
    expect(Date.now() - (health.watch("box").last?.at ?? 0)).toBeLessThanOrEqual(2 * SECOND);
    expect(health.history("box")?.series("GPU-00000000-0000-0000-0000-000000000001", "powerDrawW").values[5]).toBe(
      310.5,
    );
  });

  test("a panel also asks for processes, the full report and the kernel log, one after another", async () => {
    await import("../../../src/gpu/detailsProbe.ts");
    const { health, session } = start();
    health.show("box", "detail");
    await pass(MINUTE + 30 * SECOND);
    const asked = (part: string): number => session().channels.filter(({ command }) => command.includes(part)).length;
    expect(asked("-q -x")).toBe(2);
    expect(asked("--query-compute-apps")).toBeGreaterThanOrEqual(8);
    expect(asked(" -lms ")).toBe(1);
    expect(session().mostAtOnce).toBe(2);
    expect(health.detail("box")).toMatchObject({ processes: [] });
  });

  test("what a glance began, a stream goes on with, over the same session", async () => {
    const { health, openings, session, kinds } = start();
    health.show("box", "glance");
    await pass(5 * SECOND);
    const row = health.show("box", "stream");
    await pass(5 * SECOND);
    expect(session().running.map(isStream)).toEqual([true]);
    row.dispose();
    await pass(5 * SECOND);
    expect(session().running).toEqual([]);
    expect(openings).toHaveLength(1);
    expect(kinds).toEqual(["live"]);
  });
});

describe("when nobody looks any more", () => {
  test("a flicker ends nothing", async () => {
    const { health, session, kinds } = start();
    let shown = health.show("box", "stream");
    for (let flicker = 0; flicker < 5; flicker++) {
      await pass(4 * SECOND);
      shown.dispose();
      await pass(SECOND);
      shown = health.show("box", "stream");
    }
    expect(session().channels.filter(isStream)).toHaveLength(1);
    expect(kinds).toEqual(["live"]);
  });

  test("the stream ends within seconds, the session after a minute, and what was seen stays", async () => {
    const { health, session } = start();
    const shown = health.show("box", "stream");
    await pass(10 * SECOND);
    shown.dispose();
    await pass(5 * SECOND);
    expect(session().running).toEqual([]);
    expect(session().closed).toBe(false);
    expect(health.watch("box")).toMatchObject({ kind: "idle", last: { gpus: [{}, {}] } });
    await pass(MINUTE);
    expect(session().closed).toBe(true);
    expect(session().hasListeners).toBe(false);
    expect(health.history("box")?.gpus).toHaveLength(2);
    await pass(2 * SECOND);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("an opening that still waits is given up", async () => {
    let aborted = false;
    const { health } = start((_id, _mode, signal) => {
      signal.addEventListener("abort", () => (aborted = true));
      return neverOpens(signal);
    });
    const shown = health.show("box", "glance");
    await pass(SECOND);
    shown.dispose();
    await pass(5 * SECOND);
    expect(aborted).toBe(true);
  });
});

describe("when the session fails", () => {
  test("tries again by the ladder, says when, and does not flicker meanwhile", async () => {
    const { health, openings, kinds } = start(failing("unreachable"));
    health.show("box", "stream");
    await pass(SECOND / 2);
    expect(health.watch("box")).toMatchObject({ kind: "unreachable", retryAt: START + SECOND });
    await pass(10 * MINUTE);
    const waits = openings.slice(1).map(({ at }, index) => (at - (openings[index]?.at ?? 0)) / SECOND);
    expect(waits.slice(0, 7)).toEqual([1, 2, 5, 10, 30, 60, 300]);
    expect(kinds).toEqual(["unreachable"]);
  });

  test.each(["host-key-unknown", "host-key-changed", "authentication", "configuration"] as const)(
    "%s is not tried again until the user acts, who may then be asked",
    async (code) => {
      let cured = false;
      const { health, openings } = start(() => (cured ? new FakeSession(workingMachine()) : failing(code)()));
      health.show("box", "stream");
      await pass(60 * MINUTE);
      expect(openings).toHaveLength(1);
      expect(health.watch("box")).not.toHaveProperty("retryAt");

      cured = true;
      await health.reconnect("box", new AbortController().signal);
      await pass(SECOND);
      expect(openings.map(({ mode }) => mode)).toEqual(["background", "interactive"]);
      expect(health.watch("box").kind).toBe("live");
    },
  );

  test("a user who refreshes has everything tried now, without being asked and without disturbing what works", async () => {
    const { health, openings } = start((id) =>
      id === "box" ? failing("authentication")() : new FakeSession(workingMachine()),
    );
    health.show("box", "stream");
    health.show("other", "stream");
    health.show("unseen", "stream").dispose();
    await pass(10 * SECOND);
    const before = openings.filter(({ environmentId }) => environmentId === "box").length;
    health.tryAgain();
    await pass(10 * SECOND);
    const boxes = openings.filter(({ environmentId }) => environmentId === "box");
    expect(boxes.slice(before).map(({ mode }) => mode)).toEqual(["background"]);
    expect(openings.filter(({ environmentId }) => environmentId === "other")).toHaveLength(1);
  });

  test("what was refused at one host is tried again there once what was missing has come, and nowhere else", async () => {
    const { health, openings } = start(failing("host-key-unknown"));
    for (const id of ["box", "other"]) health.show(id, "stream");
    await pass(10 * SECOND);
    health.tryAgain("box");
    await pass(10 * SECOND);
    expect(openings.map(({ environmentId, mode }) => [environmentId, mode])).toEqual([
      ["box", "background"],
      ["other", "background"],
      ["box", "background"],
    ]);
  });

  test("a reconnect that the user cancels leaves what was wrong on show", async () => {
    const { health } = start((_id, mode, signal) =>
      mode === "interactive" ? neverOpens(signal) : failing("authentication")(),
    );
    health.show("box", "stream");
    await pass(SECOND);
    const abort = new AbortController();
    const reconnecting = health.reconnect("box", abort.signal);
    const rejected = expect(reconnecting).rejects.toMatchObject({ name: "AbortError" });
    await pass(SECOND);
    expect(health.watch("box").kind).toBe("connecting");
    abort.abort();
    await rejected;
    expect(health.watch("box")).toMatchObject({ kind: "unreachable", error: { code: "authentication" } });
  });

  test("a user who reconnects waits for nobody, and a session that nobody looks at is closed after a minute", async () => {
    const { health, sessions } = start((_id, mode, signal) =>
      mode === "interactive" ? new FakeSession(workingMachine()) : neverOpens(signal),
    );
    for (let index = 0; index < 30; index++) health.show(`host-${index}`, "detail");
    await pass(SECOND);
    await health.reconnect("box", new AbortController().signal);
    expect(sessions).toHaveLength(1);
    expect(health.watch("box")).toEqual({ kind: "idle" });
    await pass(MINUTE + SECOND);
    expect(sessions[0]?.closed).toBe(true);
    expect(sessions[0]?.channels).toEqual([]);
  });

  test("a session that is lost is opened again at the first rung, once", async () => {
    const { health, openings, session } = start();
    health.show("box", "stream");
    await pass(2 * MINUTE);
    session().drop();
    await pass(100);
    expect(health.watch("box")).toMatchObject({ kind: "unreachable", last: { gpus: [{}, {}] } });
    await pass(3 * SECOND);
    expect(health.watch("box").kind).toBe("live");
    expect(openings).toHaveLength(2);
    expect(session(0).hasListeners).toBe(false);
  });

  test("an opening that never ends is given up after 30 s, and a session that comes too late is closed", async () => {
    const late = new FakeSession(workingMachine());
    const arrivals: ((session: FakeSession) => void)[] = [];
    const { health } = start(() => new Promise<FakeSession>((resolve) => arrivals.push(resolve)));
    health.show("box", "stream");
    await pass(31 * SECOND);
    expect(health.watch("box")).toMatchObject({ kind: "unreachable", error: { code: "timeout" } });
    arrivals[0]?.(late);
    await pass(0);
    expect(late.closed).toBe(true);
  });

  test("after a sleep a failing host is tried at once, and a silent stream is not declared dead", async () => {
    const { health, openings, session, kinds } = start((id) =>
      id === "gone" ? failing("unreachable")() : new FakeSession(workingMachine()),
    );
    health.show("gone", "stream");
    health.show("box", "stream");
    await pass(5 * MINUTE);
    const before = openings.length;
    vi.setSystemTime(Date.now() + 60 * MINUTE);
    await pass(SECOND + 100);
    expect(openings.length).toBe(before + 1);
    expect(openings.at(-1)?.environmentId).toBe("gone");
    await pass(5 * SECOND);
    expect(kinds).toEqual(["live"]);
    expect(session().channels.filter(isStream)).toHaveLength(1);
  });

  test("a clock that is set back by a day stops nothing", async () => {
    const { health, openings } = start(failing("unreachable"));
    health.show("box", "stream");
    await pass(10 * SECOND);
    const before = openings.length;
    vi.setSystemTime(Date.now() - 24 * 60 * MINUTE);
    await pass(30 * SECOND);
    expect(openings.length).toBeGreaterThan(before);
  });
});

describe("many hosts", () => {
  test("no more than 20 sessions are opened at a time, and what is looked at closely goes first", async () => {
    let opening = 0;
    let most = 0;
    const order: string[] = [];
    const { health } = start(async (id) => {
      order.push(id);
      most = Math.max(most, ++opening);
      await new Promise((resolve) => setTimeout(resolve, 200));
      opening--;
      return new FakeSession(workingMachine());
    });
    for (let index = 0; index < 300; index++) health.show(`host-${index}`, "glance");
    health.show("expanded", "stream");
    health.show("panel", "detail");
    await pass(10 * SECOND);
    expect(most).toBe(20);
    expect(order.slice(20, 22)).toEqual(["panel", "expanded"]);
    expect(order).toHaveLength(302);
  });

  test("thousands of glances share one timer", async () => {
    const { health } = start((_id, _mode, signal) => neverOpens(signal));
    for (let index = 0; index < 5_000; index++) health.show(`host-${index}`, "glance");
    await pass(100);
    // One tick for all, and a deadline for each of the 20 openings.
    expect(vi.getTimerCount()).toBeLessThanOrEqual(21);
  });

  test("changes of one moment are told once per host", async () => {
    const { health } = start();
    const told: string[] = [];
    health.show("box", "stream");
    await pass(10 * SECOND);
    const subscription = health.onDidChange((id) => told.push(id));
    await pass(10 * SECOND);
    expect(told).toHaveLength(5);
    subscription.dispose();
  });
});

describe("the way to a host", () => {
  test("is that of the last session, also when it is over", async () => {
    const { health, session } = start();
    expect(health.transport("box")).toBeUndefined();
    const shown = health.show("box", "stream");
    await pass(5 * SECOND);
    session().drop();
    expect(health.transport("box")).toBe("fake");
    expect(health.transport("other")).toBeUndefined();
    shown.dispose();
  });
});

describe("the GPUs of a host", () => {
  test("the most GPUs seen are expected; fewer are not", async () => {
    let gpus = 8;
    const { health, specs } = start(() => new FakeSession((channel) => workingMachine({ gpus })(channel)));
    const shown = health.show("box", "glance");
    await pass(5 * SECOND);
    expect(specs.get("box")).toEqual({ model: "NVIDIA H100 80GB HBM3", count: 8, memoryMiBPerGpu: 81_559 });
    gpus = 7;
    await pass(2 * MINUTE);
    expect(health.lastSpec("box")?.count).toBe(7);
    expect(specs.get("box")?.count).toBe(8);
    expect(health.problems("box").length).toBeGreaterThan(0);
    shown.dispose();
  });

  test("what was seen in an earlier session of the editor is known before anything is asked", () => {
    const { health, specs } = start();
    specs.set("box", { model: "NVIDIA A10", count: 2 });
    expect(health.lastSpec("box")).toEqual({ model: "NVIDIA A10", count: 2 });
  });
});
