import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FleetPanels } from "../../../src/panels/fleetPanel.ts";
import { HealthPanels, type PanelServices } from "../../../src/panels/healthPanel.ts";
import type { HostMessage } from "../../../src/panels/protocol.ts";
import { anEnvironment } from "../../fakes/environment.ts";
import { FakeSurface } from "../../webviews/fakeSurface.ts";
import { aHistory, aHost, aReading, FakeHealth, localize, NOW } from "../../webviews/fixtures.ts";

const ID = "ssh/config/trainer";
const CYCLES = process.env["GPU_DEV_FAULTS"] === "full" ? 200 : 20;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function setUp(...names: readonly string[]) {
  const health = new FakeHealth(...names.map((name) => aHost(name, 2)));
  const services: PanelServices = { health, inventory: health.inventory, localize, locale: "en", clock: () => NOW };
  const surfaces: FakeSurface[] = [];
  const open = (): FakeSurface => {
    const surface = new FakeSurface();
    surfaces.push(surface);
    return surface;
  };
  const did: string[] = [];
  const panels = new HealthPanels(services, open, {
    reconnect: (id) => did.push(`reconnect ${id}`),
    "trust-changed-host-key": (id) => did.push(`trust ${id}`),
    "open-terminal": (id) => did.push(`open-terminal ${id}`),
    connect: (id) => did.push(`connect ${id}`),
    showFleet: () => did.push("fleet"),
  });
  const fleet = new FleetPanels(services, open, { showHealth: (id) => did.push(`health ${id}`) });
  return { health, surfaces, did, panels, fleet };
}

function only<Item>(list: readonly Item[]): Item {
  const [item] = list;
  if (item === undefined || list.length !== 1) throw new Error(`${list.length} items in place of one.`);
  return item;
}

const types = (surface: FakeSurface): readonly HostMessage["type"][] => surface.posted.map(({ type }) => type);

describe("a health page", () => {
  it("samples in detail while it can be seen, and not at all while it cannot", () => {
    const { health, surfaces, panels } = setUp("trainer");
    panels.show(ID);
    expect(health.held).toEqual([{ environmentId: ID, interest: "detail" }]);
    only(surfaces).setVisible(false);
    expect(health.held).toEqual([]);
    expect(health.changed.hasListeners).toBe(false);
    only(surfaces).setVisible(true);
    only(surfaces).setVisible(true);
    expect(health.held).toHaveLength(1);
    panels.dispose();
    expect(health.held).toEqual([]);
  });

  it("gets everything when it has loaded, and again after it was hidden", () => {
    const { health, surfaces, panels } = setUp("trainer");
    panels.show(ID);
    const surface = only(surfaces);
    expect(types(surface)).toEqual([]);
    surface.receive({ type: "ready" });
    expect(types(surface)).toEqual(["start", "health", "history"]);
    health.changed.fire(ID);
    surface.setVisible(false);
    expect(vi.getTimerCount()).toBe(0);
    surface.setVisible(true);
    surface.receive({ type: "ready" });
    expect(types(surface)).toEqual(["start", "health", "history", "start", "health", "history"]);
    panels.dispose();
  });

  it("keeps its name while its environment is not listed yet, or no longer", () => {
    const { health, panels } = setUp("trainer");
    const listed = [...health.hosts];
    health.hosts.clear();
    const restored = new FakeSurface();
    panels.restore(restored, { environmentId: ID });
    health.listed.fire(undefined);
    expect(restored.titles).toEqual([]);
    for (const [id, host] of listed) health.hosts.set(id, host);
    health.listed.fire(undefined);
    expect(restored.titles).toEqual(["GPU Health: trainer"]);
    panels.dispose();
  });

  it("gets changes at most every 250 ms, and only the points that were added", () => {
    const { health, surfaces, panels } = setUp("trainer");
    panels.show(ID);
    const surface = only(surfaces);
    surface.receive({ type: "ready" });
    for (let change = 0; change < 100; change++) health.changed.fire(ID);
    vi.advanceTimersByTime(249);
    expect(surface.posted).toHaveLength(3);
    vi.advanceTimersByTime(1);
    expect(types(surface).slice(3)).toEqual(["health", "points"]);
    const points = surface.posted[4];
    expect(points?.type === "points" && points.block.series.powerDrawW[0]?.length).toBe(1);
    panels.dispose();
  });

  it("gets the whole history again when a GPU appears or the clock was set back", () => {
    const { health, surfaces, panels } = setUp("trainer");
    panels.show(ID);
    const surface = only(surfaces);
    surface.receive({ type: "ready" });
    const host = aHost("trainer", 2);
    health.hosts.set(ID, { ...host, history: aHistory([aReading(0), aReading(1), aReading(2)]) });
    health.changed.fire(ID);
    vi.advanceTimersByTime(250);
    expect(types(surface).at(-1)).toBe("history");
    const shorter = aHistory([aReading(0), aReading(1), aReading(2)]);
    const setBack = (key: string, gauge: "powerDrawW"): ReturnType<typeof shorter.series> => {
      const series = shorter.series(key, gauge);
      return { ...series, startMs: series.startMs - 600_000 };
    };
    health.hosts.set(ID, { ...host, history: { ...shorter, series: setBack } });
    health.changed.fire(ID);
    vi.advanceTimersByTime(250);
    expect(types(surface).at(-1)).toBe("history");
    panels.dispose();
  });

  it("ignores changes of other environments", () => {
    const { health, surfaces, panels } = setUp("trainer", "other");
    panels.show(ID);
    only(surfaces).receive({ type: "ready" });
    health.changed.fire("ssh/config/other");
    vi.advanceTimersByTime(1_000);
    expect(only(surfaces).posted).toHaveLength(3);
    panels.dispose();
  });

  it("is one per environment, and revealed when it is there", () => {
    const { surfaces, panels } = setUp("trainer", "other");
    panels.show(ID);
    panels.show(ID);
    panels.show("ssh/config/other");
    expect(surfaces.map(({ reveals }) => reveals)).toEqual([1, 0]);
    surfaces[0]?.dispose();
    panels.show(ID);
    expect(surfaces).toHaveLength(3);
    panels.dispose();
  });

  it("does what its buttons are for, for its own environment, and nothing else", () => {
    const { surfaces, panels, did } = setUp("trainer");
    panels.show(ID);
    const surface = only(surfaces);
    surface.receive({ type: "action", action: "reconnect" });
    surface.receive({ type: "action", action: "trust-changed-host-key" });
    surface.receive({ type: "action", action: "open-terminal" });
    surface.receive({ type: "show-fleet" });
    surface.receive({ type: "action", action: "constructor" });
    surface.receive({ type: "show-health", environmentId: "other" });
    surface.receive("ready");
    expect(did).toEqual([`reconnect ${ID}`, `trust ${ID}`, `open-terminal ${ID}`, "fleet"]);
    panels.dispose();
  });

  it("comes back after a reload, once, and only with a state that names its environment", () => {
    const { panels } = setUp("trainer");
    const [first, second, broken] = [new FakeSurface(), new FakeSurface(), new FakeSurface()];
    panels.restore(first, { environmentId: ID, view: "charts", hidden: [], scroll: 120 });
    panels.restore(second, { environmentId: ID });
    panels.restore(broken, { environmentId: 7 });
    expect([first, second, broken].map(({ isDisposed }) => isDisposed)).toEqual([false, true, true]);
    panels.dispose();
  });

  it("does not knock on a machine that is off, and begins when it runs", () => {
    const { health, panels } = setUp("trainer");
    const host = aHost("trainer", 2);
    health.hosts.set(ID, { ...host, environment: anEnvironment({ state: "stopped" }) });
    panels.show(ID);
    expect(health.held).toEqual([]);
    health.hosts.set(ID, { ...host, environment: anEnvironment({ state: "running" }) });
    health.listed.fire("ssh");
    expect(health.held).toHaveLength(1);
    health.hosts.delete(ID);
    health.listed.fire("ssh");
    expect(health.held).toEqual([]);
    panels.dispose();
  });

  it(`leaves nothing behind over ${CYCLES} lives`, () => {
    const { health, surfaces, panels, fleet } = setUp("trainer", "other");
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      panels.show(ID);
      fleet.show();
      for (const surface of surfaces.slice(-2)) {
        surface.receive({ type: "ready" });
        health.changed.fire(ID);
        if (cycle % 2 === 0) surface.setVisible(false);
        surface.dispose();
        surface.receive({ type: "ready" });
      }
      health.changed.fire(ID);
    }
    expect(health.held).toEqual([]);
    expect(surfaces.some(({ hasListeners }) => hasListeners)).toBe(false);
    expect(health.changed.hasListeners || health.listed.hasListeners).toBe(false);
  });
});

describe("the fleet page", () => {
  it("reads the rows on screen continually, the others now and then, and none while hidden", () => {
    const { health, surfaces, fleet } = setUp("a", "b");
    fleet.show();
    expect(health.held.map(({ interest }) => interest)).toEqual(["glance", "glance"]);
    only(surfaces).receive({ type: "shown", environmentIds: ["ssh/config/b", "ssh/config/gone"] });
    expect(health.held).toEqual([
      { environmentId: "ssh/config/a", interest: "glance" },
      { environmentId: "ssh/config/b", interest: "stream" },
    ]);
    only(surfaces).setVisible(false);
    expect(health.held).toEqual([]);
    fleet.dispose();
  });

  it("sends all rows once and then only those that changed", () => {
    const { health, surfaces, fleet } = setUp("a", "b", "c");
    fleet.show();
    const surface = only(surfaces);
    surface.receive({ type: "ready" });
    health.changed.fire("ssh/config/b");
    vi.advanceTimersByTime(250);
    expect(types(surface)).toEqual(["start", "fleet", "fleet-rows"]);
    const [, all, changed] = surface.posted;
    expect(all?.type === "fleet" && all.rows).toHaveLength(3);
    expect(changed?.type === "fleet-rows" && changed.rows.map(({ name }) => name)).toEqual(["b"]);
    fleet.dispose();
  });

  it("sends all rows again when the list changed, and lets go of what left it", () => {
    const { health, surfaces, fleet } = setUp("a", "b");
    fleet.show();
    const surface = only(surfaces);
    surface.receive({ type: "ready" });
    health.hosts.delete("ssh/config/a");
    health.listed.fire("ssh");
    vi.advanceTimersByTime(250);
    const last = surface.posted.at(-1);
    expect(last?.type === "fleet" && last.rows.map(({ name }) => name)).toEqual(["b"]);
    expect(health.held).toEqual([{ environmentId: "ssh/config/b", interest: "glance" }]);
    fleet.dispose();
  });

  it("opens the health of a host that is really there", () => {
    const { surfaces, fleet, did } = setUp("a");
    fleet.show();
    only(surfaces).receive({ type: "show-health", environmentId: "ssh/config/a" });
    only(surfaces).receive({ type: "show-health", environmentId: "ssh/config/evil" });
    only(surfaces).receive({ type: "action", action: "reconnect" });
    expect(did).toEqual(["health ssh/config/a"]);
    fleet.dispose();
  });

  it("is one, and comes back after a reload", () => {
    const { surfaces, fleet } = setUp("a");
    const restored = new FakeSurface();
    fleet.restore(restored);
    fleet.show();
    expect(surfaces).toEqual([]);
    expect(restored.reveals).toBe(1);
    const second = new FakeSurface();
    fleet.restore(second);
    expect(second.isDisposed).toBe(true);
    fleet.dispose();
  });
});
