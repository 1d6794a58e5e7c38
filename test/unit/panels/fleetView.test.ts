import { describe, expect, it } from "vitest";
import { toFleetRow, toTiles, type FleetHost } from "../../../src/panels/fleetView.ts";
import { anEnvironment } from "../../fakes/environment.ts";
import { aProblem, aReading, aSample, localize, UNREACHABLE } from "../../webviews/fixtures.ts";

function aFleetHost(differing: Partial<FleetHost> = {}): FleetHost {
  const gpus = [aReading(0, { utilizationPercent: 90 }), aReading(1, { utilizationPercent: 0 })];
  const watch = { kind: "live", last: aSample(gpus) } as const;
  return { environment: anEnvironment(), watch, problems: [], lastSpec: undefined, ...differing };
}

describe("a host's row", () => {
  it("averages use, sums memory and power, and shows the hottest", () => {
    expect(toFleetRow(aFleetHost(), localize)).toMatchObject({
      gpus: "2×H100",
      busyPercent: { value: 45, max: 100 },
      memory: { value: 140_508, max: 163_118 },
      hottestC: { value: 62 },
      powerW: { value: 1_209.5 },
      problems: 0,
    });
  });

  it("leaves out of the memory what does not report both used and total", () => {
    const gpus = [aReading(0), { index: 1, memoryUsedMiB: 5, absent: {} }];
    const row = toFleetRow(aFleetHost({ watch: { kind: "live", last: aSample(gpus) } }), localize);
    expect(row.memory).toEqual({ kind: "measured", value: 71_204, max: 81_559 });
  });

  it("has reasons in place of numbers for a host that was never read", () => {
    const row = toFleetRow(aFleetHost({ watch: UNREACHABLE }), localize);
    for (const gauge of [row.busyPercent, row.memory, row.hottestC, row.powerW]) {
      expect(gauge).toEqual({ kind: "absent", reason: "no reading yet" });
    }
    expect(row.gpus).toBe("");
    expect(row.remark).toBe("trainer.lab did not answer on port 22 within 15 s.");
  });

  it("names the GPUs known from before while it cannot be read", () => {
    const lastSpec = { model: "NVIDIA A100-SXM4-80GB", count: 4 };
    expect(toFleetRow(aFleetHost({ watch: UNREACHABLE, lastSpec }), localize).gpus).toBe("4×A100");
  });

  it("tells different models apart", () => {
    const last = aSample([aReading(0), aReading(1, { name: "NVIDIA L40S" }), aReading(2, { name: "NVIDIA L40S" })]);
    expect(toFleetRow(aFleetHost({ watch: { kind: "live", last } }), localize).gpus).toBe("1×H100 + 2×L40S");
  });

  it("shows its worst problem, whose title names the GPU it is about", () => {
    const problems = [aProblem({ id: "w", severity: "warning" }), aProblem()];
    expect(toFleetRow(aFleetHost({ problems }), localize)).toMatchObject({
      problems: 2,
      worst: "critical",
      remark: "GPU 4 has fallen off the bus (XID 79)",
    });
  });
});

describe("the summary", () => {
  it("counts only what answers at this moment as busy or idle", () => {
    const stale = aFleetHost({ watch: { ...UNREACHABLE, last: aSample([aReading(0)]) }, problems: [aProblem()] });
    const tiles = toTiles([aFleetHost(), stale], localize);
    expect(tiles.map(({ value, of, tone }) => [value, of, tone])).toEqual([
      [1, 2, "warning"],
      [2, undefined, "idle"],
      [1, undefined, "busy"],
      [1, undefined, "idle"],
      [1, undefined, "error"],
    ]);
  });

  it("does not count a GPU without a utilization as idle", () => {
    const watch = { kind: "live", last: aSample([{ index: 0, migEnabled: true, absent: {} }]) } as const;
    const [, gpus, busy, idle] = toTiles([aFleetHost({ watch })], localize);
    expect([gpus?.value, busy?.value, idle?.value]).toEqual([1, 0, 0]);
  });

  it("is quiet about an empty fleet", () => {
    expect(toTiles([], localize).every(({ value }) => value === 0)).toBe(true);
  });
});
