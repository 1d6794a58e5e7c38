import { describe, expect, it } from "vitest";
import { diagnose } from "../../../src/gpu/diagnosis.ts";
import { detailsWithIdentity, withIdentity } from "../../../src/gpu/identity.ts";
import type { GpuReading, GpuSample } from "../../../src/gpu/reading.ts";

const sample = (...gpus: Partial<GpuReading>[]): GpuSample => ({
  at: 1,
  notices: [],
  gpus: gpus.map((gpu) => ({ absent: {}, ...gpu })),
});
const BEFORE = sample(
  { index: 0, uuid: "GPU-a", busId: "00000000:01:00.0", name: "NVIDIA L4", temperatureC: 50 },
  { index: 1, uuid: "GPU-b", busId: "00000000:02:00.0", name: "NVIDIA L4", temperatureC: 60 },
);

describe("a GPU that no longer says who it is", () => {
  it("is recognised by its bus id, and keeps none of its old readings", () => {
    const lost = { busId: "00000000:02:00.0", absent: { temperatureC: "lost" as const } };
    expect(withIdentity(sample({ index: 0, uuid: "GPU-a" }, lost), BEFORE).gpus[1]).toEqual({
      index: 1,
      uuid: "GPU-b",
      busId: "00000000:02:00.0",
      name: "NVIDIA L4",
      absent: { temperatureC: "lost" },
    });
  });

  it("is recognised by its place where that is all it says", () => {
    expect(withIdentity(sample({ index: 0, uuid: "GPU-a" }, { index: 1 }), BEFORE).gpus[1]?.uuid).toBe("GPU-b");
  });

  it("is not taken for a GPU that still answers", () => {
    const gpus = withIdentity(sample({ index: 1, uuid: "GPU-b" }, { index: 1 }), BEFORE).gpus;
    expect(gpus[1]?.uuid).toBeUndefined();
  });

  it("is not taken for two, nor for one of another model, and gets no number that another has by now", () => {
    const lost = { busId: "00000000:02:00.0" };
    const recognised = (...gpus: Partial<GpuReading>[]) => withIdentity(sample(...gpus), BEFORE).gpus;
    expect(recognised(lost, lost).map(({ uuid }) => uuid)).toEqual(["GPU-b", undefined]);
    expect(recognised({ ...lost, name: "NVIDIA A10" })[0]?.uuid).toBeUndefined();
    expect(recognised({ index: 1, uuid: "GPU-a" }, lost)[1]).toMatchObject({ uuid: "GPU-b", index: undefined });
  });

  it("stays unknown where nothing was known before", () => {
    const first = sample({ index: 1 });
    expect(withIdentity(first, sample()).gpus[0]).toBe(first.gpus[0]);
    expect(withIdentity(sample({ index: 7 }), BEFORE).gpus[0]?.uuid).toBeUndefined();
  });
});

describe("a GPU that the full report cannot open", () => {
  it("is recognised by its bus id", () => {
    const part = { migDevices: [], processes: [], absent: {} };
    const lost = { busId: "00000000:02:00.0", lost: "GPU is lost", ...part };
    const report = { gpus: [{ uuid: "GPU-a", busId: "00000000:01:00.0", ...part }, lost] };
    const [first, second] = detailsWithIdentity(report, BEFORE).gpus;
    expect(first).toBe(report.gpus[0]);
    expect(second).toEqual({ ...lost, index: 1, uuid: "GPU-b", name: "NVIDIA L4" });
  });
});

describe("a report that is older than the reading", () => {
  it("no longer counts for a GPU that is lost by now", () => {
    const held = {
      uuid: "GPU-b",
      index: 1,
      throttleReasons: ["sw-power-cap" as const],
      migDevices: [],
      processes: [],
      absent: {},
    };
    const kinds = (reading: Partial<GpuReading>): readonly string[] =>
      diagnose({ sample: sample({ uuid: "GPU-b", index: 1, ...reading }), details: { gpus: [held] } }).map(
        ({ id }) => id,
      );
    expect(kinds({})).toEqual([expect.stringMatching(/power/)]);
    expect(kinds({ absent: { temperatureC: "lost" } })).toEqual([expect.stringMatching(/^lost/)]);
  });
});
