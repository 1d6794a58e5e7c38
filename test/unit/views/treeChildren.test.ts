import { describe, expect, it } from "vitest";
import type { Environment } from "../../../src/core/environment.ts";
import { Inventory } from "../../../src/core/inventory.ts";
import type { GpuReading } from "../../../src/gpu/reading.ts";
import type { Watch } from "../../../src/health/watch.ts";
import { TreeChildren } from "../../../src/views/treeChildren.ts";
import { anEnvironment } from "../../fakes/environment.ts";
import { createFakeProvider } from "../../fakes/provider.ts";
import { aProblem, aReading, aSample, FakeHealth } from "../../webviews/fixtures.ts";

const below = (environmentId: string) => ({ providerId: "p", environmentId });
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
    const drawn = children.underEnvironment(below("a"));
    expect(drawn).toHaveLength(2);
    const again = await list("c", "a", "b");
    expect(again.slice(1)).toEqual(rows);
    for (const [place, row] of rows.entries()) expect(again[place + 1]).toBe(row);
    health.hosts.set("a", { ...seen(health, "a"), problems: [aProblem()] });
    const [problem, ...gpus] = children.underEnvironment(below("a"));
    expect(problem?.kind).toBe("problem");
    for (const [place, gpu] of gpus.entries()) expect(gpu).toBe(drawn[place]);
    expect(children.rowsOf("a")).toEqual([rows[0]]);
    expect(children.roots()[0]).toBe(children.roots()[0]);
  });

  it("say what they stand below, whether or not there is a heading", async () => {
    const { children, hidden, see, list } = await setUp("a");
    const [row] = await list("a");
    see("a", aReading(0));
    const [gpu] = children.underEnvironment(below("a"));
    const [heading] = children.roots();
    expect(gpu && children.parentOf(gpu)).toBe(row);
    expect(row && children.parentOf(row)).toBe(heading);
    expect(heading && children.parentOf(heading)).toBeUndefined();
    hidden.add("other");
    expect(children.roots()).toEqual([row]);
    expect(row && children.parentOf(row)).toBeUndefined();
  });

  it("do not become more on a machine that names other GPUs every time", async () => {
    const { children, see, list } = await setUp("a");
    await list("a");
    see("a", inventedGpu(0));
    children.underEnvironment(below("a"));
    const { size } = children;
    for (let reading = 1; reading < 1_000; reading++) {
      see("a", inventedGpu(reading));
      expect(children.underEnvironment(below("a"))).toHaveLength(1);
    }
    expect(children.size).toBe(size);
  });

  it("are forgotten with all below them when their environment is gone or hidden", async () => {
    const { children, hidden, see, list } = await setUp("a");
    await list("a");
    const { size } = children;
    see("b", aReading(0), aReading(1));
    const [, before] = await list("a", "b");
    children.underEnvironment(below("b"));
    expect(children.size).toBe(size + 3);
    await list("a");
    expect(children.size).toBe(size);
    expect(children.rowsOf("b")).toEqual([]);
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
    expect(children.rowsOf("a")).toHaveLength(1);
    await list();
    expect(children.rowsOf("a")).toEqual([]);
    expect(children.roots()).toMatchObject([{ kind: "environment", environmentId: "other" }]);
  });

  it("are shown once where a machine gives two GPUs one name", async () => {
    const { children, see } = await setUp("a");
    see("a", aReading(0), aReading(1, { uuid: aReading(0).uuid ?? "" }));
    expect(children.underEnvironment(below("a"))).toHaveLength(1);
  });
});

describe("a machine that two accounts show", () => {
  it("has a row below each of them, with an id of its own, and the GPUs of one are not those of the other", async () => {
    const providers = ["one", "two"].map((id) => createFakeProvider(id, [[{ ...host("shared"), providerId: id }]]));
    const inventory = new Inventory(providers, Date.now);
    await inventory.refreshAll();
    const health = new FakeHealth();
    const watch: Watch = { kind: "live", last: aSample([aReading(0)]) };
    health.hosts.set("shared", { environment: host("shared"), watch });
    const children = new TreeChildren({ inventory, health, isShown: () => true, unfinished: () => [] });
    children.roots();
    const rows = ["one", "two"].flatMap((id) => children.underProvider(id));
    expect(children.rowsOf("shared")).toEqual(rows);
    const gpus = ["one", "two"].flatMap((providerId) =>
      children.underEnvironment({ providerId, environmentId: "shared" }),
    );
    expect(new Set([...rows, ...gpus].map(({ id }) => id)).size).toBe(4);
    for (const provider of providers.slice(0, 1)) provider.pages = [[]];
    await inventory.refreshAll();
    children.underProvider("one");
    expect(children.rowsOf("shared")).toEqual(rows.slice(1));
    expect(gpus.map((gpu) => children.has(gpu))).toEqual([false, true]);
  });
});

function seen(health: FakeHealth, id: string) {
  const found = health.hosts.get(id);
  if (!found) throw new Error(`${id} was never seen.`);
  return found;
}
