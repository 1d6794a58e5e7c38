import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import { addNotice, linesOf, MAX_ANSWER_LENGTH, tooLong, valueOf } from "./csv.ts";
import {
  busIdAt,
  firstOf,
  GAUGES,
  numberAt,
  present,
  reasonsAt,
  RECORDS,
  REPORT,
  switchAt,
  textOf,
} from "./detailFields.ts";
import type { EccCounts, GpuDetail, GpuDetails, MigDevice, RemappedRows } from "./details.ts";
import { nvidiaSmiError } from "./exitCodes.ts";
import { answerOf, nvidiaSmiCommand } from "./framing.ts";
import { unreachableGpu } from "./notices.ts";
import { firstWord, parseNumber, parseText } from "./placeholder.ts";
import type { Probe } from "./probe.ts";
import { baseName } from "./processes.ts";
import type { Absence, GpuGauges } from "./reading.ts";
import { readXml, xmlShape, type Texts, type XmlRecord } from "./xml.ts";

/** `nvidia-smi -q -x`. Loads the XML parser: import this file when first needed, by `await import()`. */
export function detailsProbe(nonce: string): Probe<GpuDetails> {
  return {
    command: (shell) => nvidiaSmiCommand(shell, ["-q", "-x"], nonce),
    parse: (result) => {
      const { body, exitCode } = answerOf(result, nonce);
      // A lost GPU gives an exit code of failure with a whole report of the others.
      const error = body.includes(ROOT_END) ? undefined : nvidiaSmiError(exitCode, `${body}\n${result.stderr}`);
      if (error) throw error;
      return parseDetails(body);
    },
  };
}

const ROOT = "nvidia_smi_log";
const ROOT_END = `</${ROOT}>`;
const SHAPE = xmlShape(ROOT, REPORT, RECORDS);

/** The report as text to values. Throws GpuDevError for anything but one whole report of at most 4 MB. */
export function parseDetails(report: string): GpuDetails {
  if (report.length > MAX_ANSWER_LENGTH) throw tooLong();
  const { document, remarks } = separate(report);
  const root = read(document);
  const { texts } = root;
  const records = root.records.get("gpu") ?? [];
  const lost = lostIn(remarks);
  // Positions are indexes only while no GPU is left out of the report.
  const complete = numberAt(texts, "attached_gpus") === records.length && lost.length === 0;
  const driverVersion = textOf(texts, "driver_version");
  // Driver 610 puts a remark in place of the version, or behind it.
  const driver = driverVersion !== undefined && /^\d/.test(driverVersion) ? firstWord(driverVersion) : undefined;
  const host = present({ driverVersion: driver ?? textOf(texts, "kmd_version") });
  return {
    ...host,
    ...present({ cudaVersion: textOf(texts, "cuda_version", "cuda_umd_version") }),
    gpus: [
      ...records.map((record, place) => ({ ...toDetail(record), ...host, ...(complete ? { index: place } : {}) })),
      ...lost,
    ],
  };
}

/** The XML, and the lines around it: errors about single GPUs are printed there. */
function separate(report: string): { document: string; remarks: readonly string[] } {
  const start = report.search(/<\?xml|<!DOCTYPE|<nvidia_smi_log/);
  const close = report.lastIndexOf(ROOT_END);
  if (start < 0 || close < start) throw unreadable(new Error("There is no whole report."));
  const end = close + ROOT_END.length;
  const remarks: string[] = [];
  for (const line of linesOf(`${report.slice(0, start)}\n${report.slice(end)}`)) addNotice(remarks, line);
  return { document: report.slice(start, end), remarks };
}

function read(document: string): XmlRecord {
  try {
    return readXml(document, SHAPE);
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(cause: unknown): GpuDevError {
  return new GpuDevError(
    "unreadable-answer",
    sentence("The detailed report of nvidia-smi was cut off or damaged. The readings are not affected; try again."),
    { cause },
  );
}

function lostIn(remarks: readonly string[]): readonly GpuDetail[] {
  return remarks.flatMap((remark) => {
    const gpu = unreachableGpu(remark);
    return gpu ? [{ ...gpu, lost: remark, migDevices: [], processes: [], absent: {} }] : [];
  });
}

type Measured = { -readonly [Key in keyof GpuGauges]?: GpuGauges[Key] };
type Identity = Partial<Record<"uuid" | "name" | "performanceState", string>>;

const IDENTITY = [
  ["uuid", "uuid"],
  ["name", "product_name"],
  ["performanceState", "performance_state"],
] as const;

function toDetail({ id, texts, records }: XmlRecord): GpuDetail {
  const absent: Record<string, Absence> = {};
  const measured: Measured = {};
  for (const key of Object.keys(GAUGES) as (keyof GpuGauges)[]) {
    const cell = firstOf(texts, GAUGES[key], parseReading);
    if ("value" in cell) measured[key] = cell.value;
    else absent[key] = cell.absence;
  }
  const identity: Identity = {};
  for (const [key, path] of IDENTITY) {
    const cell = firstOf(texts, [path], parseText);
    if ("value" in cell) identity[key] = cell.value;
    else absent[key] = cell.absence;
  }
  return {
    ...identity,
    ...measured,
    ...present({ busId: busIdAt(texts, id), lost: lossOf(texts, absent) }),
    ...describe(texts),
    migDevices: (records.get("mig_devices/mig_device") ?? []).map(toMigDevice),
    processes: (records.get("processes/process_info") ?? []).flatMap(toProcess),
    absent,
  };
}

const parseReading = (text: string): ReturnType<typeof parseNumber> => parseNumber(text);

/** A GPU counts as lost when it says so of its readings, or in place of all of them. */
function lossOf(texts: Texts, absent: Readonly<Record<string, Absence>>): string | undefined {
  const own = texts.get("gpu");
  if (own !== undefined) return own;
  return absent["temperatureC"] === "lost" || absent["memoryTotalMiB"] === "lost" ? "GPU is lost" : undefined;
}

function describe(texts: Texts): Partial<GpuDetail> {
  return {
    ...present({
      architecture: textOf(texts, "product_architecture"),
      serial: textOf(texts, "serial"),
      recoveryAction: recoveryOf(texts),
      retiredPagesPending: switchAt(texts, "retired_pages/pending_retirement", "retired_pages/pending_blacklist"),
      throttleReasons: reasonsAt(texts),
      migEnabled: switchAt(texts, "mig_mode/current_mig"),
      virtualizationMode: textOf(texts, "gpu_virtualization_mode/virtualization_mode"),
      vgpuLicense: textOf(texts, "vgpu_software_licensed_product/license_status"),
      driverModel: textOf(texts, "driver_model/current_dm"),
      slowdownTemperatureC: numberAt(texts, "temperature/gpu_temp_slow_threshold"),
      shutdownTemperatureC: numberAt(texts, "temperature/gpu_temp_max_threshold"),
      persistenceMode: switchAt(texts, "persistence_mode"),
      computeMode: textOf(texts, "compute_mode"),
    }),
    ...parts({ ecc: toEcc(texts), remappedRows: toRemappedRows(texts), fabric: toFabric(texts), pcie: toPcie(texts) }),
  };
}

/** "None" is a value here. Drivers before 570 say the same with two switches. */
function recoveryOf(texts: Texts): string | undefined {
  const action = texts.get("gpu_recovery_action");
  if (action === "None") return action;
  if (switchAt(texts, "gpu_reset_status/drain_and_reset_recommended") === true) return "Drain and Reset";
  if (switchAt(texts, "gpu_reset_status/reset_required") === true) return "Reset";
  return textOf(texts, "gpu_recovery_action");
}

function toEcc(texts: Texts): EccCounts {
  return present({
    enabled: switchAt(texts, "ecc_mode/current_ecc"),
    volatileCorrected: corrected(texts, "ecc_errors/volatile"),
    volatileUncorrected: uncorrected(texts, "ecc_errors/volatile"),
    aggregateCorrected: corrected(texts, "ecc_errors/aggregate"),
    aggregateUncorrected: uncorrected(texts, "ecc_errors/aggregate"),
  });
}

// Kepler to Pascal count single and double bits, Turing and later SRAM and DRAM, driver 570 and later the SRAM twice.
const corrected = (texts: Texts, path: string): number | undefined =>
  numberAt(texts, `${path}/single_bit/total`) ??
  sum(numberAt(texts, `${path}/sram_correctable`), numberAt(texts, `${path}/dram_correctable`));

const uncorrected = (texts: Texts, path: string): number | undefined =>
  numberAt(texts, `${path}/double_bit/total`) ??
  sum(
    numberAt(texts, `${path}/sram_uncorrectable`),
    numberAt(texts, `${path}/sram_uncorrectable_parity`),
    numberAt(texts, `${path}/sram_uncorrectable_secded`),
    numberAt(texts, `${path}/dram_uncorrectable`),
  );

/** Of those that are known; undefined where none is. */
function sum(...counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, count) => total + count, 0);
}

function toRemappedRows(texts: Texts): RemappedRows {
  return present({
    correctable: numberAt(texts, "remapped_rows/remapped_row_corr"),
    uncorrectable: numberAt(texts, "remapped_rows/remapped_row_unc"),
    pending: switchAt(texts, "remapped_rows/remapped_row_pending"),
    failure: switchAt(texts, "remapped_rows/remapped_row_failure"),
  });
}

function toFabric(texts: Texts): NonNullable<GpuDetail["fabric"]> {
  return present({
    state: textOf(texts, "fabric/state"),
    status: textOf(texts, "fabric/status"),
    health: textOf(texts, "fabric/health/summary"),
  });
}

function toPcie(texts: Texts): NonNullable<GpuDetail["pcie"]> {
  const link = "pci/pci_gpu_link_info";
  return present({
    generation: numberAt(texts, `${link}/pcie_gen/current_link_gen`),
    maxGeneration: numberAt(texts, `${link}/pcie_gen/max_link_gen`),
    width: numberAt(texts, `${link}/link_widths/current_link_width`),
    maxWidth: numberAt(texts, `${link}/link_widths/max_link_width`),
  });
}

/** Only the parts that hold something. */
function parts<T extends Record<string, object>>(all: T): Partial<T> {
  return Object.fromEntries(Object.entries(all).filter(([, part]) => Object.keys(part).length > 0)) as Partial<T>;
}

function toMigDevice({ texts }: XmlRecord): MigDevice {
  return present({
    index: numberAt(texts, "index"),
    gpuInstanceId: numberAt(texts, "gpu_instance_id"),
    computeInstanceId: numberAt(texts, "compute_instance_id"),
    name: textOf(texts, "device_name"),
    memoryUsedMiB: numberAt(texts, "fb_memory_usage/used"),
    memoryTotalMiB: numberAt(texts, "fb_memory_usage/total"),
  });
}

function toProcess({ texts }: XmlRecord): GpuDetail["processes"] {
  const pid = numberAt(texts, "pid");
  if (pid === undefined) return [];
  const used = valueOf(firstOf(texts, ["used_memory"], parseReading));
  return [{ pid, ...present({ name: baseName(texts.get("process_name") ?? ""), usedMemoryMiB: used }) }];
}
