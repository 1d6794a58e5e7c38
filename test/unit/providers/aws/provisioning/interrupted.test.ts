import { beforeEach, describe, expect, it } from "vitest";
import type { Steps } from "../../../../../src/core/provider.ts";
import type { Answers } from "../../../../../src/core/provisioning.ts";
import type { Fault } from "../../../../emulators/aws/emulator.ts";
import { contextOf, converse, eachInRegion, english, G6, journal, never, type Journal, type Region } from "./region.ts";

const current = eachInRegion();
const OPERATION = "operation-1";

function live({ view }: Region) {
  return view.instances.filter(({ state }) => state !== "terminated" && state !== "shutting-down");
}

/** What there is in the region beside what every account has. */
function made(region: Region): { machines: number; groups: number; keys: number } {
  return {
    machines: live(region).length,
    groups: region.view.securityGroups.filter(({ name }) => name !== "default").length,
    keys: region.view.keyPairs.length,
  };
}

class Killed extends Error {}

/** A journal whose process dies at its n-th entry: before it is on the disk, or just after. */
function dying(kept: Map<string, string>, at: number, isWritten: boolean): Steps {
  const real = journal(kept);
  let entries = 0;
  return {
    get: (key) => real.get(key),
    put: async (key, value) => {
      entries += 1;
      if (entries === at && isWritten) await real.put(key, value);
      if (entries >= at) throw new Killed();
      await real.put(key, value);
    },
  };
}

async function entriesOf(region: Region, answers: Answers): Promise<number> {
  let entries = 0;
  const real = journal();
  const counting: Steps = {
    get: (key) => real.get(key),
    put: (key, value) => {
      entries += 1;
      return real.put(key, value);
    },
  };
  await region.open().provision(answers, "counted", contextOf(counting));
  await region.open().abandon(answers, "counted", contextOf(real));
  return entries;
}

/** Everything that is there bears the operation: nothing is unknown to a listing by tag. */
async function expectKnown(region: Region): Promise<void> {
  const { machines, groups, keys } = made(region);
  const found = await region.open().findRemains(never());
  const count = (ids: (one: (typeof found)[number]) => readonly string[]): number => found.flatMap(ids).length;
  expect(count(({ instanceIds }) => instanceIds)).toBe(machines);
  expect(count(({ groupIds }) => groupIds)).toBe(groups);
  expect(count(({ keyNames }) => keyNames)).toBe(keys);
}

async function died(region: Region, answers: Answers, steps: Steps, id = OPERATION): Promise<void> {
  await expect(region.open().provision(answers, id, contextOf(steps))).rejects.toBeInstanceOf(Killed);
}

/** Long enough to be seen, short enough for loops. */
const QUICK = { pendingMs: 4000, checksMs: 4000, shuttingDownMs: 4000 } as const;
/** For loops of many launches beside whatever else the machine does. */
const FULL = process.env["GPU_DEV_FAULTS"] === "full";
const LOOP = { timeout: FULL ? 900_000 : 120_000 } as const;
const LOST_LAUNCHES = FULL ? 1_000 : 200;

describe("a run that was killed", LOOP, () => {
  beforeEach(() => current().aws.setDurations(QUICK));

  it.each([false, true])(
    "at any entry of its journal (on the disk: %s) is finished with one machine",
    async (isWritten) => {
      const region = current();
      const answers = await converse(region.open(), G6);
      const entries = await entriesOf(region, answers);
      expect(entries).toBeGreaterThan(7);
      for (let at = 1; at <= entries; at += 1) {
        const kept = new Map<string, string>();
        const id = `${OPERATION}-${at}`;
        await died(region, answers, dying(kept, at, isWritten), id);
        await expectKnown(region);
        await region.open().provision(answers, id, contextOf(journal(kept)));
        expect(made(region)).toEqual({ machines: 1, groups: 1, keys: 1 });
        const [machine] = live(region);
        expect(region.keys.files.has(machine?.keyName ?? "")).toBe(true);
        expect(await region.open().abandon(answers, id, contextOf(journal(kept)))).toEqual([]);
      }
    },
  );

  it.each([false, true])("at any entry of its journal (on the disk: %s) is taken back whole", async (isWritten) => {
    const region = current();
    const answers = await converse(region.open(), G6);
    const entries = await entriesOf(region, answers);
    for (let at = 1; at <= entries; at += 1) {
      const kept = new Map<string, string>();
      const id = `${OPERATION}-${at}`;
      await died(region, answers, dying(kept, at, isWritten), id);
      const left = await region.open().abandon(answers, id, contextOf(journal(kept)));
      expect(left.map(english)).toEqual([]);
      expect(made(region)).toEqual({ machines: 0, groups: 0, keys: 0 });
      expect(region.keys.files.size).toBe(0);
    }
  });

  it("is the same launch afterwards, also when images and prices have changed", async () => {
    const region = current();
    const answers = await converse(region.open(), G6);
    const kept = new Map<string, string>();
    // After the launch was sent, before its answer was written down.
    await died(region, answers, dying(kept, 9, false));
    expect(made(region).machines).toBe(1);
    const other = { ...answers, diskGiB: "500", name: "other" };
    await region.open().provision(other, OPERATION, contextOf(journal(kept)));
    expect(made(region).machines).toBe(1);
    expect(region.view.volumes).toMatchObject([{ sizeGiB: 100 }]);
  });

  it("whose journal cannot be read makes nothing, and is taken back by its tags", async () => {
    const region = current();
    const answers = await converse(region.open(), G6);
    await region.open().provision(answers, OPERATION, contextOf(journal()));
    const broken = new Map([["spec", "{"]]);
    await expect(region.open().provision(answers, OPERATION, contextOf(journal(broken)))).rejects.toMatchObject({
      code: "storage",
    });
    expect(await region.open().abandon(answers, OPERATION, contextOf(journal(broken)))).toEqual([]);
    expect(made(region)).toEqual({ machines: 0, groups: 0, keys: 0 });
  });

  it.each([
    ["before its answer was", false],
    ["after its answer was", true],
  ])("finds a machine that shows up late, given up %s written down", async (_when, isWritten) => {
    const region = current();
    const answers = await converse(region.open(), G6);
    region.aws.setDurations({ visibleAfterMs: 40_000 });
    const kept = new Map<string, string>();
    await died(region, answers, dying(kept, 9, isWritten));
    expect(kept.has("instanceId")).toBe(isWritten);
    const reported: string[] = [];
    const left = await region.open().abandon(answers, OPERATION, contextOf(journal(kept), never(), reported));
    expect(left).toEqual([]);
    expect(made(region)).toEqual({ machines: 0, groups: 0, keys: 0 });
    expect(reported[0]).toMatch(isWritten ? /^Deleting the machine i-/ : /^Making sure that nothing was started/);
  });
});

describe("lost answers", LOOP, () => {
  beforeEach(() => current().aws.setDurations(QUICK));

  const ACTIONS = ["ImportKeyPair", "CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "RunInstances"];
  const effects: readonly Fault["effect"][] = [
    { kind: "cut" },
    { kind: "cut", afterBytes: 40 },
    { kind: "reset" },
    { kind: "rewrite", rewrite: () => "<html>Bad Gateway</html>" },
  ];

  it(`of a launch leave exactly one machine, ${LOST_LAUNCHES} times`, async () => {
    const region = current();
    const { aws } = region;
    aws.setQuota("L-DB2E81BA", 100_000);
    const provisioning = region.open();
    const answers = await converse(provisioning, G6);
    aws.setDurations({ pendingMs: 0, checksMs: 0 });
    for (let round = 0; round < LOST_LAUNCHES; round += 1) {
      const effect = effects[round % effects.length] ?? { kind: "cut" };
      const fault = aws.inject({ action: "RunInstances", times: 1 + (round % 3), effect });
      await provisioning.provision(answers, `round-${round}`, contextOf(journal()));
      expect(fault.hits).toBeGreaterThan(0);
      fault.remove();
      const machines = region.view.instances.filter(({ tags }) => tags.get("gpu-dev:operation") === `round-${round}`);
      expect(machines).toHaveLength(1);
    }
    expect(made(region)).toEqual({ machines: LOST_LAUNCHES, groups: LOST_LAUNCHES, keys: LOST_LAUNCHES });
  });

  it.each(ACTIONS)(
    "of %s make nothing twice, and are finished or taken back after the last one failed",
    async (action) => {
      const region = current();
      const answers = await converse(region.open(), G6);
      for (const [round, effect] of effects.entries()) {
        const id = `lost-${round}`;
        const fault = region.aws.inject({ action, times: 99, effect });
        const steps: Journal = journal();
        const failed: unknown = await region
          .open()
          .provision(answers, id, contextOf(steps))
          .catch((error: unknown) => error);
        // Of an answer that only the making is lost of, the next look finds what was made.
        if (failed instanceof Error) expect(failed).toMatchObject({ name: "GpuDevError" });
        fault.remove();
        await expectKnown(region);
        if (round % 2 === 0) await region.open().provision(answers, id, contextOf(steps));
        expect(made(region).machines).toBeLessThanOrEqual(1);
        expect(await region.open().abandon(answers, id, contextOf(steps))).toEqual([]);
        expect(made(region)).toEqual({ machines: 0, groups: 0, keys: 0 });
      }
    },
  );

  it("two windows that finish the same operation make one machine", async () => {
    const region = current();
    const answers = await converse(region.open(), G6);
    const kept = new Map<string, string>();
    await died(region, answers, dying(kept, 8, true));
    await Promise.all([0, 1].map(() => region.open().provision(answers, OPERATION, contextOf(journal(new Map(kept))))));
    expect(made(region)).toEqual({ machines: 1, groups: 1, keys: 1 });
  });
});
