import { mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Environment } from "../../../src/core/environment.ts";
import { GpuDevError } from "../../../src/core/error.ts";
import { Inventory } from "../../../src/core/inventory.ts";
import type { OperationContext } from "../../../src/core/provider.ts";
import type { Provisioning, ProvisioningPlan } from "../../../src/core/provisioning.ts";
import { inEnglish, sentence } from "../../../src/core/sentence.ts";
import { abortable } from "../../../src/core/waiting.ts";
import { createJournal } from "../../../src/operations/journal.ts";
import { Operations } from "../../../src/operations/operations.ts";
import type { Control } from "../../../src/operations/supervised.ts";
import { anEnvironment } from "../../fakes/environment.ts";
import { createFakeProvider, type FakeProvider } from "../../fakes/provider.ts";

const YES = { available: true } as const;
const EVERYTHING = { start: YES, stop: YES, hibernate: YES, restart: YES, delete: YES, scale: YES, extend: YES };
const machine = (differing: Partial<Environment> = {}): Environment =>
  anEnvironment({ id: "c/box", providerId: "c", name: "box", state: "running", operations: EVERYTHING, ...differing });
const PLAN: ProvisioningPlan = { answers: { name: "new" }, name: "new", creates: [], risks: [] };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-operations-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface World {
  readonly provider: FakeProvider & { provisioning?: Provisioning; read?: FakeProvider["read"]; isChosen?: boolean };
  readonly inventory: Inventory;
  readonly operations: Operations;
  readonly lines: string[];
}

/** One window: its own inventory and operations, over the journal that all windows share. */
async function aWindow(environments: readonly Environment[] = [machine()], now = 1000): Promise<World> {
  const provider = Object.assign(createFakeProvider("c", [environments]), { isChosen: true });
  const inventory = new Inventory([provider], () => now);
  await inventory.refreshAll();
  const lines: string[] = [];
  let ids = 0;
  const operations = new Operations({
    inventory,
    journal: createJournal(folder, (line) => lines.push(line)),
    clock: () => now,
    newId: () => `${String(process.hrtime.bigint())}-${String(ids++)}`,
    awaitReady: () => Promise.resolve(),
    log: (line) => lines.push(line),
  });
  return { provider, inventory, operations, lines };
}

const control = (signal = new AbortController().signal): Control & { readonly stages: string[] } => {
  const stages: string[] = [];
  return { signal, report: (stage) => stages.push(inEnglish(stage)), stages };
};
const records = async (): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith(".json"));
/** What a test lets go on when it likes, and which gives up when it is told to. */
function gate() {
  let open = (): void => undefined;
  let reached = (): void => undefined;
  const arrived = new Promise<void>((resolve) => (reached = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  const pass = async ({ signal }: OperationContext): Promise<readonly []> => {
    reached();
    await abortable<undefined>(signal, (resolve, reject) => {
      opened.then(() => resolve(undefined), reject);
      return () => undefined;
    });
    return [];
  };
  return { pass, open, arrived };
}

describe("an operation on a machine", () => {
  it("is written down before the cloud is asked, and forgotten when it is done", async () => {
    const { provider, operations } = await aWindow();
    let written: readonly string[] = [];
    provider.perform = async () => {
      written = await records();
      return [];
    };
    await operations.run("stop", machine(), control());
    expect(written).toHaveLength(1);
    expect(await records()).toEqual([]);
  });

  it("shows the machine in transition whatever a listing in between says", async () => {
    const { provider, inventory, operations } = await aWindow();
    const { pass, open, arrived } = gate();
    provider.perform = (_request, _environment, context) => {
      context.report(sentence("stopping, says the cloud"));
      return pass(context);
    };
    const done = operations.run("stop", machine(), control());
    await arrived;
    await inventory.refreshAll();
    const shown = inventory.existing("c/box");
    expect(shown).toMatchObject({ state: "transitioning", activity: { template: "stopping, says the cloud" } });
    expect(shown.operations.start.available).toBe(false);
    provider.pages = [[machine({ state: "stopped" })]];
    open();
    await done;
    expect(inventory.existing("c/box").state).toBe("stopped");
  });

  it("is refused while another one runs there, from this window and from any other", async () => {
    const one = await aWindow();
    const other = await aWindow();
    const { pass, open, arrived } = gate();
    one.provider.perform = (_request, _environment, context) => pass(context);
    const done = one.operations.run("stop", machine(), control());
    await arrived;
    await expect(one.operations.run("stop", machine(), control())).rejects.toMatchObject({ code: "busy" });
    await expect(other.operations.run("delete", machine(), control())).rejects.toMatchObject({ code: "busy" });
    open();
    await done;
    other.provider.perform = () => Promise.resolve([]);
    await other.operations.run("restart", machine(), control());
  });

  it("is not begun where it would not work", async () => {
    const { operations } = await aWindow();
    const reason = sentence("It is not configured for hibernation.");
    const environment = machine({ operations: { ...EVERYTHING, hibernate: { available: false, reason } } });
    await expect(operations.run("hibernate", environment, control())).rejects.toThrow("not configured");
    expect(await readdir(folder)).toEqual([]);
  });

  it("leaves no record when it fails, for the machine is in the list", async () => {
    const { provider, inventory, operations } = await aWindow();
    provider.perform = () => Promise.reject(new GpuDevError("capacity", sentence("No room.")));
    await expect(operations.run("start", machine(), control())).rejects.toMatchObject({ code: "capacity" });
    expect(await records()).toEqual([]);
    expect(inventory.existing("c/box").state).toBe("running");
  });

  it("takes a deleted machine from the tree at once, also while the cloud still lists it", async () => {
    const { provider, inventory, operations } = await aWindow();
    Object.assign(provider, { listLagMs: 60_000 });
    provider.perform = () => Promise.resolve([]);
    await operations.run("delete", machine(), control());
    expect(inventory.environment("c/box")).toBeUndefined();
    await inventory.refreshAll();
    expect(inventory.environment("c/box")).toBeUndefined();
  });

  it("is taken up by the next window when this one ends", async () => {
    const first = await aWindow();
    const { pass, arrived } = gate();
    const asked: string[] = [];
    first.provider.perform = async ({ operationId }, _environment, context) => {
      asked.push(operationId);
      await context.steps.put("sent", "yes");
      return pass(context);
    };
    const ended = first.operations.run("hibernate", machine(), control()).catch((error: unknown) => error);
    await arrived;
    first.operations.dispose();
    expect(await ended).toMatchObject({ name: "AbortError" });
    expect(await records()).toHaveLength(1);

    const next = await aWindow();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    next.provider.perform = ({ operation, operationId }, _environment, { steps }) => {
      asked.push(operationId);
      expect([operation, steps.get("sent")]).toEqual(["hibernate", "yes"]);
      resolve(undefined);
      return Promise.resolve([]);
    };
    await next.operations.resume();
    await promise;
    expect(asked[0]).toBe(asked[1]);
    await expect.poll(records).toEqual([]);
  });
});

describe("making a machine", () => {
  const provisioning = (differing: Partial<Provisioning> = {}): Provisioning => ({
    next: () => Promise.resolve(undefined),
    plan: () => Promise.resolve(PLAN),
    provision: () => Promise.resolve(machine({ id: "c/new", name: "new" })),
    abandon: () => Promise.resolve([]),
    ...differing,
  });

  it("has one row from the first moment on, which the platform's own then takes over", async () => {
    const { provider, inventory, operations } = await aWindow([]);
    const { pass, open, arrived } = gate();
    let id = "";
    provider.provisioning = provisioning({
      provision: async (_answers, operationId, context) => {
        id = operationId;
        context.report(sentence("accepted"));
        await pass(context);
        return machine({ id: "c/new", name: "new", operationId });
      },
    });
    const done = operations.provision("c", PLAN, control());
    await arrived;
    expect(inventory.environments()).toMatchObject([
      { name: "new", state: "transitioning", activity: { template: "accepted" } },
    ]);
    provider.pages = [[machine({ id: "c/new", name: "new", operationId: id })]];
    await inventory.refreshAll();
    expect(inventory.environments()).toMatchObject([{ id: "c/new", state: "transitioning" }]);
    open();
    await done;
    expect(inventory.environments()).toMatchObject([{ id: "c/new", state: "running" }]);
    expect(await records()).toEqual([]);
  });

  it("cleans up when it is cancelled, and says what is left", async () => {
    const { provider, inventory, operations } = await aWindow([]);
    const { pass, arrived } = gate();
    const left = sentence("The security group sg-1 is still used.");
    provider.provisioning = provisioning({
      provision: async (_answers, _id, context) => {
        await pass(context);
        return machine();
      },
      abandon: () => Promise.resolve([left]),
    });
    const abort = new AbortController();
    const done = operations.provision("c", PLAN, control(abort.signal));
    await arrived;
    abort.abort();
    await expect(done).rejects.toThrow("Left behind: The security group sg-1 is still used.");
    expect(operations.unfinished).toMatchObject([{ name: "new" }]);
    expect(inventory.environments()).toEqual([]);

    provider.provisioning = provisioning();
    const [unfinished] = operations.unfinished;
    await operations.discard(unfinished?.id ?? "", control());
    expect(operations.unfinished).toEqual([]);
    expect(await records()).toEqual([]);
  });

  it("goes on by itself after a reload, under the same id, but not a day later", async () => {
    const first = await aWindow([]);
    const { pass, arrived } = gate();
    first.provider.provisioning = provisioning({
      provision: async (_answers, _id, context) => {
        await pass(context);
        return machine();
      },
    });
    const ended = first.operations.provision("c", PLAN, control()).catch((error: unknown) => error);
    await arrived;
    first.operations.dispose();
    await ended;

    const late = await aWindow([], 24 * 3_600_000);
    late.provider.provisioning = provisioning();
    await late.operations.resume();
    const [unfinished] = late.operations.unfinished;
    expect(unfinished?.trouble?.template).toContain("interrupted");

    const made = await late.operations.finish(unfinished?.id ?? "", control());
    expect(made.id).toBe("c/new");
    expect(await records()).toEqual([]);
  });

  it("shows what an operation left in the cloud without a journal here, and deletes it", async () => {
    const { provider, operations } = await aWindow([]);
    const abandoned: string[] = [];
    const parts = [sentence("the security group {0}", "sg-1"), sentence("the key pair {0}", "gpu-dev-x")];
    provider.provisioning = provisioning({
      findRemnants: () => Promise.resolve([{ operationId: "0a1b2c3d-lost", parts, startedAt: 5 }]),
      abandon: (_answers, id) => {
        abandoned.push(id);
        return Promise.resolve([]);
      },
    });
    await operations.search();
    const [left] = operations.unfinished;
    expect(left).toMatchObject({ id: "0a1b2c3d-lost", isRemnant: true });
    expect(left?.trouble && inEnglish(left.trouble)).toBe("the security group sg-1, the key pair gpu-dev-x");
    await operations.discard("0a1b2c3d-lost", control());
    expect(abandoned).toEqual(["0a1b2c3d-lost"]);
    expect(operations.unfinished).toEqual([]);
    expect(await records()).toEqual([]);
  });

  it("keeps a machine that is made but cannot be reached, and says that it costs money", async () => {
    const { provider, inventory } = await aWindow([]);
    const operations = new Operations({
      ...{ inventory, clock: () => 1000, newId: () => "one", log: () => undefined },
      journal: createJournal(folder, () => undefined),
      awaitReady: () => Promise.reject(new GpuDevError("timeout", sentence("It does not answer."))),
    });
    let abandoned = false;
    provider.provisioning = provisioning({
      abandon: () => {
        abandoned = true;
        return Promise.resolve([]);
      },
    });
    await expect(operations.provision("c", PLAN, control())).rejects.toThrow("costs money");
    expect(abandoned).toBe(false);
  });
});
