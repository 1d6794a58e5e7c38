import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GpuReading, GpuSample } from "../../../src/gpu/reading.ts";
import { HostHistory } from "../../../src/health/history.ts";

const NOON = Date.UTC(2026, 0, 5, 12);
const HOUR_STEPS = 720;
const FULL_GPU_BYTES = 5 * HOUR_STEPS * 2;

function sampleAt(at: number, ...gpus: Partial<GpuReading>[]): GpuSample {
  return { at, gpus: gpus.map((gpu, index) => ({ index, uuid: `GPU-${index}`, absent: {}, ...gpu })), notices: [] };
}

const keysOf = (history: HostHistory): readonly string[] => history.gpus.map(({ key }) => key);

describe("HostHistory", () => {
  test("gives back what was measured, to the precision of a chart", () => {
    const history = new HostHistory();
    const gpu = {
      utilizationPercent: 61.25,
      memoryUsedMiB: 81_559,
      temperatureC: -12.5,
      powerDrawW: 693.27,
      smClockMHz: 1980,
    };
    history.record(sampleAt(NOON, gpu));

    expect(keysOf(history)).toEqual(["GPU-0"]);
    expect(history.series("GPU-0", "utilizationPercent")).toEqual({ startMs: NOON, values: [61.25] });
    expect(history.series("GPU-0", "memoryUsedMiB").values[0]).toBeCloseTo(81_559, -2);
    expect(history.series("GPU-0", "temperatureC").values).toEqual([-12.5]);
    expect(history.series("GPU-0", "powerDrawW").values).toEqual([693.3]);
    expect(history.series("GPU-0", "smClockMHz").values).toEqual([1980]);
  });

  test("holds the mean of the readings of a step", () => {
    const history = new HostHistory();
    history.record(sampleAt(NOON, { utilizationPercent: 0 }));
    history.record(sampleAt(NOON + 2_000, { utilizationPercent: 100 }));
    history.record(sampleAt(NOON + 4_000, { utilizationPercent: 80 }));
    expect(history.series("GPU-0", "utilizationPercent").values).toEqual([60]);
  });

  test("says undefined where nothing was measured", () => {
    const history = new HostHistory();
    history.record(sampleAt(NOON, { utilizationPercent: 0 }));
    history.record(sampleAt(NOON + 5_000, {}));
    history.record(sampleAt(NOON + 20_000, { utilizationPercent: Number.NaN }));
    history.record(sampleAt(NOON + 25_000, { utilizationPercent: 7 }));
    const { startMs, values } = history.series("GPU-0", "utilizationPercent");
    expect(startMs).toBe(NOON);
    expect(values).toEqual([0, undefined, undefined, undefined, undefined, 7]);
    expect(history.series("GPU-9", "powerDrawW").values).toEqual(Array.from({ length: 6 }));
  });

  test("keeps an hour and no more, in 58 kB for eight GPUs, through 24 hours", () => {
    const history = new HostHistory();
    const gpus = Array.from({ length: 8 }, () => ({ utilizationPercent: 50, memoryUsedMiB: 1024 }));
    let largest = 0;
    for (let at = NOON; at < NOON + 24 * 3_600_000; at += 2_000) {
      history.record(sampleAt(at, ...gpus));
      largest = Math.max(largest, history.byteLength);
    }
    expect(largest).toBe(8 * FULL_GPU_BYTES);
    const { startMs, values } = history.series("GPU-7", "utilizationPercent");
    expect(values).toHaveLength(HOUR_STEPS);
    expect(values.every((value) => value === 50)).toBe(true);
    expect(startMs).toBe(NOON + 23 * 3_600_000);
  });

  test("takes little memory for a short look", () => {
    const history = new HostHistory();
    for (let at = NOON; at < NOON + 180_000; at += 2_000) history.record(sampleAt(at, { powerDrawW: 1 }));
    expect(history.byteLength).toBeLessThan(FULL_GPU_BYTES / 10);
  });

  test("a sleep is a gap, and one longer than the hour leaves nothing of before", () => {
    const history = new HostHistory();
    history.record(sampleAt(NOON, { powerDrawW: 100 }));
    history.record(sampleAt(NOON + 600_000, { powerDrawW: 200 }));
    const gap = history.series("GPU-0", "powerDrawW").values;
    expect([gap[0], gap[1], gap[119], gap[120]]).toEqual([100, undefined, undefined, 200]);

    history.record(sampleAt(NOON + 9_000_000, { powerDrawW: 300 }));
    expect(history.series("GPU-0", "powerDrawW")).toEqual({ startMs: NOON + 9_000_000, values: [300] });
  });

  test("a clock that is set back takes the recorded hour back with it", () => {
    const history = new HostHistory();
    for (let step = 0; step < 10; step++) history.record(sampleAt(NOON + step * 5_000, { powerDrawW: step }));
    const setBack = NOON - 7_200_000;
    history.record(sampleAt(setBack, { powerDrawW: 10 }));
    history.record(sampleAt(setBack + 5_000, { powerDrawW: 11 }));
    const { startMs, values } = history.series("GPU-0", "powerDrawW");
    expect(values).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(startMs).toBe(setBack - 50_000);
  });

  test("a GPU that is gone for an hour is forgotten; one that invents names does not fill the memory", () => {
    const history = new HostHistory();
    history.record(sampleAt(NOON, { powerDrawW: 1 }, { powerDrawW: 1 }));
    for (let at = NOON + 5_000; at <= NOON + 3_600_000; at += 5_000) history.record(sampleAt(at, { powerDrawW: 1 }));
    expect(keysOf(history)).toEqual(["GPU-0"]);

    for (let name = 0; name < 5_000; name++) {
      history.record(sampleAt(NOON + 3_600_000 + name, { uuid: `invented-${name}`, powerDrawW: 1 }));
    }
    expect(history.gpus.length).toBeLessThanOrEqual(64);
  });

  test("names a GPU by UUID, else bus id, else place", () => {
    const history = new HostHistory();
    history.record({
      at: NOON,
      gpus: [
        { uuid: "GPU-a", busId: "00000000:01:00.0", index: 0, absent: {} },
        { busId: "00000000:02:00.0", index: 1, absent: {} },
        { index: 2, absent: {} },
      ],
      notices: [],
    });
    expect(keysOf(history)).toEqual(["GPU-a", "00000000:02:00.0", "index 2"]);
  });

  test("knows what each GPU was called last, also of one that is gone", () => {
    const history = new HostHistory();
    const gpu = { uuid: "GPU-a", busId: "00000000:01:00.0", name: "NVIDIA L4", absent: {} };
    history.record({ at: NOON, gpus: [{ ...gpu, index: 1 }], notices: [] });
    history.record({ at: NOON + 5_000, gpus: [{ ...gpu, index: 0 }], notices: [] });
    history.record({ at: NOON + 10_000, gpus: [], notices: [] });
    expect(history.gpus).toEqual([
      { key: "GPU-a", uuid: "GPU-a", busId: "00000000:01:00.0", name: "NVIDIA L4", index: 0 },
    ]);
  });

  test("takes what one is called now from whatever was called so before", () => {
    const history = new HostHistory();
    const record = (...gpus: Partial<GpuReading>[]): void =>
      history.record({ at: NOON, gpus: gpus.map((gpu) => ({ absent: {}, ...gpu })), notices: [] });
    const called = () => history.gpus.map(({ key, index, busId }) => [key, index, busId]);
    record({ uuid: "a", index: 0, busId: "01" }, { uuid: "b", index: 1, busId: "02" });
    record({ uuid: "b", index: 0 });
    expect(called()).toEqual([["a", undefined, "01"], ["b", 0, "02"]]); // prettier-ignore
    record({ uuid: "c", index: 1, busId: "01" });
    expect(called()).toEqual([["a", undefined, undefined], ["b", 0, "02"], ["c", 1, "01"]]); // prettier-ignore
  });

  test("one that could not say its name is the one that says it in its place", () => {
    const history = new HostHistory();
    history.record({ at: NOON, gpus: [{ index: 0, busId: "01", absent: {} }], notices: [] });
    history.record({ at: NOON, gpus: [{ index: 0, busId: "01", uuid: "a", absent: {} }], notices: [] });
    expect(keysOf(history)).toEqual(["a"]);
  });

  test("whatever the clock does, a series is bounded, ends with the last reading and holds only what was measured", () => {
    const jump = fc.oneof(
      fc.integer({ min: 0, max: 10_000 }),
      fc.integer({ min: -86_400_000, max: 86_400_000 }),
      fc.integer({ min: -12_000, max: 12_000 }),
    );
    fc.assert(
      fc.property(fc.array(jump, { minLength: 1, maxLength: 200 }), (jumps) => {
        const history = new HostHistory();
        let at = NOON;
        for (const by of jumps) {
          at += by;
          history.record(sampleAt(at, { smClockMHz: 1234 }));
        }
        const { startMs, values } = history.series("GPU-0", "smClockMHz");
        expect(values.length).toBeLessThanOrEqual(HOUR_STEPS);
        expect(values.at(-1)).toBe(1234);
        expect(values.every((value) => value === undefined || value === 1234)).toBe(true);
        expect(Math.abs(startMs + (values.length - 1) * 5_000 - at)).toBeLessThanOrEqual(10_000);
        expect(history.byteLength).toBeLessThanOrEqual(FULL_GPU_BYTES);
      }),
      { numRuns: 300 },
    );
  });
});
