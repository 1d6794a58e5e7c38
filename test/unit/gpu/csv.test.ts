import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCsv, readHeader, readRow, utf8Line, type CsvPlan } from "../../../src/gpu/csv.ts";
import { parseNumber } from "../../../src/gpu/placeholder.ts";
import type { GpuReading } from "../../../src/gpu/reading.ts";
import { plainReading, ReadingBatch } from "../../../src/gpu/readings.ts";

const HEADER = "index, uuid, utilization.gpu, power.draw [W], memory.used [KiB], pstate";

function planned(header = HEADER) {
  const plan = readHeader(header);
  if (!plan) throw new Error("This is no header.");
  return plan;
}

function rowOf(plan: CsvPlan, line: string): GpuReading | undefined {
  const draft = readRow(plan, utf8Line(line));
  if (!draft) return undefined;
  const batch = new ReadingBatch();
  batch.add(draft);
  return batch.take()[0];
}

/** Cells as nvidia-smi prints them, and as a broken one might. */
const cell = fc.oneof(
  fc.nat({ max: 99_999_999 }).map(String),
  fc.double({ min: -1e6, max: 1e9, noNaN: true }).map(String),
  fc.tuple(fc.nat({ max: 999 }), fc.nat({ max: 99 })).map(([whole, part]) => `${whole}.${part}`),
  fc.constantFrom("[N/A]", "N/A", "[Unknown Error]", "GPU is lost", "", " ", "12 W", "3 %", "1.", ".5", "1.2.3", "007"),
  fc.constantFrom("0.0078919854153", "123456789012345", "1.0000000000001", "0.00000000000001", "-0.5"),
  fc.string({ maxLength: 20 }).filter((text) => !/[,\n\r]/.test(text)),
);

describe("a row of CSV", () => {
  it("holds what each cell says by itself, whatever was read before", () => {
    const plan = planned();
    fc.assert(
      fc.property(cell, cell, (utilization, power) => {
        const row = rowOf(plan, `0, GPU-0, ${utilization}, ${power}, 2048, P0`);
        const { utilizationPercent, powerDrawW, memoryUsedMiB, absent } = row ?? { absent: {} };
        const alone = [parseNumber(utilization), parseNumber(power, "W")] as const;
        expect([utilizationPercent, powerDrawW]).toEqual(alone.map((one) => ("value" in one ? one.value : undefined)));
        expect([absent["utilizationPercent"], absent["powerDrawW"]]).toEqual(
          alone.map((one) => ("absence" in one ? one.absence : undefined)),
        );
        expect(memoryUsedMiB).toBe(2);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is no row with a cell too few or too many", () => {
    const plan = planned();
    expect(rowOf(plan, "0, GPU-0, 1, 2, 3")).toBeUndefined();
    expect(rowOf(plan, "0, GPU-0, 1, 2, 3, P0, 4")).toBeUndefined();
    expect(rowOf(plan, "")).toBeUndefined();
    expect(rowOf(plan, "0, GPU-0, 1, 2, 3, P0")?.performanceState).toBe("P0");
  });

  it("tells the texts of a column apart, also past the number that is remembered", () => {
    const plan = planned();
    for (let turn = 0; turn < 3; turn++) {
      for (let index = 0; index < 200; index++) {
        expect(rowOf(plan, `${index}, GPU-${index}, 1, 2, 3, P0`)).toMatchObject({
          index,
          uuid: `GPU-${index}`,
        });
      }
    }
  });

  it("shares the record of what is absent between readings that miss the same, and never changes it", () => {
    const plan = planned();
    const [one, other, third] = [
      "0, GPU-0, [N/A], 2, 3, P0",
      "1, GPU-1, [N/A], 2, 3, P0",
      "1, GPU-1, [N/A], [N/A], 3, P0",
    ].map((line) => rowOf(plan, line)?.absent);
    expect(other).toBe(one);
    expect(one).toEqual({ utilizationPercent: "not-supported" });
    expect(third).toEqual({ utilizationPercent: "not-supported", powerDrawW: "not-supported" });
  });

  it("takes the value of the column that has one, where two tell the same", () => {
    const header = "index, power.draw [W], power.draw.average [W]";
    for (const row of ["0, [N/A], 61.5", "0, 61.5, [N/A]"]) {
      const [gpu] = parseCsv(`${header}\n${row}`).gpus;
      expect(gpu).toMatchObject({ powerDrawW: 61.5, absent: {} });
      expect(Object.keys(gpu?.absent ?? {})).toEqual([]);
    }
  });
});

describe("the readings of an answer", () => {
  /** Numbers and words of many GPUs in many turns; a GPU of another turn may say the same, or something else. */
  const answers = fc.array(
    fc.array(
      fc.record({
        power: fc.oneof(
          fc.nat({ max: 999 }).map((watt) => watt / 4),
          fc.constant(undefined),
        ),
        utilization: fc.oneof(fc.nat({ max: 100 }), fc.constant(undefined)),
        state: fc.constantFrom("P0", "P8", "[N/A]"),
      }),
      { minLength: 1, maxLength: 20 },
    ),
    { minLength: 1, maxLength: 12 },
  );

  it("stay what they were when the next ones are gathered, and say what their own row says", () => {
    fc.assert(
      fc.property(answers, (turns) => {
        const plan = planned();
        const batch = new ReadingBatch();
        const taken = turns.map((gpus) => {
          gpus.forEach(({ power, utilization, state }, index) => {
            const line = `${index}, GPU-${index}, ${utilization ?? "[N/A]"}, ${power ?? "[N/A]"}, 2048, ${state}`;
            const draft = readRow(plan, utf8Line(line));
            if (draft) batch.add(draft);
          });
          return batch.take();
        });
        expect(batch).toHaveLength(0);
        const said = turns.map((gpus) =>
          gpus.map(({ power, utilization, state }, index) => ({
            ...{ index, uuid: `GPU-${index}`, utilizationPercent: utilization, powerDrawW: power, memoryUsedMiB: 2 },
            performanceState: state === "[N/A]" ? undefined : state,
            absent: {
              ...(utilization === undefined && { utilizationPercent: "not-supported" }),
              ...(power === undefined && { powerDrawW: "not-supported" }),
              ...(state === "[N/A]" && { performanceState: "not-supported" }),
            },
          })),
        );
        expect(taken.map((gpus) => gpus.map(plainReading))).toEqual(said);
      }),
      { numRuns: 300 },
    );
  });

  it("are whole in JSON, where a field without a value is left out", () => {
    const [gpu] = parseCsv(`${HEADER}\n0, GPU-0, 12, [N/A], 2048, P0`).gpus;
    expect(JSON.parse(JSON.stringify(gpu))).toEqual({
      index: 0,
      uuid: "GPU-0",
      utilizationPercent: 12,
      memoryUsedMiB: 2,
      performanceState: "P0",
      absent: { powerDrawW: "not-supported" },
    });
  });

  it("hold what is new also where more was said than is remembered", () => {
    const rows = Array.from({ length: 300 }, (_, turn) => `${turn}, GPU-${turn}, 1, 2, 2048, P${turn}`);
    const { gpus } = parseCsv([HEADER, ...rows, ...rows].join("\n"));
    expect(gpus.map(({ uuid, performanceState }) => `${uuid} ${performanceState}`)).toEqual(
      [...rows, ...rows].map((row) => `${row.split(", ")[1]} ${row.split(", ")[5]}`),
    );
  });
});
