import { describe, expect, it } from "vitest";
import { GpuDevError } from "../../../../../src/core/error.ts";
import { contextOf, converse, eachInRegion, english, G6, journal, never } from "./region.ts";

const current = eachInRegion();
const FULL = process.env["GPU_DEV_FAULTS"] === "full";
const ROUNDS = FULL ? 10_000 : 150;
const LOOP = { timeout: FULL ? 1_800_000 : 120_000 } as const;

/** The same numbers for the same seed, from 0 to below 1. */
function numbers(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const HOSTILE = [
  "$(touch /tmp/x)",
  "\u202E\u0000",
  "-oProxyCommand=x",
  "0",
  "-1",
  "1e999",
  "null",
  "x".repeat(5000),
  "",
];

/** An answer with one thing in it that is not as it should be: a value, a name, an end. */
function spoilt(body: string, random: () => number): string {
  const at = Math.floor(random() * body.length);
  const hostile = HOSTILE[Math.floor(random() * HOSTILE.length)] ?? "";
  const kind = Math.floor(random() * 5);
  if (kind === 0) return body.slice(0, at);
  if (kind === 1) return body.slice(0, at) + body.slice(at + Math.floor(random() * 400));
  // The next value after a random place, in XML or in JSON.
  const value = body.startsWith("{") ? /("[^"]*"|[\d.]+)(?=[,\]}])/ : /(?<=>)[^<>\n]+(?=<)/;
  const json = kind === 2 ? JSON.stringify(hostile) : kind === 3 ? "[{}]" : "null";
  return body.slice(0, at) + body.slice(at).replace(value, () => (body.startsWith("{") ? json : hostile));
}

describe("a cloud that lies", () => {
  it(`is answered with a plan, or with an error in our words, ${ROUNDS} times`, LOOP, async () => {
    const region = current();
    const honest = await converse(region.open(), G6);
    let plans = 0;
    for (let seed = 0; seed < ROUNDS; seed += 1) {
      const random = numbers(seed);
      const fault = region.aws.inject({
        after: Math.floor(random() * 12),
        times: 1 + Math.floor(random() * 3),
        effect: { kind: "rewrite", rewrite: (body) => spoilt(body, random) },
      });
      try {
        const plan = await region.open().plan(honest, never());
        plans += 1;
        for (const line of [...plan.creates, ...plan.risks].map(english)) expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        if (plan.price) expect(plan.price.perHour).toBeGreaterThan(0);
      } catch (error) {
        if (!(error instanceof GpuDevError)) throw error;
        expect(error.message).not.toBe("");
      }
      fault.remove();
    }
    expect(plans).toBeGreaterThan(ROUNDS / 10);
  });

  it("never gets two machines made of one operation", LOOP, async () => {
    const region = current();
    region.aws.setDurations({ pendingMs: 4000, checksMs: 4000, shuttingDownMs: 4000 });
    const answers = await converse(region.open(), G6);
    for (let seed = 0; seed < (FULL ? 400 : 40); seed += 1) {
      const random = numbers(seed);
      const fault = region.aws.inject({
        service: "ec2",
        after: Math.floor(random() * 30),
        times: 2,
        effect: { kind: "rewrite", rewrite: (body) => spoilt(body, random) },
      });
      const steps = journal();
      const id = `operation-${seed}`;
      const made = (): number =>
        region.view.instances.filter(
          ({ tags, state }) => tags.get("gpu-dev:operation") === id && state !== "terminated",
        ).length;
      await region
        .open()
        .provision(answers, id, contextOf(steps))
        .catch((error: unknown) => {
          if (!(error instanceof GpuDevError)) throw error;
        });
      fault.remove();
      expect(made()).toBeLessThanOrEqual(1);
      expect(await region.open().abandon(answers, id, contextOf(steps))).toEqual([]);
      expect(made()).toBe(0);
    }
  });
});
