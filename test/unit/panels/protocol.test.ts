import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LABEL_KEYS } from "../../../src/panels/labelKeys.ts";
import { toLabels } from "../../../src/panels/labels.ts";
import {
  parseHostMessage,
  parseWebviewMessage,
  safeLink,
  savedEnvironmentId,
  type WebviewMessage,
} from "../../../src/panels/protocol.ts";
import { localize } from "../../webviews/fixtures.ts";
import { SCENARIOS } from "../../webviews/scenarios.ts";

const RUNS = process.env["GPU_DEV_FAULTS"] === "full" ? 10_000 : 500;

const FROM_PAGE: readonly WebviewMessage[] = [
  { type: "ready" },
  { type: "action", action: "reconnect" },
  { type: "show-health", environmentId: "ssh/config/trainer" },
  { type: "show-fleet" },
  { type: "shown", environmentIds: ["a", "b"] },
];
const FROM_HOST = [...SCENARIOS["health-lost"]().messages, ...SCENARIOS["fleet-5"]().messages].map((message) =>
  // Without the long history: a mutation of one of 25,000 numbers says nothing new.
  message.type === "history" ? { ...message, block: { ...message.block, series: {} } } : message,
);

describe("messages between the extension and its pages", () => {
  it("arrive as they were sent", () => {
    for (const message of FROM_PAGE) expect(parseWebviewMessage(structuredClone(message))).toEqual(message);
    for (const message of SCENARIOS["health-lost"]().messages) {
      expect(parseHostMessage(JSON.parse(JSON.stringify(message)))).toEqual(message);
    }
  });

  it("are dropped when they carry a field the protocol does not know", () => {
    expect(parseWebviewMessage({ type: "ready", command: "workbench.action.quit" })).toBeUndefined();
    expect(parseWebviewMessage({ type: "action", action: "workbench.action.quit" })).toBeUndefined();
    expect(parseWebviewMessage({ type: "executeCommand", command: "x" })).toBeUndefined();
  });

  it("are dropped when a number is none", () => {
    const row = {
      type: "fleet",
      now: 1,
      tiles: [{ label: "GPUs", value: 8, tone: "live" }],
      rows: [],
      isListing: false,
    };
    expect(parseHostMessage(row)).toEqual(row);
    expect(parseHostMessage({ ...row, now: Number.NaN })).toBeUndefined();
    expect(parseHostMessage({ ...row, now: Infinity })).toBeUndefined();
  });

  it("are dropped when they are larger than a page can mean", () => {
    const ids = Array.from({ length: 101 }, (_, index) => `host-${index}`);
    expect(parseWebviewMessage({ type: "shown", environmentIds: ids })).toBeUndefined();
    expect(parseWebviewMessage({ type: "show-health", environmentId: "x".repeat(1_001) })).toBeUndefined();
  });

  it(`never make a parser throw: ${RUNS} arbitrary values`, () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }), (raw) => {
        parseHostMessage(raw);
        parseWebviewMessage(raw);
        savedEnvironmentId(raw);
      }),
      { numRuns: RUNS },
    );
  });

  it(`are taken exactly or not at all: ${RUNS} mutants`, () => {
    const seeds = fc.constantFrom<unknown>(...FROM_PAGE, ...FROM_HOST);
    fc.assert(
      fc.property(seeds, fc.nat(), fc.anything(), (seed, place, value) => {
        const mutant = mutate(structuredClone(seed), place, value);
        for (const parsed of [parseHostMessage(mutant), parseWebviewMessage(mutant)]) {
          if (parsed !== undefined) expect(parsed).toEqual(mutant);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe("links", () => {
  it.each([
    "javascript:alert(1)",
    "http://docs.nvidia.com/",
    "https://user@evil/",
    "command:x",
    "https://a b/",
    "//x/",
    "",
  ])("refuse %s", (link) => expect(safeLink(link)).toBeUndefined());

  it("pass when they are https to a plain host name", () => {
    expect(safeLink("https://docs.nvidia.com/deploy/xid-errors/")).toBe("https://docs.nvidia.com/deploy/xid-errors/");
  });
});

describe("labels", () => {
  it("exist for every key and go through the translation", () => {
    const labels = toLabels((sentence) => `ü${localize(sentence)}`);
    expect(Object.keys(labels).sort()).toEqual([...LABEL_KEYS].sort());
    expect(Object.values(labels).every((label) => label.startsWith("ü") && label.length > 1)).toBe(true);
  });
});

describe("the saved state of a page", () => {
  it("names its environment, and none when it is not ours", () => {
    expect(savedEnvironmentId({ environmentId: "ssh/config/a", view: "charts" })).toBe("ssh/config/a");
    for (const raw of [undefined, null, 7, "x", {}, { environmentId: 7 }])
      expect(savedEnvironmentId(raw)).toBeUndefined();
  });
});

/** Puts `value` at the `place`-th property of an object, counted through all of its depth. */
function mutate(message: unknown, place: number, value: unknown): unknown {
  const slots: { readonly holder: object; readonly key: string }[] = [];
  const visit = (holder: unknown): void => {
    if (typeof holder !== "object" || holder === null) return;
    for (const [key, child] of Object.entries(holder)) {
      slots.push({ holder, key });
      visit(child);
    }
  };
  visit(message);
  const slot = slots[place % slots.length];
  if (slot) Reflect.set(slot.holder, slot.key, value);
  return message;
}
