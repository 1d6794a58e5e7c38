import { describe, expect, it } from "vitest";
import { GpuDevError } from "../../../src/core/error.ts";
import { failureOf, nvidiaSmiError } from "../../../src/gpu/exitCodes.ts";
import { plainReading } from "../../../src/gpu/readings.ts";
import { sampleProbe } from "../../../src/gpu/sampleProbe.ts";
import { answer, NONCE, outcomeOf, readSample, sampleNames, samplesExist, windowsAnswer } from "./samples.ts";

const probe = sampleProbe(["index"], NONCE);

describe.skipIf(!samplesExist)("the error outputs among the samples", () => {
  it.each([
    ["driver-library-mismatch-535plus.stdout.txt", 18, "version-mismatch", "driver"],
    ["driver-library-mismatch-470.stdout.txt", 18, "version-mismatch", "driver"],
    ["driver-not-running.stdout.txt", 9, "driver-not-loaded", "driver"],
    ["nvml-unknown-error-container.stdout.txt", 255, "nvml-unknown-error", "driver"],
    ["no-devices.stdout.txt", 6, "no-devices", "no-gpu"],
    ["handle-lost-old.stdout.txt", 15, "fallen-off-bus", "driver"],
    ["handle-unknown-error-glued.stdout.txt", 255, "fallen-off-bus", "driver"],
    ["handle-unknown-error-indexed.stdout.txt", 0, "fallen-off-bus", "driver"],
    ["handle-unknown-then-none.stdout.txt", 6, "no-devices", "no-gpu"],
    ["handle-unknown-then-none.stdout.txt", 255, "fallen-off-bus", "driver"],
    ["command-not-found-bash.stderr.txt", 127, "not-installed", "no-driver"],
    ["command-not-found-cmd.stderr.txt", 9009, "not-installed", "no-driver"],
    ["command-not-found-cmd.stderr.txt", 1, "not-installed", "no-driver"],
  ])("%s with exit code %i is %s", (name, exitCode, failure, code) => {
    const text = readSample(`errors/${name}`);
    const streams = name.includes(".stderr.") ? (["", text] as const) : ([text, ""] as const);
    for (const result of [answer(streams[0], exitCode, streams[1]), windowsAnswer(streams[0], exitCode, streams[1])]) {
      const outcome = outcomeOf(() => probe.parse(result, 1));
      if (!(outcome instanceof GpuDevError)) throw new Error("It passed for a reading.");
      expect(outcome.code).toBe(code);
      expect(failureOf(outcome)).toBe(failure);
    }
  });

  it("every one of them is an error even where the exit code is lost", () => {
    for (const name of sampleNames("errors", ".txt")) {
      const lost = { ...windowsAnswer(readSample(name)), exitCode: undefined };
      expect(outcomeOf(() => probe.parse(lost, 1))).toBeInstanceOf(GpuDevError);
      expect(outcomeOf(() => probe.parse(windowsAnswer(readSample(name)), 1))).toBeInstanceOf(GpuDevError);
    }
  });

  it("a GPU that waits for a reset says so in each of its readings", () => {
    const { gpus } = probe.parse(answer(readSample("errors/csv-gpu-requires-reset.csv")), 1);
    expect(gpus.map(plainReading)).toEqual([
      {
        index: 0,
        memoryUsedMiB: 0,
        absent: { temperatureC: "requires-reset", utilizationPercent: "requires-reset" },
      },
    ]);
  });

  it("an integrated GPU has its name and no readings", () => {
    const [gpu] = probe.parse(answer(readSample("errors/csv-jetson-orin.csv")), 1).gpus;
    expect(gpu?.name).toBe("Orin (nvgpu)");
    expect(Object.values(gpu?.absent ?? {})).toEqual(Array(4).fill("not-supported"));
  });

  it("one bad GPU among many leaves the readings of the others, with its line as a notice", () => {
    const line = readSample("errors/handle-unknown-error-indexed.stdout.txt");
    const rows = "index, name, memory.used [MiB]\n0, NVIDIA L4, 3\n2, NVIDIA L4, 4\n";
    for (const exitCode of [0, 255]) {
      const sample = probe.parse(answer(line + rows, exitCode), 1);
      expect(sample.gpus.map((gpu) => gpu.index)).toEqual([0, 2]);
      expect(sample.notices).toEqual([line.trim()]);
    }
  });
});

describe("an error of nvidia-smi", () => {
  it("is decided by the exit code before the text", () => {
    const error = nvidiaSmiError(18, "No devices were found");
    expect(error && failureOf(error)).toBe("version-mismatch");
  });

  it("is a timeout where the time limit ended it, by TERM or by KILL", () => {
    for (const code of [124, 137]) expect(nvidiaSmiError(code, "")?.code).toBe("timeout");
  });

  it("with an unknown code shows what was printed, without control characters", () => {
    const error = nvidiaSmiError(77, "odd \u001b[31mthing\nhappened");
    expect(error?.code).toBe("remote-command");
    expect(error?.message).toBe("nvidia-smi ended with exit code 77: odd [31mthing happened");
  });

  it("is none for exit code 0 and ordinary text", () => {
    expect(nvidiaSmiError(0, "index, name\n0, A")).toBeUndefined();
  });

  it("does not take rows for readings when the exit code says that they are none", () => {
    const outcome = outcomeOf(() => probe.parse(answer("index, name\n0, A\n", 18), 1));
    expect(outcome).toMatchObject({ code: "driver" });
  });

  it("is an unreadable answer where the end marker is missing", () => {
    const cut = { ...answer("index, name\n0, A\n1"), stdout: `${NONCE}-begin\nindex, name\n0, A\n1` };
    expect(outcomeOf(() => probe.parse(cut, 1))).toMatchObject({ code: "unreadable-answer" });
  });
});
