import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Inventory } from "../../../src/core/inventory.ts";
import { settle, type Sighting } from "../../../src/core/listing.ts";
import { anEnvironment } from "../../fakes/environment.ts";
import { createFakeProvider } from "../../fakes/provider.ts";

const box = (id: string) => anEnvironment({ id, name: id, providerId: "c" });
const LAG_MS = 60_000;

describe("a platform whose lists lag", () => {
  it("loses no machine before two misses in a row and a minute of age", () => {
    const script = fc.array(fc.record({ listed: fc.boolean(), afterMs: fc.integer({ min: 0, max: 90_000 }) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(script, (steps) => {
        let sightings: ReadonlyMap<string, Sighting> = settle(new Map(), [box("a")], 0, LAG_MS);
        let now = 0;
        let since = 0;
        let misses = 0;
        for (const { listed, afterMs } of steps) {
          now += afterMs;
          if (listed && !sightings.has("a")) since = now;
          misses = listed ? 0 : misses + 1;
          sightings = settle(sightings, listed ? [box("a")] : [], now, LAG_MS);
          expect(sightings.has("a")).toBe(listed || misses < 2 || now - since < LAG_MS);
          if (!sightings.has("a")) return;
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a wish that has changed, as a filter", () => {
  it("takes away at once what is not wanted any more, also where lists lag", async () => {
    const cloud = Object.assign(createFakeProvider("c", [[box("a"), box("b")]]), { listLagMs: LAG_MS });
    const inventory = new Inventory([cloud], Date.now);
    await inventory.refresh("c");
    const late = inventory.refresh("c"); // begun by the old wish
    const relisted = inventory.relist("c");
    cloud.pages = [[box("b")]];
    await Promise.all([late, relisted]);
    expect(inventory.environments().map(({ id }) => id)).toEqual(["b"]);
    cloud.pages = [[]];
    await inventory.refresh("c");
    expect(inventory.environments().map(({ id }) => id)).toEqual(["b"]); // a list that lags is no wish
  });
});

describe("providers that come and go", () => {
  it("keep what they had listed when others come beside them, and take it along when they go", async () => {
    const ssh = createFakeProvider("ssh", [[box("a")]]);
    const cloud = createFakeProvider("c", [[box("b")]]);
    const inventory = new Inventory([ssh], Date.now);
    await inventory.refreshAll();
    const told: string[] = [];
    inventory.onDidChange((id) => told.push(id));
    inventory.setProviders([ssh, cloud]);
    expect(told).toEqual(["c"]);
    expect(inventory.isLoading).toBe(true);
    await inventory.refresh("c");
    expect(inventory.environments().map(({ id }) => id)).toEqual(["a", "b"]);
    inventory.setProviders([ssh]);
    expect(inventory.environments().map(({ id }) => id)).toEqual(["a"]);
    expect(inventory.environment("b")).toBeUndefined();
    expect(ssh.listings).toBe(1);
  });

  it("stop listing when they are taken away", async () => {
    const silent = createFakeProvider("c");
    silent.silent = true;
    const inventory = new Inventory([silent], Date.now);
    const refreshing = inventory.refresh("c");
    await Promise.resolve();
    inventory.setProviders([]);
    await refreshing;
    expect(silent.aborted).toEqual(["c"]);
    expect(inventory.providerIds).toEqual([]);
  });
});

describe("one environment read anew", () => {
  it("takes its place without a listing, and is not undone by a listing that began before", async () => {
    const provider = Object.assign(createFakeProvider("c", [[box("a"), box("b")]]), {
      read: (id: string) => Promise.resolve({ ...box(id), state: "stopped" as const }),
    });
    const inventory = new Inventory([provider], Date.now);
    await inventory.refreshAll();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    provider.list = async function* () {
      await promise;
      yield [box("a"), box("b")];
    };
    const listing = inventory.refresh("c");
    await inventory.refreshOne(box("a"), new AbortController().signal);
    resolve(undefined);
    await listing;
    expect(inventory.environments().map(({ id, state }) => [id, state])).toEqual([
      ["a", "stopped"],
      ["b", "unmanaged"],
    ]);
  });
});
