import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Environment } from "../../../src/core/environment.ts";
import { Inventory } from "../../../src/core/inventory.ts";
import type { Provisioning } from "../../../src/core/provisioning.ts";
import { inEnglish, sentence } from "../../../src/core/sentence.ts";
import { createJournal } from "../../../src/operations/journal.ts";
import { Operations } from "../../../src/operations/operations.ts";
import { anEnvironment } from "../../fakes/environment.ts";
import { createFakeProvider } from "../../fakes/provider.ts";

const ID = "0a1b2c3d-lost";
const control = { signal: new AbortController().signal, report: () => undefined };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-unfinished-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A window over an account in which an operation left something, besides `machines`. */
async function aWindow(abandon: Provisioning["abandon"], machines: readonly Environment[] = []) {
  const parts = [sentence("the security group {0}", "sg-1")];
  const provisioning: Provisioning = {
    next: () => Promise.resolve(undefined),
    plan: () => Promise.reject(new Error("Nobody plans.")),
    provision: () => Promise.reject(new Error("Nobody provisions.")),
    abandon,
    findRemnants: () => Promise.resolve([{ operationId: ID, parts, startedAt: 5 }]),
  };
  const provider = Object.assign(createFakeProvider("c", [machines]), {
    isChosen: true,
    listLagMs: 60_000,
    provisioning,
  });
  const inventory = new Inventory([provider], () => 1000);
  await inventory.refreshAll();
  const operations = new Operations({
    ...{ inventory, clock: () => 1000, newId: () => "one", log: () => undefined },
    journal: createJournal(folder, () => undefined),
    awaitReady: () => Promise.resolve(),
  });
  await operations.search();
  return { inventory, operations };
}

describe("what an operation left", () => {
  it("is not offered while it is being deleted, and is again where that fails, with the reason", async () => {
    const { operations } = await aWindow(() => Promise.resolve([sentence("its security group. It is used.")]));
    const offered: number[] = [];
    operations.onDidChange(() => offered.push(operations.unfinished.length));
    const failure = "Not all of it is gone. Left behind: its security group. It is used.";
    await expect(operations.discard(ID, control)).rejects.toThrow(failure);
    expect(offered).toEqual([0, 1]);
    const [left] = operations.unfinished;
    expect(left?.trouble && inEnglish(left.trouble)).toBe(failure);
  });

  it("is shown as being deleted, its machine too, which is out of the list at once then, and no other", async () => {
    const ours = anEnvironment({ id: "c/ours", providerId: "c", operationId: ID });
    const other = anEnvironment({ id: "c/other", providerId: "c", operationId: "another" });
    const shown: (string | undefined)[] = [];
    const { inventory, operations } = await aWindow(() => {
      shown.push(
        ...inventory
          .environments()
          .map(({ activity }) => (typeof activity === "object" ? inEnglish(activity) : activity)),
      );
      return Promise.resolve([]);
    }, [ours, other]);
    await operations.discard(ID, control);
    expect(shown).toEqual(["being deleted", undefined]);
    expect(inventory.environments().map(({ id }) => id)).toEqual(["c/other"]);
  });

  it("is offered no more once another window has ended it", async () => {
    const one = await aWindow(() => Promise.resolve([sentence("its key pair. It is used.")]));
    await expect(one.operations.discard(ID, control)).rejects.toThrow();
    const two = await aWindow(() => Promise.resolve([]));
    await two.operations.discard(ID, control);
    await expect(one.operations.finish(ID, control)).rejects.toMatchObject({ code: "busy" });
    expect(one.operations.unfinished).toEqual([]);
  });
});
