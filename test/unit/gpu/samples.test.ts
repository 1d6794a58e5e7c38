import { describe, expect, it } from "vitest";
import { GpuDevError } from "../../../src/core/error.ts";
import { utf8Of } from "../../../src/core/utf8.ts";
import { parseDetails } from "../../../src/gpu/detailsProbe.ts";
import { parseKernelLog } from "../../../src/gpu/kernelLog.ts";
import { processesProbe } from "../../../src/gpu/processes.ts";
import { chooseFields } from "../../../src/gpu/queryFields.ts";
import type { GpuReading } from "../../../src/gpu/reading.ts";
import { sampleProbe } from "../../../src/gpu/sampleProbe.ts";
import { plainReading } from "../../../src/gpu/readings.ts";
import { createGpuStreamParser } from "../../../src/gpu/stream.ts";
import {
  answer,
  NONCE,
  outcomeOf,
  readingsOf,
  readSample,
  sampleNames,
  samplesExist,
  sectionOf,
  unsoundNumber,
  windowsAnswer,
} from "./samples.ts";

/** What a person would read off a report, found without a parser of ours. */
function byEye(text: string, pattern: RegExp): string | undefined {
  const found = pattern.exec(text)?.[1]?.trim();
  return found === undefined || /^(N\/A|GPU is lost)$/.test(found) ? undefined : found;
}

/** A text as printed, or a typed reason why there is none. */
function expectValue(gpu: GpuReading, key: "name" | "uuid" | "memoryTotalMiB", printed: string | undefined): void {
  if (printed === undefined) {
    expect(gpu[key]).toBeUndefined();
    expect(gpu.absent[key]).toMatch(/^(not-supported|lost|error)$/);
  } else expect(String(gpu[key])).toBe(printed.replace(" MiB", ""));
}

const xmlNames = [...sampleNames("", ".xml"), ...sampleNames("errors", ".xml")];

describe.skipIf(!samplesExist)("the detailed reports among the samples", () => {
  it.each(xmlNames)("%s gives name, UUID and memory of every GPU", (name) => {
    const xml = readSample(name);
    // The parts of a divided GPU have memory of their own.
    const blocks = xml
      .replace(/<mig_devices>.*?<\/mig_devices>/gs, "")
      .split(/<gpu id=/)
      .slice(1);
    const { gpus } = parseDetails(xml);
    expect(gpus).toHaveLength(blocks.length);
    for (const [place, gpu] of gpus.entries()) {
      const block = blocks[place] ?? "";
      expectValue(gpu, "name", byEye(block, /<product_name>([^<]*)</));
      expectValue(gpu, "uuid", byEye(block, /<uuid>([^<]*)</));
      expectValue(gpu, "memoryTotalMiB", byEye(block, /<fb_memory_usage>\s*<total>([^<]*)</));
      expect(gpu.busId).toMatch(/^[0-9A-F]{8}:[0-9A-F]{2}:[0-9A-F]{2}\.\d$/);
    }
    expect(unsoundNumber(gpus)).toBeUndefined();
  });

  it.each(xmlNames)("%s gives its temperature, power draw and power limit", (name) => {
    const xml = readSample(name);
    const block = xml.split(/<gpu id=/)[1] ?? "";
    const [gpu] = parseDetails(xml).gpus;
    const temperature = byEye(block, /<gpu_temp>(\d+) C</);
    expect(gpu?.temperatureC).toBe(temperature === undefined ? undefined : Number(temperature));
    const power = /<(?:gpu_)?power_readings>(.*?)<\/(?:gpu_)?power_readings>/s.exec(block)?.[1] ?? "";
    const draw = byEye(power, /<(?:average_|instant_)?power_draw>([\d.]+) W</);
    expect(gpu?.powerDrawW).toBe(draw === undefined ? undefined : Number(draw));
    const limit = byEye(power, /<(?:current|enforced)_power_limit>([\d.]+) W</);
    expect(gpu?.powerLimitW).toBe(limit === undefined ? undefined : Number(limit));
  });

  it("tells a lost GPU from the healthy one beside it", () => {
    const { gpus } = parseDetails(readSample("nvk8sti__qx-gb200-lost.xml"));
    expect(gpus.map(({ lost }) => lost)).toEqual([undefined, "GPU is lost"]);
    expect(gpus[1]?.absent).toMatchObject({ temperatureC: "lost", memoryTotalMiB: "lost", powerDrawW: "lost" });
    expect(gpus[1]?.remappedRows).toBeUndefined();
  });

  it("counts injected memory errors and sees the failed row remapping", () => {
    const [gpu] = parseDetails(readSample("nvk8sti__qx-gb200-ecc-injected.xml")).gpus;
    expect(gpu?.ecc).toMatchObject({ enabled: true, volatileUncorrected: 5, aggregateUncorrected: 8 });
    expect(gpu?.remappedRows).toMatchObject({ failure: true, uncorrectable: 1 });
  });

  it("lists the parts of a GPU under MIG, whose utilisation is absent", () => {
    const [gpu] = parseDetails(readSample("telegraf__a100-sxm4-v12.xml")).gpus;
    expect(gpu?.migEnabled).toBe(true);
    expect(gpu?.migDevices.map((device) => device.gpuInstanceId)).toEqual([3, 4, 5, 6]);
    expect(gpu?.migDevices[0]).toMatchObject({ index: 0, memoryUsedMiB: 12, memoryTotalMiB: 19968 });
    expect(gpu?.absent["utilizationPercent"]).toBe("not-supported");
  });

  it("reads the degraded fabric and the processes of the Windows report", () => {
    const fabric = parseDetails(readSample("nvk8sti__qx-gb200-fabric-degraded.xml")).gpus.map((gpu) => gpu.fabric);
    expect(fabric.some((state) => state?.health === "Unhealthy")).toBe(true);
    const windows = parseDetails(readSample("telegraf__rtx-3080-v12.xml"));
    expect(windows.gpus[0]?.driverModel).toBe("WDDM");
    for (const { name } of windows.gpus[0]?.processes ?? []) expect(name ?? "").not.toMatch(/[\\/]/);
  });
});

const csvNames = sampleNames("split", "query-gpu.csv");

describe.skipIf(!samplesExist)("the readings among the samples", () => {
  it.each(csvNames)("%s agrees with what -q printed at the same time", (name) => {
    const [gpu, ...others] = readingsOf(readSample(name)).gpus;
    const report = readSample(name.replace("query-gpu.csv", "q.txt"));
    expect(others).toEqual([]);
    if (!gpu) throw new Error("There is no reading.");
    expectValue(gpu, "name", byEye(report, /Product Name\s+: (.*)/));
    expectValue(gpu, "uuid", byEye(report, /GPU UUID\s+: (.*)/));
    expectValue(gpu, "memoryTotalMiB", byEye(report, /^ {4}FB Memory Usage\s+Total\s+: (.*)/m));
    expect(gpu.busId).toBe(byEye(report, /Bus Id\s+: (.*)/));
    expect(unsoundNumber(gpu)).toBeUndefined();
  });

  it.each(csvNames)("%s reads the same with the columns in another order and without units", (name) => {
    const [header = "", row = ""] = readSample(name).split("\n");
    const cells = row.split(", ").map((cell) => cell.replace(/^(-?[\d.]+) (?:%|MiB|MHz|W|us|ms|seconds|W\/s)$/, "$1"));
    const reversed = `${header.split(", ").reverse().join(", ")}\n${cells.reverse().join(", ")}\n`;
    expect(readingsOf(reversed).gpus[0]).toEqual({
      ...readingsOf(readSample(name)).gpus[0],
      // Of two power limits the first column with a value wins, and they may differ by a rounding.
      powerLimitW: expect.any(Number) as number,
      powerDrawW: expect.any(Number) as number,
    });
  });

  it.each(csvNames)("%s streams as it reads at once", (name) => {
    const parser = createGpuStreamParser("windows", NONCE);
    const events = parser.push(utf8Of(readSample(name).replaceAll("\n", "\r\n")), 5);
    const streamed = events.flatMap((event) => (event.kind === "sample" ? [event.sample] : []));
    expect(streamed.map((sample) => ({ ...sample, gpus: sample.gpus.map(plainReading) }))).toEqual([
      { at: 5, ...readingsOf(readSample(name)) },
    ]);
    expect(events).toHaveLength(1);
  });

  it.each(sampleNames("split", "compute-apps.csv"))("%s is a list of processes or a typed error", (name) => {
    // These captures ask for eight columns; ours are four of them, the name last.
    const lines = readSample(name).trimEnd().split("\n").slice(1);
    const ours = lines.map((line) => line.split(", ")).map((cell) => [cell[5], cell[4], cell[7], cell[6]].join(", "));
    const text = ["pid, gpu_uuid, used_gpu_memory [MiB], process_name", ...ours, ""].join("\n");
    const processes = processesProbe(NONCE).parse(answer(text));
    expect(processes.map(({ pid }) => String(pid))).toEqual(lines.map((line) => line.split(", ")[5]));
    for (const { usedMemoryMiB, name: program } of processes) {
      expect(usedMemoryMiB).toBeGreaterThan(0);
      expect(program).toMatch(/^[\w.-]+$/);
    }
  });

  it.each(sampleNames("", ".txt"))(
    "%s: the fields chosen are all in its own help, and its header knows them",
    (name) => {
      const capture = readSample(name);
      const help = sectionOf(capture, "nvidia-smi --help-query-gpu");
      const fields = chooseFields(help);
      expect(fields.length).toBeGreaterThanOrEqual(18);
      for (const field of fields) expect(help).toContain(`"${field}"`);
    },
  );
});

describe.skipIf(!samplesExist)("every file among the samples", () => {
  const names = [...sampleNames(), ...sampleNames("split"), ...sampleNames("errors")];

  it.each(names)("%s gives every parser a value or a typed error", (name) => {
    const text = readSample(name);
    const stream = createGpuStreamParser("windows", NONCE);
    const outcomes = [
      outcomeOf(() => parseDetails(text)),
      outcomeOf(() => sampleProbe([], NONCE).parse(windowsAnswer(text), 1)),
      outcomeOf(() => sampleProbe([], NONCE).parse(answer(text, 255), 1)),
      outcomeOf(() => processesProbe(NONCE).parse(answer(text))),
      parseKernelLog(text),
      chooseFields(text),
      [...stream.push(utf8Of(text), 1), ...stream.flush(1), ...stream.end(1, 1)],
    ];
    expect(unsoundNumber(outcomes)).toBeUndefined();
    expect(outcomes.at(0) instanceof GpuDevError).toBe(!name.endsWith(".xml"));
  });
});
