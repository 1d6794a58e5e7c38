import { describe, expect, it } from "vitest";
import { GpuDevError } from "../../../src/core/error.ts";
import { inEnglish, sentence } from "../../../src/core/sentence.ts";
import { diagnose, type DiagnosisInput } from "../../../src/gpu/diagnosis.ts";
import type { GpuDetail } from "../../../src/gpu/details.ts";
import { parseDetails } from "../../../src/gpu/detailsProbe.ts";
import { nvidiaSmiError } from "../../../src/gpu/exitCodes.ts";
import type { GpuReading } from "../../../src/gpu/reading.ts";
import { knownXids, xid } from "../../../src/gpu/xid.ts";
import { readSample, samplesExist } from "./samples.ts";

const BUS = "00000000:0A:00.0";

function reading(fields: Partial<GpuReading> = {}): GpuReading {
  return { index: 3, busId: BUS, name: "NVIDIA H100 80GB HBM3", absent: {}, ...fields };
}

function withReading(fields: Partial<GpuReading>): DiagnosisInput {
  return { sample: { at: 1, gpus: [reading(fields)], notices: [] } };
}

function withDetail(fields: Partial<GpuDetail>): DiagnosisInput {
  return { details: { gpus: [{ ...reading(), migDevices: [], processes: [], ...fields }] } };
}

const idsOf = (input: DiagnosisInput): readonly string[] => diagnose(input).map(({ id }) => id);

describe("a healthy host", () => {
  it("has no problem, even with all its memory held and nothing running", () => {
    const busy = { utilizationPercent: 0, memoryUsedMiB: 81_000, memoryTotalMiB: 81_559, throttleReasons: [] };
    expect(diagnose(withReading(busy))).toEqual([]);
    expect(diagnose({})).toEqual([]);
  });

  it.skipIf(!samplesExist)("of the samples has none either", () => {
    for (const name of ["hardware-qx-b200", "hardware-qx-h100", "qx-a100-healthy", "qx-gb200-healthy"]) {
      expect(diagnose({ details: parseDetails(readSample(`nvk8sti__${name}.xml`)) })).toEqual([]);
    }
  });
});

describe("a problem of one GPU", () => {
  it.each([
    ["lost", withReading({ absent: { temperatureC: "lost" } }), "critical"],
    ["requires-reset", withReading({ absent: { temperatureC: "requires-reset" } }), "critical"],
    ["thermal-throttling", withReading({ throttleReasons: ["hw-slowdown", "hw-thermal-slowdown"] }), "warning"],
    ["power-brake", withReading({ throttleReasons: ["hw-slowdown", "hw-power-brake"] }), "warning"],
    ["power-cap", withReading({ throttleReasons: ["sw-power-cap"] }), "information"],
    ["unreadable", withReading({ absent: { fanPercent: "error" } }), "warning"],
    ["mig", withReading({ migEnabled: true }), "information"],
    ["vgpu", withReading({ name: "NVIDIA A10-8Q" }), "information"],
    ["vgpu", withReading({ name: "GRID T4-4C" }), "information"],
    ["vgpu-license", withDetail({ virtualizationMode: "VGPU", vgpuLicense: "Unlicensed (Restricted)" }), "warning"],
    ["ecc-uncorrected", withDetail({ ecc: { volatileUncorrected: 2 } }), "critical"],
    ["remap-failure", withDetail({ remappedRows: { failure: true, pending: true } }), "critical"],
    ["remap-pending", withDetail({ remappedRows: { pending: true } }), "warning"],
    ["remap-pending", withDetail({ retiredPagesPending: true }), "warning"],
    ["recovery-action", withDetail({ recoveryAction: "Drain and Reset" }), "critical"],
    ["fabric", withDetail({ fabric: { health: "Unhealthy" } }), "warning"],
  ] as const)("%s is told with the GPU's number and a next step", (kind, input, severity) => {
    const problems = diagnose(input);
    expect(problems).toMatchObject([{ id: `${kind} ${BUS}`, severity, gpuIndex: 3 }]);
    for (const problem of problems) {
      expect(inEnglish(problem.title)).toMatch(/\b3\b/);
      expect(inEnglish(problem.nextStep)).not.toBe("");
      expect(problem.link ?? "https://").toMatch(/^https:\/\//);
    }
  });

  it("is told once where reading and report agree, and by the number the reading knows", () => {
    const detail = {
      busId: BUS,
      absent: { temperatureC: "lost" as const },
      lost: "GPU is lost",
      migDevices: [],
      processes: [],
    };
    const problems = diagnose({ ...withReading({ absent: { temperatureC: "lost" } }), details: { gpus: [detail] } });
    expect(problems).toMatchObject([{ id: `lost ${BUS}`, gpuIndex: 3 }]);
  });

  it("is not made of ordinary reasons for lower clocks", () => {
    expect(
      idsOf(withReading({ throttleReasons: ["gpu-idle", "applications-clocks", "sync-boost", "display-clocks"] })),
    ).toEqual([]);
    expect(
      idsOf(withDetail({ recoveryAction: "None", ecc: { volatileUncorrected: 0, aggregateUncorrected: 4 } })),
    ).toEqual([]);
  });

  it("is not made of a power cap that is reported far below the limit", () => {
    const capped = { throttleReasons: ["sw-power-cap"] as const, powerLimitW: 250 };
    expect(idsOf(withReading({ ...capped, powerDrawW: 39 }))).toEqual([]);
    expect(idsOf(withReading({ ...capped, powerDrawW: 249 }))).toEqual([`power-cap ${BUS}`]);
  });

  it("shows an unknown recovery action as it is, without what could deceive", () => {
    const [problem] = diagnose(withDetail({ recoveryAction: "Dance\u202E now" }));
    expect(problem && inEnglish(problem.nextStep)).toBe("Do what the driver recommends: Dance now.");
  });

  it.skipIf(!samplesExist)("is found in the samples that hold one", () => {
    const found = (name: string) => idsOf({ details: parseDetails(readSample(`nvk8sti__qx-gb200-${name}.xml`)) });
    expect(found("lost")).toEqual(expect.arrayContaining(["lost 00000000:0B:00.0"]));
    expect(found("ecc-injected")).toEqual(
      expect.arrayContaining(["ecc-uncorrected 00000000:0A:00.0", "remap-failure 00000000:0A:00.0"]),
    );
    expect(found("fabric-degraded").some((id) => id.startsWith("fabric "))).toBe(true);
  });
});

describe("a problem of the host", () => {
  it.each([
    [18, "Driver/library version mismatch", "version-mismatch"],
    [9, "", "driver-not-loaded"],
    [127, "", "not-installed"],
    [6, "No devices were found", "no-devices"],
    [255, "Failed to initialize NVML: Unknown Error", "nvml-unknown-error"],
    [124, "", "timed-out"],
    [137, "", "timed-out"],
    [8, "", "power-cables"],
    [14, "", "inforom"],
  ])("exit code %i with %j is %s", (exitCode, text, id) => {
    const error = nvidiaSmiError(exitCode, text);
    if (!error) throw new Error("There is no error.");
    expect(idsOf({ error })).toEqual([id]);
  });

  it("is a hanging nvidia-smi where a probe ran into our own time limit", () => {
    expect(idsOf({ error: new GpuDevError("timeout", sentence("Too late.")) })).toEqual(["timed-out"]);
    expect(idsOf({ error: new GpuDevError("unreachable", sentence("Gone.")) })).toEqual([]);
  });

  it("is a hanging nvidia-smi after ten silent seconds, and not before", () => {
    expect(idsOf({ stalledForMs: 9_999 })).toEqual([]);
    expect(idsOf({ stalledForMs: 10_000 })).toEqual(["timed-out"]);
  });

  it("is a GPU that was there before, by the line that says it cannot be opened, and else by the count", () => {
    const notice = "Unable to determine the device handle for GPU1: 0000:34:00.0: Unknown Error";
    const input = { expectedCount: 2, sample: { at: 1, gpus: [reading({ index: 0 })], notices: [notice] } };
    const [problem] = diagnose(input);
    expect(problem).toMatchObject({ id: "lost 00000000:34:00.0", gpuIndex: 1, evidence: notice });
    expect(idsOf(input)).toHaveLength(1);
    expect(idsOf({ ...input, expectedCount: 3 })).toEqual(["missing-gpus", "lost 00000000:34:00.0"]);
    const both = { ...input.sample, gpus: [reading({ index: 0 }), reading({ index: 1, busId: "00000000:34:00.0" })] };
    expect(idsOf({ ...input, expectedCount: 3, sample: both })).toContain("missing-gpus");
    const silent = { ...input.sample, notices: [] };
    expect(idsOf({ ...input, sample: silent })).toEqual(["missing-gpus"]);
    expect(idsOf({ ...input, expectedCount: 1, sample: silent })).toEqual([]);
  });
});

describe("an XID of the kernel log", () => {
  const event = (code: number, message = "x") => ({ xid: code, busId: BUS, message });

  it("is decoded, says whose fault it usually is, and comes before lesser and older ones", () => {
    const problems = diagnose({ ...withReading({}), kernelLog: [event(31), event(48), event(79), event(31, "older")] });
    expect(problems.map(({ id }) => id)).toEqual([`xid-48 ${BUS}`, `xid-79 ${BUS}`, `xid-31 ${BUS}`]);
    expect(problems[1] && inEnglish(problems[1].title)).toBe("XID 79 on GPU 3, usually caused by the hardware");
    expect(problems[2] && inEnglish(problems[2].title)).toBe("XID 31 on GPU 3, usually caused by a program");
    expect(problems[2]?.evidence).toBe("XID 31: x");
  });

  it("that nobody knows is shown as it was printed", () => {
    const [problem] = diagnose({ kernelLog: [event(999, "Odd\u0007 thing")] });
    expect(problem).toMatchObject({ severity: "warning", link: "https://docs.nvidia.com/deploy/xid-errors/" });
    expect(problem && inEnglish(problem.explanation)).toBe("The driver reports: Odd thing");
    expect(problem && inEnglish(problem.title)).toBe(`XID 999 on GPU ${BUS}`);
  });

  it("is in the catalogue with all its parts, if it is one that people meet", () => {
    const wanted = [
      8, 13, 31, 32, 38, 43, 44, 45, 46, 48, 56, 57, 58, 61, 62, 63, 64, 68, 69, 74, 78, 79, 92, 94, 95, 109, 110, 119,
      120, 121, 122, 123, 137, 140, 143, 144, 145, 146, 147, 148, 149, 150, 154,
    ];
    expect(knownXids()).toEqual(wanted);
    for (const code of wanted) {
      expect(xid(code)?.mnemonic).toMatch(/^[A-Z0-9_]+$/);
      expect(inEnglish(xid(code)?.meaning ?? { template: "", values: [] })).toMatch(/\.$/);
    }
  });
});
