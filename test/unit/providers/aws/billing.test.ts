import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Environment, Price } from "../../../../src/core/environment.ts";
import { Inventory } from "../../../../src/core/inventory.ts";
import type { EnvironmentProvider } from "../../../../src/core/provider.ts";
import { inEnglish, sentence } from "../../../../src/core/sentence.ts";
import { EMPTY_PRICE_BOOK, type PriceBook } from "../../../../src/providers/aws/priceBook.ts";
import { createFormat } from "../../../../src/ui/format.ts";
import { costLines, costWords } from "../../../../src/views/billingWords.ts";
import type { Speech } from "../../../../src/views/environmentRow.ts";
import type { Instance } from "../../../emulators/aws/world/model.ts";
import { faultCount } from "../../remote/support.ts";
import { instancesOf, STEPS, type ListKind, type StepName } from "./billingWalk.ts";
import { withEmulatedAws, type Emulated } from "./emulated.ts";

const WALKS = faultCount(200, 5_000);
const STUCK_MS = 30 * 60_000;
const NAMES = Object.keys(STEPS) as StepName[];

const speech: Speech = {
  say: (template, ...values) => inEnglish(sentence(template, ...values)),
  localize: inEnglish,
  format: createFormat("en"),
};
const usd = (perHour: number): Price => ({ perHour, currency: "USD", source: sentence("list"), date: "2026-11-01" });

/** Knows what one type costs and not what the other does. */
const PRICES: PriceBook = {
  ...EMPTY_PRICE_BOOK,
  price: ({ instanceType, market }) =>
    instanceType === "g5.xlarge" ? usd(market === "spot" ? 0.4 : 1.006) : undefined,
  storagePrice: ({ sizeGiB }) => usd((sizeGiB * 0.08) / 730),
};

/** What of a walk is remembered from step to step. */
interface Walk {
  readonly emulated: Emulated;
  readonly provider: EnvironmentProvider;
  readonly inventory: Inventory;
  /** Of each that is being deleted: not before when that began, and when it was first seen. */
  readonly ending: Map<string, { readonly after: number; readonly seenAt: number }>;
  readonly coverage: Set<string>;
  lookedAt: number;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html; of one that stops, nobody can tell. */
function isComputeBilled({ state }: Instance): boolean {
  return state === "running" || state === "stopping";
}

describe("what a machine costs, along its life in the emulated cloud", () => {
  it("is never shown as nothing while AWS bills it, nor as off before AWS reports it off", async () => {
    const coverage = new Set<string>();
    const step = fc.tuple(fc.constantFrom(...NAMES), fc.nat(999));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), (steps) => walk(steps, coverage)),
      {
        numRuns: WALKS,
        examples: EXAMPLES.map((steps): [[StepName, number][]] => [steps.map(([name, pick]) => [name, pick])]),
      },
    );
    expect([...coverage].toSorted()).toEqual(expect.arrayContaining(MET));
  }, 900_000);
});

type Steps = readonly (readonly [StepName, number])[];

/** Two minutes, of the times that a step may take; hibernation is refused before two of them have passed. */
const SOON = 3;
const LATER = 5;
const READY: Steps = [
  ["add", 1],
  ["time", SOON],
  ["time", SOON],
];

/** Walked in every run, so that none leaves these out. */
const EXAMPLES: readonly Steps[] = [
  [...READY, ["hibernate", 1], ["time", SOON]],
  [...READY, ["spoilHibernation", 1], ["hibernate", 1], ["time", SOON]],
  [
    ["hibernate", 0],
    ["time", SOON],
    ["hibernate", 0],
  ],
  [
    ["time", 0],
    ["terminateForEver", 0],
    ["time", LATER],
    ["staleList", 0],
    ["refusedList", 0],
  ],
  [
    ["launch", 1],
    ["launch", 2],
    ["launch", 3],
    ["time", SOON],
    ["staleList", 2],
    ["refusedList", 0],
  ],
  [
    ["add", 2],
    ["interrupt", 1],
    ["time", SOON],
    ["time", SOON],
    ["resume", 1],
    ["time", SOON],
  ],
  [
    ["time", SOON],
    ["stop", 0],
    ["time", SOON],
    ["capacity", 0],
    ["start", 0],
    ["time", SOON],
  ],
];

/** What the walks must have met, lest they prove nothing. */
const MET = [
  ...["pending", "running", "stopping", "stopped", "shutting-down", "terminated"],
  ...["hibernated", "stuck", "spot", "price unknown", "disk that stays", "kept from an older list", "list refused"],
];

async function walk(steps: Steps, coverage: Set<string>): Promise<void> {
  await withEmulatedAws(async (emulated) => {
    const provider = emulated.provider({ prices: PRICES });
    const clock = (): number => emulated.emulator.clock.now();
    const inventory = new Inventory([provider], clock);
    const walked: Walk = { emulated, provider, inventory, coverage, ending: new Map(), lookedAt: clock() };
    await look(walked, "exact");
    for (const [name, pick] of [["launch", steps.length] as const, ...steps]) {
      const kind = (await STEPS[name](emulated, pick)) ?? "exact";
      await look(walked, kind);
    }
    inventory.dispose();
  });
}

/** Lists and compares what is shown with what there is. */
async function look(walked: Walk, kind: ListKind): Promise<void> {
  const { emulated, inventory, provider, coverage } = walked;
  const before = new Set(inventory.environments().map(({ id }) => id));
  await inventory.refresh(provider.id);
  expect(inventory.listing(provider.id)?.kind).toBe(kind === "refused" ? "failed" : "ready");
  if (kind === "refused") coverage.add("list refused");
  noteEnding(walked);
  for (const instance of instancesOf(emulated)) {
    coverage.add(instance.state);
    if (instance.state === "terminated") continue;
    const shown = inventory.environments().find(({ id }) => id.endsWith(instance.id));
    if (shown) expectNotFree(shown, walked);
    if (kind === "exact") expectTrue(shown, instance, walked);
    else if ([...before].some((id) => id.endsWith(instance.id))) {
      expect(shown, `${instance.id} exists and is no longer shown`).toBeDefined();
      if (kind === "stale") coverage.add("kept from an older list");
    }
  }
}

/** Whatever exists costs something, and is said to. */
function expectNotFree(shown: Environment, { emulated, coverage }: Walk): void {
  expect(shown.billing.kind).not.toBe("nothing");
  if ("price" in shown.billing) expect(shown.billing.price.perHour).toBeGreaterThan(0);
  const words = costWords(shown, speech);
  const lines = costLines(shown, emulated.emulator.clock.now(), speech);
  if (words === "price unknown") coverage.add(words);
  for (const text of [words === false ? "" : words, ...lines]) {
    expect(text).not.toBe("");
    expect(text).not.toMatch(/[$ ]-?0(\.0+)?(?![\d.])|nothing/i);
  }
}

/** After a list that is as AWS has it. */
function expectTrue(shown: Environment | undefined, instance: Instance, walked: Walk): void {
  const { coverage, provider, emulated } = walked;
  if (!shown) throw new Error(`${instance.id} is ${instance.state}, bills and is not shown.`);
  if (isComputeBilled(instance)) expect(shown.billing.kind).toBe("billing");
  if (instance.state === "stopped")
    expect(shown.billing).toEqual({ kind: "storage-only", price: disksOf(instance, emulated) });
  if (shown.state === "hibernated") coverage.add("hibernated");
  if (shown.interruptible === true) coverage.add("spot");
  if (instance.volumes.some(({ deleteOnTermination }) => !deleteOnTermination)) {
    coverage.add("disk that stays");
    const bill = provider.consequences?.("delete", shown).bill.map(inEnglish);
    expect(bill).toContain("The disks that stay go on billing.");
  }
  expectStuckTold(shown, instance, walked);
}

function disksOf({ id }: Instance, { emulator }: Emulated): unknown {
  const volumes = emulator.region("us-east-1").volumes.filter(({ attachment }) => attachment?.instanceId === id);
  const perMonth = volumes.reduce((sum, { sizeGiB }) => sum + sizeGiB * 0.08, 0);
  return { ...usd(0), perHour: expect.closeTo(perMonth / 730, 9) as unknown };
}

function noteEnding(walked: Walk): void {
  const { emulated, ending, lookedAt } = walked;
  const now = emulated.emulator.clock.now();
  for (const { id, state } of instancesOf(emulated)) {
    if (state === "shutting-down" && !ending.has(id)) ending.set(id, { after: lookedAt, seenAt: now });
  }
  walked.lookedAt = now;
}

function expectStuckTold({ activity, state, alarm }: Environment, { id, ...instance }: Instance, walked: Walk): void {
  const { ending, emulated, coverage } = walked;
  const begun = ending.get(id);
  if (instance.state !== "shutting-down" || !begun) return;
  const now = emulated.emulator.clock.now();
  const told = typeof activity === "object" ? inEnglish(activity) : activity;
  if (now - begun.seenAt > STUCK_MS) {
    coverage.add("stuck");
    expect(state).toBe("failed");
    expect(told).toMatch(/^stuck: shutting-down for \d+ min, may be billing$/);
    expect(alarm && inEnglish(alarm.text)).toMatch(/^AWS has called it shutting-down for \d+ min, .* may be billing:/);
    expect(alarm?.page).toBe(
      `https://us-east-1.console.aws.amazon.com/ec2/home?region=us-east-1#InstanceDetails:instanceId=${id}`,
    );
  } else if (now - begun.after <= STUCK_MS) expect(told).toBe("shutting-down");
}
