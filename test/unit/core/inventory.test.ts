import { describe, expect, it, vi } from "vitest";
import { GpuDevError } from "../../../src/core/error.ts";
import { Inventory } from "../../../src/core/inventory.ts";
import { sentence } from "../../../src/core/sentence.ts";
import { anEnvironment } from "../../fakes/environment.ts";
import { createFakeProvider } from "../../fakes/provider.ts";

const host = (id: string): ReturnType<typeof anEnvironment> => anEnvironment({ id, name: id });

describe("Inventory", () => {
  it("shows each page as it arrives and keeps what was known until the listing is complete", async () => {
    const provider = createFakeProvider("p", [[host("a"), host("b")]]);
    const inventory = new Inventory([provider], () => 1000);
    await inventory.refresh("p");
    provider.pages = [[host("b")], [host("c")]];
    const seen: string[][] = [];
    inventory.onDidChange(() => seen.push(inventory.environments().map(({ id }) => id)));
    await inventory.refresh("p");
    expect(seen).toEqual([
      ["a", "b"],
      ["b", "a"],
      ["b", "c", "a"],
      ["b", "c"],
    ]);
  });

  it("keeps the last known environments and their age when a listing fails", async () => {
    let now = 1000;
    const provider = createFakeProvider("p", [[host("a")]]);
    const inventory = new Inventory([provider], () => now);
    await inventory.refresh("p");
    now = 2000;
    provider.pages = [new GpuDevError("permission", sentence("No."))];
    await inventory.refresh("p");
    expect(inventory.listing("p")).toMatchObject({ kind: "failed", at: 1000, error: { code: "permission" } });
    expect(inventory.environments()).toHaveLength(1);
  });

  it("names the provider when it throws something that is not ours", async () => {
    const inventory = new Inventory([createFakeProvider("p", [new TypeError("boom")])], Date.now);
    await inventory.refresh("p");
    expect(inventory.listing("p")).toMatchObject({ error: { message: "Provider p could not be listed: boom" } });
  });

  it("lists the others at once while one provider is silent, and marks that one after 15 s", async () => {
    vi.useFakeTimers();
    try {
      const silent = createFakeProvider("silent");
      silent.silent = true;
      const inventory = new Inventory([silent, createFakeProvider("quick", [[host("a")]])], Date.now);
      const all = inventory.refreshAll();
      await vi.advanceTimersByTimeAsync(100);
      expect(inventory.listing("quick")?.kind).toBe("ready");
      expect(inventory.listing("silent")?.kind).toBe("loading");
      await vi.advanceTimersByTimeAsync(15_000);
      await all;
      expect(inventory.listing("silent")).toMatchObject({ kind: "failed", error: { code: "timeout" } });
      expect(silent.aborted).toEqual(["silent"]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is loading until each provider has answered or failed once, and not while it is refreshed", async () => {
    const [quick, broken] = [
      createFakeProvider("quick", [[host("a")]]),
      createFakeProvider("broken", [new Error("No.")]),
    ];
    const inventory = new Inventory([quick, broken], () => 1000);
    expect(inventory.isLoading).toBe(true);
    await inventory.refresh("quick");
    expect(inventory.isLoading).toBe(true);
    await inventory.refresh("broken");
    expect(inventory.isLoading).toBe(false);
    const seen: boolean[] = [];
    inventory.onDidChange(() => seen.push(inventory.isLoading));
    await inventory.refresh("quick");
    expect(seen).toEqual([false, false, false]);
  });

  it("keeps the age of what it knew while the pages of a new listing arrive", async () => {
    const inventory = new Inventory([createFakeProvider("p", [[host("a")]])], () => 1000);
    await inventory.refresh("p");
    const ages: (number | undefined)[] = [];
    inventory.onDidChange(() => ages.push(inventory.listing("p")?.at));
    await inventory.refresh("p");
    expect(ages).toEqual([1000, 1000, 1000]);
  });

  it("lists to the end when a listener fails, and does not blame the provider for it", async () => {
    const failures: unknown[] = [];
    const provider = createFakeProvider("p", [[host("a")], [host("b")]]);
    const inventory = new Inventory(
      [provider],
      () => 1000,
      (error) => failures.push(error),
    );
    const broken = new Error("The view is broken.");
    let heard = 0;
    inventory.onDidChange(() => {
      throw broken;
    });
    inventory.onDidChange(() => (heard += 1));
    await inventory.refresh("p");
    expect(inventory.listing("p")).toMatchObject({ kind: "ready", at: 1000 });
    expect(inventory.environments()).toHaveLength(2);
    expect(heard).toBe(4);
    expect(failures).toEqual([broken, broken, broken, broken]);
  });

  it("lets what a listener throws surface by itself where nobody asks for it", async () => {
    const inventory = new Inventory([createFakeProvider("p", [[host("a")]])], Date.now);
    const subscription = inventory.onDidChange(() => {
      subscription.dispose();
      throw new Error("The view is broken.");
    });
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    const uncaught = new Promise((resolve) => process.once("uncaughtException", resolve));
    await inventory.refresh("p");
    await expect(uncaught).resolves.toMatchObject({ message: "The view is broken." });
    for (const listener of others) process.on("uncaughtException", listener);
    expect(inventory.listing("p")?.kind).toBe("ready");
  });

  it("says of what is gone that it is no longer listed", async () => {
    const inventory = new Inventory([createFakeProvider("p", [[host("a")]])], Date.now);
    await inventory.refresh("p");
    expect(inventory.existing("a").name).toBe("a");
    expect(() => inventory.existing("b")).toThrow("b is no longer listed. Refresh the view.");
  });

  it("shows the same machine of two accounts as each of them does, and both as busy while an operation runs", async () => {
    const off = { available: false, reason: sentence("This account may not.") } as const;
    const may = { ...host("a"), providerId: "may" };
    const mayNot = { ...host("a"), providerId: "may-not", operations: { ...may.operations, stop: off } };
    const providers = [createFakeProvider("may", [[may]]), createFakeProvider("may-not", [[mayNot]])];
    const inventory = new Inventory(providers, Date.now);
    await inventory.refreshAll();
    expect(inventory.existing("a", "may").operations).toEqual(may.operations);
    expect(inventory.existing("a", "may-not").operations.stop).toEqual(off);
    expect(inventory.existing("a").providerId).toBe("may");
    expect(inventory.environment("a", "unheard-of")).toBeUndefined();
    const states = () => inventory.environments().map(({ providerId, state }) => `${providerId} ${state}`);
    inventory.cover("a", { environment: may, activity: sentence("stopping") });
    expect(states()).toEqual(["may transitioning", "may-not transitioning"]);
    for (const provider of providers) provider.pages = [[{ ...host("a"), providerId: provider.id, state: "stopped" }]];
    await inventory.refreshOne(may, new AbortController().signal);
    inventory.cover("a", undefined);
    await expect.poll(states).toEqual(["may stopped", "may-not stopped"]);
    inventory.bury("a");
    expect(states()).toEqual([]);
  });

  it("joins a refresh that is already under way", async () => {
    const provider = createFakeProvider("p", [[host("a")]]);
    const inventory = new Inventory([provider], Date.now);
    await Promise.all([inventory.refresh("p"), inventory.refresh("p")]);
    expect(provider.listings).toBe(1);
  });

  it("lists once more where its list went out of date while it was being listed", async () => {
    const provider = createFakeProvider("p", [[host("a")]]);
    const inventory = new Inventory([provider], Date.now);
    const listed = inventory.refresh("p");
    provider.invalidate();
    provider.invalidate();
    await listed;
    await vi.waitUntil(() => provider.listings === 2 && inventory.listing("p")?.kind === "ready");
    provider.invalidate();
    inventory.dispose();
    provider.invalidate();
    await Promise.resolve();
    expect(provider.listings).toBe(3);
  });

  it("keeps the pages that came before a failure", async () => {
    const provider = createFakeProvider("p", [[host("a")], new Error("The second page broke.")]);
    const inventory = new Inventory([provider], Date.now);
    await inventory.refresh("p");
    expect(inventory.listing("p")?.kind).toBe("failed");
    expect(inventory.environments().map(({ id }) => id)).toEqual(["a"]);
  });

  it("lists again when the provider says that its list is out of date, until it is disposed", async () => {
    const provider = createFakeProvider("p", [[host("a")]]);
    const inventory = new Inventory([provider], Date.now);
    provider.invalidate();
    await vi.waitUntil(() => inventory.listing("p")?.kind === "ready");
    inventory.dispose();
    provider.invalidate();
    expect(provider.listings).toBe(1);
  });
});
