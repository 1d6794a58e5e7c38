import { describe, expect, it } from "vitest";
import type { Environment } from "../../../src/core/environment.ts";
import { Inventory } from "../../../src/core/inventory.ts";
import type { GpuReading } from "../../../src/gpu/reading.ts";
import { TreeChildren } from "../../../src/views/treeChildren.ts";
import { anEnvironment } from "../../fakes/environment.ts";
import { createFakeProvider } from "../../fakes/provider.ts";
import { aProblem, aReading, aSample, FakeHealth } from "../../webviews/fixtures.ts";

const host = (id: string): Environment => anEnvironment({ id, name: id });

async function setUp(...ids: readonly string[]) {
  const provider = createFakeProvider("p", [ids.map(host)]);
  const inventory = new Inventory([provider, createFakeProvider("q", [[host("other")]])], Date.now);
  await inventory.refreshAll();
  const health = new FakeHealth();
  const hidden = new Set<string>();
  const children = new TreeChildren({ inventory, health, isShown: ({ id }) => !hidden.has(id), unfinished: () => [] });
  return {
    ...{ children, health, hidden, inventory },
    see: (id: string, ...gpus: GpuReading[]) =>
      health.hosts.set(id, { environment: host(id), watch: { kind: "live", last: aSample(gpus) } }),
    list: async (...now: readonly string[]) => {
      provider.pages = [now.map(host)];
      await inventory.refresh("p");
      children.roots();
      return children.underProvider("p");
    },
  };
}

const inventedGpu = (name: number): GpuReading => aReading(0, { uuid: `GPU-${name}` });

describe("the elements of the tree", () => {
  it("stay the same objects for as long as they are shown", async () => {
    const { children, health, see, list } = await setUp("a", "b");
    const rows = await list("a", "b");
    see("a", aReading(0), aReading(1));
    const below = children.underEnvironment("a");
    expect(below).toHaveLength(2);
    const again = await list("c", "a", "b");
    expect(again.slice(1)).toEqual(rows);
    for (const [place, row] of rows.entries()) expect(again[place + 1]).toBe(row);
    health.hosts.set("a", { ...seen(health, "a"), problems: [aProblem()] });
    const [problem, ...gpus] = children.underEnvironment("a");
    expect(problem?.kind).toBe("problem");
    for (const [place, gpu] of gpus.entries()) expect(gpu).toBe(below[place]);
    expect(children.shown("a")).toBe(rows[0]);
    expect(children.roots()[0]).toBe(children.roots()[0]);
  });

  it("do not become more on a machine that names other GPUs every time", async () => {
    const { children, see, list } = await setUp("a");
    await list("a");
    see("a", inventedGpu(0));
    children.underEnvironment("a");
    const { size } = children;
    for (let reading = 1; reading < 1_000; reading++) {
      see("a", inventedGpu(reading));
      expect(children.underEnvironment("a")).toHaveLength(1);
    }
    expect(children.size).toBe(size);
  });

  it("are forgotten with all below them when their environment is gone or hidden", async () => {
    const { children, hidden, see, list } = await setUp("a");
    await list("a");
    const { size } = children;
    see("b", aReading(0), aReading(1));
    const [, before] = await list("a", "b");
    children.underEnvironment("b");
    expect(children.size).toBe(size + 3);
    await list("a");
    expect(children.size).toBe(size);
    expect(children.shown("b")).toBeUndefined();
    const [, after] = await list("a", "b");
    expect(after).not.toBe(before);
    hidden.add("b");
    await list("a", "b");
    expect(children.size).toBe(size);
  });

  it("are forgotten when their provider has nothing left to show, and then its heading is not needed", async () => {
    const { children, list } = await setUp("a");
    expect(children.roots().map(({ kind }) => kind)).toEqual(["provider", "provider"]);
    await list("a");
    expect(children.shown("a")).toBeDefined();
    await list();
    expect(children.shown("a")).toBeUndefined();
    expect(children.roots().map(({ id }) => id)).toEqual(["other"]);
  });

  it("are shown once where a machine gives two GPUs one name", async () => {
    const { children, see } = await setUp("a");
    see("a", aReading(0), aReading(1, { uuid: aReading(0).uuid ?? "" }));
    expect(children.underEnvironment("a")).toHaveLength(1);
  });
});

function seen(health: FakeHealth, id: string) {
  const found = health.hosts.get(id);
  if (!found) throw new Error(`${id} was never seen.`);
  return found;
}
