import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Environment } from "../../../src/core/environment.ts";
import { disposeAll, type Disposable } from "../../../src/core/event.ts";
import type { InterruptionProbe } from "../../../src/core/interruption.ts";
import { Inventory } from "../../../src/core/inventory.ts";
import { sentence } from "../../../src/core/sentence.ts";
import { GpuDevError } from "../../../src/core/error.ts";
import { createHealth } from "../../../src/health/healthService.ts";
import { Interruptions, type InterruptionNews } from "../../../src/health/interruptions.ts";
import { anEnvironment } from "../../fakes/environment.ts";
import { createFakeProvider } from "../../fakes/provider.ts";
import { pass } from "../../fakes/health.ts";
import { answer, FakeSession, workingMachine, type FakeChannel } from "../../fakes/session.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const BOX: Partial<Environment> = { id: "cloud/box", providerId: "cloud", name: "box", interruptible: true };

/** What the metadata of the machine says, by the machine's own clock; a text that is none: it does not say. */
type Says =
  { readonly inMs: number; readonly action?: "stop" | "hibernate" | "terminate" } | "none" | "nothing" | "hangs";

interface Given {
  readonly restartedBy?: InterruptionProbe["restartedBy"];
  /** How far the clock of the machine is ahead of ours. */
  readonly skewMs?: number;
}

function bench({ restartedBy = "platform", skewMs = 0 }: Given = {}) {
  const provider = {
    ...createFakeProvider("cloud"),
    interruption: probe(restartedBy),
    consequences: () => ({ survives: [sentence("the disks")], lost: [sentence("the memory")], bill: [] }),
  };
  let stated: readonly Environment[] = [];
  provider.list = async function* () {
    yield await Promise.resolve(stated);
  };
  const inventory = new Inventory([provider], Date.now);
  const list = async (...environments: readonly Partial<Environment>[]): Promise<void> => {
    stated = environments.map((differing) => anEnvironment({ ...BOX, state: "running", startedAt: 1, ...differing }));
    await inventory.refresh("cloud");
  };
  const interruptions = new Interruptions({ inventory, clock: Date.now, log: () => undefined });
  const news: InterruptionNews[] = [];
  interruptions.onDidHear((heard) => news.push(heard));
  const machine = { says: "none" as Says, asked: 0 };
  const session = new FakeSession((channel) => respond(channel, machine, skewMs));
  const health = createHealth({
    ...{ interruptions, specs: { spec: () => undefined, rememberSpec: () => undefined } },
    ...{ clock: Date.now, random: () => 0.5, log: () => undefined },
    connectionOf: (alias) => Promise.resolve({ kind: "ssh", alias }),
    openSession: () => Promise.resolve(session),
  });
  owned.push(health, interruptions, inventory);
  const kinds = (): readonly string[] => news.map(({ kind }) => kind);
  return { inventory, interruptions, health, session, machine, news, kinds, list };
}

/** Prints the time of the machine and of its interruption, as ours does for a real platform. */
function probe(restartedBy: InterruptionProbe["restartedBy"]): InterruptionProbe {
  return {
    platform: "Cloud",
    restartedBy,
    command: "ask-metadata",
    parse: (stdout) => {
      const [action, at, saidAt] = stdout.split(" ");
      if (action === "none") return undefined;
      if (action !== "stop" && action !== "hibernate" && action !== "terminate")
        throw new GpuDevError("unreadable-answer", sentence("It did not say."));
      return { action, at: Number(at), saidAt: Number(saidAt) };
    },
  };
}

function respond(channel: FakeChannel, machine: { says: Says; asked: number }, skewMs: number): void {
  if (!channel.command.includes("ask-metadata")) {
    working(channel);
    return;
  }
  machine.asked += 1;
  const { says } = machine;
  if (says === "hangs") channel.stubborn = true;
  else if (says === "none") answer(channel, "none");
  else if (says === "nothing") answer(channel, "", 7);
  else answer(channel, `${says.action ?? "stop"} ${START + says.inMs + skewMs} ${Date.now() + skewMs}`);
}

const working = workingMachine();
const START = NOW + 10_000;
const owned: Disposable[] = [];

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(async () => {
  disposeAll(owned.splice(0));
  await pass(1); // the far side has begun an answer that nobody hears
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("asking for a notice", () => {
  it("happens every five seconds while somebody looks, and not when nobody does", async () => {
    const { health, machine, list } = bench();
    await list({});
    const shown = health.show("cloud/box", "glance");
    await pass(21_000);
    expect(machine.asked).toBeGreaterThanOrEqual(4);
    expect(machine.asked).toBeLessThanOrEqual(5);
    shown.dispose();
    await pass(4_000);
    const { asked } = machine;
    await pass(30_000);
    expect(machine.asked).toBe(asked);
  });

  it("is left out for machines that nobody takes back", async () => {
    const { health, machine, list } = bench();
    await list({ interruptible: false });
    health.show("cloud/box", "stream");
    await pass(30_000);
    expect(machine.asked).toBe(0);
  });

  it("becomes seldom where the machine cannot say, and does not stop", async () => {
    const { health, machine, list } = bench();
    await list({});
    machine.says = "nothing";
    health.show("cloud/box", "glance");
    await pass(300_000);
    expect(machine.asked).toBeGreaterThan(8);
    expect(machine.asked).toBeLessThan(15);
  });

  it("that hangs is never doubled and does not hold up the readings", async () => {
    const { health, session, machine, list } = bench();
    await list({});
    machine.says = "hangs";
    health.show("cloud/box", "stream");
    await pass(120_000);
    expect(machine.asked).toBe(1);
    const watch = health.watch("cloud/box");
    expect(watch.kind).toBe("live");
    expect(Date.now() - (watch.last?.at ?? 0)).toBeLessThan(3_000);
    expect(session.running.filter(({ command }) => command.includes("ask-metadata"))).toHaveLength(1);
  });
});

describe("a notice", () => {
  it("is told once, counted down each second, and says what it does to the machine", async () => {
    const { health, machine, news, list } = bench();
    await list({});
    machine.says = { inMs: 120_000 };
    const changes = vi.fn();
    health.onDidChange(changes);
    health.show("cloud/box", "glance");
    await pass(60_000);
    expect(news).toEqual([
      expect.objectContaining({ kind: "noticed", environmentId: "cloud/box", name: "box" }) as unknown,
    ]);
    expect(health.interruption("cloud/box")).toEqual({
      ...{ action: "stop", at: START + 120_000, platform: "Cloud", restartedBy: "platform" },
      consequences: { survives: [sentence("the disks")], lost: [sentence("the memory")], bill: [] },
    });
    changes.mockClear();
    await pass(10_000);
    expect(changes.mock.calls.length).toBeGreaterThanOrEqual(10);
  });

  it.each([-7_200_000, 7_200_000])(
    "counts by the clock of the machine, not by ours, which is %i ms off",
    async (skewMs) => {
      const { health, machine, list } = bench({ skewMs });
      await list({});
      machine.says = { inMs: 120_000 };
      health.show("cloud/box", "glance");
      await pass(20_000);
      expect(Math.abs((health.interruption("cloud/box")?.at ?? 0) - START - 120_000)).toBeLessThan(2_000);
    },
  );

  it("stays known after the connection has ended", async () => {
    const { health, session, machine, list } = bench();
    await list({});
    machine.says = { inMs: 120_000 };
    health.show("cloud/box", "glance");
    await pass(10_000);
    session.drop();
    await pass(30_000);
    expect(health.interruption("cloud/box")).toBeDefined();
  });

  it("is forgotten where the machine says that there is none any more", async () => {
    const { health, machine, kinds, list } = bench();
    await list({});
    machine.says = { inMs: 120_000 };
    health.show("cloud/box", "glance");
    await pass(10_000);
    machine.says = "none";
    await pass(6_000);
    expect(health.interruption("cloud/box")).toBeUndefined();
    expect(kinds()).toEqual(["noticed"]);
  });

  it("that nothing comes of is forgotten", async () => {
    const { health, session, machine, kinds, list } = bench();
    await list({});
    machine.says = { inMs: 60_000 };
    health.show("cloud/box", "glance");
    await pass(10_000);
    session.drop();
    machine.says = "nothing";
    await pass(800_000);
    expect(health.interruption("cloud/box")).toBeUndefined();
    expect(kinds()).toEqual(["noticed"]);
  });
});

describe("after an interruption", () => {
  const noticed = async (given: Given = {}) => {
    const made = bench(given);
    await made.list({});
    made.machine.says = { inMs: 60_000 };
    made.health.show("cloud/box", "glance");
    await pass(10_000);
    expect(made.kinds()).toEqual(["noticed"]);
    return made;
  };

  it("the platform is asked what became of the machine, although nobody looks", async () => {
    const { kinds, news, list, inventory } = await noticed();
    const listing = vi.spyOn(inventory, "refreshOne");
    await pass(50_000);
    expect(listing).not.toHaveBeenCalled();
    await pass(20_000);
    expect(listing).toHaveBeenCalled();
    await list({ state: "transitioning" });
    expect(kinds()).toEqual(["noticed"]);
    await list({ state: "stopped" });
    expect(kinds()).toEqual(["noticed", "over"]);
    expect(news[1]?.environment?.state).toBe("stopped");
  });

  it("its return is told where the platform starts it again", async () => {
    const { kinds, list, health } = await noticed();
    await list({ state: "stopped" });
    expect(health.interruption("cloud/box")).toBeUndefined();
    await list({ state: "stopped" });
    await list({ state: "transitioning" });
    await list({ startedAt: 2 });
    expect(kinds()).toEqual(["noticed", "over", "returned"]);
  });

  it("it ends with the end of the machine where the user starts it again", async () => {
    const { kinds, list } = await noticed({ restartedBy: "user" });
    await list({ state: "stopped" });
    await list({ startedAt: 2 });
    expect(kinds()).toEqual(["noticed", "over"]);
  });

  it("one that runs again before anybody looked has returned", async () => {
    const { kinds, list } = await noticed();
    await list({ startedAt: 2 });
    expect(kinds()).toEqual(["noticed", "returned"]);
  });

  it("one that is gone is told to be gone", async () => {
    const { news, list } = await noticed();
    await list();
    expect(news.map(({ kind, environment }) => [kind, environment?.state])).toEqual([
      ["noticed", "running"],
      ["over", undefined],
    ]);
  });

  it("what the user did is no news to the user", async () => {
    const { kinds, list, inventory } = await noticed();
    const environment = inventory.existing("cloud/box");
    inventory.cover("cloud/box", { environment, activity: sentence("stopping") });
    inventory.cover("cloud/box", undefined);
    await list({ state: "stopped" });
    expect(kinds()).toEqual(["noticed"]);
  });

  it("a cloud that is taken out of the settings is no machine that is gone", async () => {
    const { kinds, inventory } = await noticed();
    inventory.setProviders([]);
    expect(kinds()).toEqual(["noticed"]);
    inventory.setProviders([createFakeProvider("cloud")]);
    expect(kinds()).toEqual(["noticed"]);
  });
});
