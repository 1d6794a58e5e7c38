import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { boards, type Board } from "../../sandbox/machine/boards.ts";
import { gpuCsv, gpuFieldHelp, processCsv } from "../../sandbox/machine/csv.ts";
import { textReport, xmlReport } from "../../sandbox/machine/gpuReport.ts";
import type { Machine, MigSlice } from "../../sandbox/machine/machine.ts";
import { momentsAt, type GpuMoment } from "../../sandbox/machine/moment.ts";
import { table } from "../../sandbox/machine/table.ts";

const SAMPLES = path.resolve("../shared/nvidia-smi-samples");
const sample = (name: string): string => readFileSync(path.join(SAMPLES, name), "utf8");

const NOON = Date.UTC(2026, 6, 14, 12);

function machineOf(board: Board, driver: string, mig?: readonly MigSlice[]): Machine {
  return {
    hostname: "sample",
    driver: { version: driver, cuda: "13.1" },
    gpus: [
      {
        board,
        busId: "00000000:00:09.0",
        uuid: "GPU-00000000-0000-0000-0000-000000000000",
        serial: "0000000000000",
        workload: "training",
        processes: [{ pid: 11327, name: "/root/tools/memhog", user: "root", share: 0.5, startedBeforeMs: 0 }],
        ...(mig ? { mig } : {}),
      },
    ],
  };
}

const momentsOf = (machine: Machine): readonly GpuMoment[] => momentsAt(machine, NOON, () => "healthy");

/** A value reduced to its form: numbers and identifiers alike, states of a flag alike. */
function form(value: string): string {
  return value
    .trim()
    .replace(/^(Active|Not Active)$/, "<flag>")
    .replace(/^(Enabled|Disabled)$/, "<mode>")
    .replace(/^(Pass-Through|None|HMM)$/, "<word>")
    .replaceAll(/0x[0-9A-Fa-f]+/g, "0x#")
    .replaceAll(/\b[0-9A-F]{2,}\b(?=\.|$)/g, "9")
    .replaceAll(/-?\d+/g, "9")
    .replaceAll(/(9\.)+9(?![\w.])/g, "9.9");
}

const SLICES: readonly MigSlice[] = [2, 3, 9, 10].map((gpuInstance) => ({
  profile: "1g.10gb",
  uuid: `MIG-0000000${gpuInstance}-0000-0000-0000-000000000000`,
  gpuInstance,
  memoryMiB: 9984,
  multiprocessors: 16,
  copyEngines: 1,
  decoders: 1,
}));

describe.skipIf(!existsSync(SAMPLES))("the simulated nvidia-smi against captures of real ones", () => {
  const csvCases = [
    { file: "h100-80gb-hbm3__590.48.01__idle", board: boards.h100, driver: "590.48.01", differs: [] },
    { file: "h100-80gb-hbm3__590.48.01__load", board: boards.h100, driver: "590.48.01", differs: [] },
    { file: "l40s__595.80__load", board: boards.l40s, driver: "595.80", differs: [] },
  ];
  it.each(csvCases)("answers every field of $file in the same form", ({ file, board, driver, differs }) => {
    const [header = "", row = ""] = sample(`split/linux-x86_64__nvidia-${file}__query-gpu.csv`).split("\n");
    const names = header.split(", ").map((title) => title.replace(/ \[.*\]$/, ""));
    const machine = machineOf(board, driver);
    const answer = gpuCsv(machine, names.join(","), momentsOf(machine), true);
    if (answer.kind === "unknown") throw new Error(answer.message);
    expect(answer.header).toBe(header);
    const ours = answer.rows[0]?.split(", ") ?? [];
    const differences = row.split(", ").flatMap((value, index) => {
      const name = names[index] ?? "";
      const mine = ours[index] ?? "";
      return form(value) === form(mine) ? [] : [`${name}: ${value} | ${mine}`];
    });
    expect(differences).toEqual(differs);
  });

  it.each(["h100-80gb-hbm3__590.48.01", "l40s__595.80", "geforce-rtx-2080-super__610.57.04"])(
    "lists the fields of %s in its help, with their other names",
    (file) => {
      const capture = sample(`nvgpuexp__linux-x86_64__nvidia-${file}.txt`);
      const start = capture.indexOf('for the switch "--query-gpu"');
      const help = capture.slice(start, capture.indexOf("# $ nvidia-smi --help-query-compute-apps"));
      const driver = file.split("__")[1] ?? "";
      expect(namesIn(gpuFieldHelp({ version: driver, cuda: "13" }))).toEqual(namesIn(help));
    },
  );

  const textCases = [
    { file: "h100-80gb-hbm3__590.48.01__load", board: boards.h100, driver: "590.48.01" },
    { file: "l40s__595.80__load", board: boards.l40s, driver: "595.80" },
    { file: "h100-mig__590.48.01__load", board: boards.h100, driver: "590.48.01", mig: SLICES },
  ];
  it.each(textCases)("reports $file with -q line by line in the same form", ({ file, board, driver, mig }) => {
    const machine = machineOf(board, driver, mig);
    const real = reportLines(sample(`split/linux-x86_64__nvidia-${file}__q.txt`));
    const ours = reportLines(textReport(machine, momentsOf(machine), NOON));
    expect(withoutChance(ours)).toEqual(withoutChance(real));
  });

  const xmlCases = [
    { file: "nvk8sti__hardware-qx-h100.xml", board: boards.h100, driver: "580.105.08" },
    { file: "nvk8sti__hardware-qx-l40s.xml", board: boards.l40s, driver: "595.91.07" },
    { file: "nvk8sti__hardware-qx-a100.xml", board: boards.a100, driver: "570.148.08" },
    { file: "telegraf__a100-sxm4-v12.xml", board: boards.a100, driver: "535.54.03", mig: SLICES },
    { file: "telegraf__a10g.xml", board: boards.a10, driver: "515.105.01" },
  ];
  it.each(xmlCases)("reports $file with -q -x element by element in the same form", ({ file, board, driver, mig }) => {
    const machine = machineOf(board, driver, mig);
    const real = elements(sample(file));
    const ours = elements(xmlReport(machine, momentsOf(machine), NOON));
    expect(withoutChance(ours)).toEqual(withoutChance(real));
  });

  it("draws the table of a loaded H100 with the same columns", () => {
    const machine = machineOf(boards.h100, "590.48.01");
    const shape = (text: string): readonly string[] =>
      text
        .split("\n")
        .slice(1, 15)
        .map((line) => line.replaceAll(/[^|+=-]/g, " ").trimEnd());
    const real = sample("split/linux-x86_64__nvidia-h100-80gb-hbm3__590.48.01__load__table.txt");
    expect(shape(table(machine, momentsOf(machine), NOON))).toEqual(shape(real));
  });

  it("lists processes in the form of a loaded H100", () => {
    const [header = "", row = ""] = sample(
      "split/linux-x86_64__nvidia-h100-80gb-hbm3__590.48.01__load__compute-apps.csv",
    ).split("\n");
    const names = header.split(", ").map((title) => title.replace(/ \[.*\]$/, ""));
    const machine = machineOf(boards.h100, "590.48.01");
    const answer = processCsv(names.join(","), momentsOf(machine), true);
    if (answer.kind === "unknown") throw new Error(answer.message);
    expect(answer.header).toBe(header);
    expect(answer.rows[0]?.split(", ").map(form)).toEqual(row.split(", ").map(form));
  });
});

describe("the generations of drivers", () => {
  const ask = (board: Board, driver: string, fields: string) => {
    const machine = machineOf(board, driver);
    return gpuCsv(machine, fields, momentsOf(machine), false);
  };

  it.each([
    ["450.248.02", "clocks_throttle_reasons.active", "0x0000000000000000"],
    ["450.248.02", "fan.speed", "[Not Supported]"],
    ["470.256.02", "fan.speed", "[N/A]"],
    ["535.183.06", "clocks_throttle_reasons.active", "0x0000000000000000"],
    ["535.183.06", "clocks_event_reasons.active", "0x0000000000000000"],
    ["580.105.08", "gpu_recovery_action", "None"],
    ["610.57.04", "kmd_version", "610.57.04"],
  ])("%s answers %s with %s", (driver, field, value) => {
    expect(ask(boards.v100, driver, field)).toMatchObject({ rows: [value] });
  });

  it.each([
    ["450.248.02", "memory.reserved"],
    ["470.256.02", "clocks_event_reasons.active"],
    ["550.163.01", "gpu_recovery_action"],
    ["580.105.08", "kmd_version"],
  ])("%s does not know %s", (driver, field) => {
    expect(ask(boards.v100, driver, field)).toEqual({
      kind: "unknown",
      message: `Field "${field}" is not a valid field to query.\n\n`,
    });
  });

  it.each([
    ["470.256.02", "<power_readings>", "<clocks_throttle_reasons>"],
    ["550.163.01", "<gpu_power_readings>", "<gpu_reset_status>"],
    ["580.105.08", "<instant_power_draw>", "<gpu_recovery_action>"],
    ["610.57.04", "<kmd_version>", "Use KMD Version instead]</driver_version>"],
  ])("%s reports %s and %s", (driver, ...parts) => {
    const machine = machineOf(boards.v100, driver);
    const report = xmlReport(machine, momentsOf(machine), NOON);
    for (const part of parts) expect(report).toContain(part);
  });
});

/** What depends on the mainboard, the fan and the history of the one machine that was captured. */
const CHANCE = /Atomic Caps|latest_(timestamp|duration)|max_host_link_gen|part_number|product_name|fan_speed/;
const withoutChance = (lines: readonly string[]): readonly string[] => lines.filter((line) => !CHANCE.test(line));

const namesIn = (help: string): readonly string[] => help.match(/^"[\w.]+"( or "[\w.]+")*$/gm) ?? [];

/** Labels with their indentation, and the form of each value; up to the list of processes, whose length is by chance. */
function reportLines(report: string): readonly string[] {
  const body = report.slice(report.indexOf("GPU 0000"), report.indexOf("    Processes"));
  return body.split("\n").map((line) => {
    const colon = line.indexOf(" : ");
    return colon < 0
      ? line.trimEnd().replace(/[0-9A-F]/g, "9")
      : `${line.slice(0, colon)}: ${form(line.slice(colon + 3))}`;
  });
}

/** Path and form of each value of the first GPU; not of the lists of clocks and processes, whose lengths are by chance. */
function elements(xml: string): readonly string[] {
  const first = xml.slice(xml.indexOf("<gpu "), xml.indexOf("</gpu>"));
  const body = first.replaceAll(/<(supported_clocks|processes|mig_devices)>[^]*?<\/\1>/g, "<$1></$1>");
  const found: string[] = [];
  const open: string[] = [];
  for (const [, slash, tag = "", closed, text = ""] of body.matchAll(/<(\/?)([\w-]+)[^>]*?(\/?)>([^<]*)/g)) {
    if (!slash) open.push(tag);
    if (!slash) found.push(`${open.join("/")} ${form(text)}`);
    if (slash || closed) open.pop();
  }
  return found;
}
