import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeSession, answer, isStream, nonceOf, workingMachine, type FakeChannel } from "../../fakes/session.ts";
import { healthBench, machine, pass, type HealthBench } from "../../fakes/health.ts";

const SECOND = 1_000;
const MINUTE = 60_000;

let bench: HealthBench | undefined;

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 5, 12) }));

afterEach(async () => {
  bench?.health.dispose();
  await pass(1);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function watching(behave: (channel: FakeChannel, working: (channel: FakeChannel) => void) => void): HealthBench {
  bench = healthBench(() => new FakeSession(machine(behave)));
  bench.health.show("box", "stream");
  return bench;
}

const silent = (channel: FakeChannel): void => void (channel.stubborn = true);

describe("an nvidia-smi that does not answer", () => {
  test.each([
    ["from the beginning", (channel: FakeChannel) => silent(channel)],
    [
      "to a reading",
      (channel: FakeChannel, working: (channel: FakeChannel) => void) =>
        isStream(channel) ? silent(channel) : working(channel),
    ],
  ])("%s is reported within 10 s, and gets no second command while it cannot be ended", async (_, behave) => {
    const { health, session } = watching(behave);
    await pass(10 * SECOND);
    expect(health.watch("box")).toMatchObject({ kind: "no-reading", error: { code: "timeout" } });
    expect(health.watch("box")).toHaveProperty(
      "error.message",
      expect.stringContaining("nvidia-smi does not answer (the GPU may have fallen off the bus)"),
    );
    await pass(60 * MINUTE);
    const [stuck] = session().running;
    expect(session().running).toHaveLength(1);
    expect(stuck?.stopped).toBe(true);
    expect(health.watch("box")).toMatchObject({ kind: "no-reading" });
  });

  test("says when it will be asked again, and that time is not past", async () => {
    const { health } = watching(silent);
    await pass(10 * SECOND);
    for (let second = 0; second < 900; second++) {
      await pass(SECOND);
      const watch = health.watch("box");
      if (watch.kind !== "no-reading") throw new Error(watch.kind);
      expect(watch.retryAt).toBeGreaterThan(Date.now() - 1.5 * SECOND);
    }
  });

  test("is asked again by the ladder once the far side has let go", async () => {
    let healthy = false;
    const { health, session } = watching((channel, working) => (healthy ? working(channel) : silent(channel)));
    await pass(MINUTE);
    healthy = true;
    session().running[0]?.end();
    await pass(5 * MINUTE + 2 * SECOND);
    expect(health.watch("box").kind).toBe("live");
  });

  test("that is only slow is listened to when it answers after all", async () => {
    const { health, session } = watching((channel, working) =>
      isStream(channel) ? void setTimeout(() => working(channel), 14 * SECOND) : working(channel),
    );
    await pass(10 * SECOND);
    expect(health.watch("box").kind).toBe("no-reading");
    await pass(10 * SECOND);
    expect(health.watch("box").kind).toBe("live");
    expect(session().channels.filter(isStream)).toHaveLength(1);
  });

  test("in the middle of a stream is noticed as well", async () => {
    const { health, session } = watching((channel, working) => {
      working(channel);
      if (isStream(channel)) setTimeout(() => channel.onStop(), MINUTE);
    });
    await pass(MINUTE);
    expect(health.watch("box").kind).toBe("live");
    await pass(10 * SECOND);
    expect(health.watch("box")).toMatchObject({ kind: "no-reading", last: { gpus: [{}, {}] } });
    // It may as well be the connection: that is not blamed on the GPU alone.
    expect(health.watch("box")).toHaveProperty("error.message", expect.stringContaining("or the connection is lost"));
    expect(session().running.length).toBeLessThanOrEqual(1);
  });

  test("is not asked at once again because its session was lost", async () => {
    const { health, sessions, session } = watching(silent);
    await pass(5 * MINUTE);
    session().drop();
    await pass(5 * SECOND);
    expect(sessions).toHaveLength(2);
    expect(session().channels).toEqual([]);
    expect(health.watch("box").kind).not.toBe("live");
  });

  test("while the gauges answer, stops the other probes only, and says so there", async () => {
    await import("../../../src/gpu/detailsProbe.ts");
    const { health, session } = watching((channel, working) =>
      channel.command.includes("--query-compute-apps") ? silent(channel) : working(channel),
    );
    health.show("box", "detail");
    await pass(5 * MINUTE);
    expect(health.watch("box").kind).toBe("live");
    expect(health.detail("box")).toMatchObject({ processesNote: { code: "timeout" } });
    expect(session().running).toHaveLength(2);
  });
});

describe("an nvidia-smi that ends", () => {
  test("at once, with an error, is asked again ever more slowly", async () => {
    const { health, session } = watching((channel, working) => {
      if (isStream(channel)) answer(channel, "Unable to determine the device handle for GPU 0: GPU is lost.", 15);
      else working(channel);
    });
    await pass(3 * SECOND);
    expect(health.watch("box").kind).toBe("no-reading");
    await pass(2 * MINUTE - 3 * SECOND);
    expect(session().channels.filter(isStream).length).toBeLessThanOrEqual(7);
    expect(session().mostAtOnce).toBe(1);
  });

  test("after a stable minute is renewed without a word", async () => {
    const { kinds, session } = watching((channel, working) => working(channel));
    await pass(2 * MINUTE);
    session().running[0]?.end();
    await pass(5 * SECOND);
    expect(kinds).toEqual(["live"]);
    expect(session().channels.filter(isStream)).toHaveLength(2);
  });

  test("because it does not know a field is asked without it, at once", async () => {
    const { health, session } = watching((channel, working) => {
      if (channel.command.includes("power.draw"))
        answer(channel, 'Field "power.draw" is not a valid field to query.', 2);
      else working(channel);
    });
    await pass(2 * SECOND);
    expect(health.watch("box").kind).toBe("live");
    expect(session().channels.filter(isStream)).toHaveLength(2);
  });

  test("with garbage is a typed error, not a crash", async () => {
    const { health, session } = watching((channel, working) => {
      if (!isStream(channel)) {
        working(channel);
        return;
      }
      channel.say(`${nonceOf(channel.command)}-begin\n`);
      for (let line = 0; line < 100; line++) channel.say("\u0000\u001b[31m%%% not, a, reading\n");
      channel.end(0);
    });
    await pass(5 * SECOND);
    expect(health.watch("box")).toMatchObject({ kind: "no-reading", error: { name: "GpuDevError" } });
    expect(session().mostAtOnce).toBe(1);
  });
});

test("a Windows host whose PATH lacks nvidia-smi is asked by the full path", async () => {
  const commands: string[] = [];
  const working = workingMachine();
  bench = healthBench(
    () =>
      new FakeSession((channel) => {
        commands.push(channel.command);
        if (channel.command.startsWith("C:\\Windows\\System32\\nvidia-smi.exe")) {
          working(channel);
          return;
        }
        channel.complain("'nvidia-smi' is not recognized as an internal or external command,\r\n");
        channel.end(1);
      }, "windows"),
  );
  bench.health.show("box", "stream");
  await pass(5 * SECOND);
  expect(commands[0]).toMatch(/^nvidia-smi /);
  expect(commands.slice(1).every((command) => command.startsWith("C:\\Windows\\System32\\"))).toBe(true);
  expect(commands.length).toBeGreaterThanOrEqual(3);
});

test("a hanging nvidia-smi is a problem of the host, the same until something changes", async () => {
  const { health } = watching(silent);
  await pass(15 * SECOND);
  const problems = health.problems("box");
  expect(problems).toMatchObject([{ id: "timed-out", severity: "critical" }]);
  expect(health.problems("box")).toBe(problems);
});
