import { describe, expect, it, vi } from "vitest";
import { windowAlias } from "../../../src/composition/connections.ts";
import { Inventory } from "../../../src/core/inventory.ts";
import { CurrentEnvironment, type CurrentEnvironmentParts } from "../../../src/views/currentEnvironment.ts";
import { anEnvironment } from "../../fakes/environment.ts";
import { createFakeProvider } from "../../fakes/provider.ts";

const host = (name: string): ReturnType<typeof anEnvironment> => anEnvironment({ id: name, name });

function current(differing: Partial<CurrentEnvironmentParts>): {
  readonly current: CurrentEnvironment;
  readonly list: () => Promise<void>;
} {
  const provider = createFakeProvider("ssh", [[host("pinned"), host("opened"), host("Trainer.Lab")]]);
  const inventory = new Inventory([provider], Date.now);
  const parts: CurrentEnvironmentParts = {
    inventory,
    connectionOf: (environment) => Promise.resolve({ kind: "ssh", alias: environment.name }),
    aliasOfThisWindow: () => undefined,
    windowAlias,
    isShown: () => true,
    pinned: () => "pinned",
    lastOpened: { get: () => "opened", set: () => undefined },
    ...differing,
  };
  return { current: new CurrentEnvironment(parts), list: () => inventory.refreshAll() };
}

describe("the environment that matters now", () => {
  it("is none while nothing is listed", () => {
    expect(current({}).current.get()).toBeUndefined();
  });

  it("is the pinned one before the one last opened", async () => {
    const { current: pinned, list } = current({});
    await list();
    expect(pinned.get()?.name).toBe("pinned");
    expect(pinned.isPinned(host("pinned"))).toBe(true);
    expect(pinned.isPinned(host("opened"))).toBe(false);
  });

  it("is none that the user hid", async () => {
    const { current: shown, list } = current({ isShown: ({ name }) => name !== "pinned" });
    await list();
    expect(shown.get()?.name).toBe("opened");
  });

  it("is the one this window is on, also where its name goes by an alias of our include file, and even hidden", async () => {
    const alias = windowAlias({ kind: "ssh", alias: "Trainer.Lab" });
    expect(alias).toMatch(/^trainer-lab-[0-9a-f]{6}$/);
    const { current: here, list } = current({ aliasOfThisWindow: () => alias, isShown: () => false });
    await list();
    await vi.waitUntil(() => here.get() !== undefined);
    expect(here.get()?.name).toBe("Trainer.Lab");
    here.dispose();
  });
});
