import { normalBusId, parseNumber, parseText, type Cell } from "./placeholder.ts";
import type { Absence, GpuGauges, ThrottleReason } from "./reading.ts";
import { REASON_ELEMENTS } from "./throttle.ts";
import type { Texts, Wanted } from "./xml.ts";

const LEAF: Wanted = {};
const leaves = (...names: readonly string[]): Wanted => Object.fromEntries(names.map((name) => [name, LEAF]));

const REASONS = Object.keys(REASON_ELEMENTS);
const POWER = leaves(
  "power_draw",
  "average_power_draw",
  "instant_power_draw",
  "current_power_limit",
  "enforced_power_limit",
  "power_limit",
);
const MEMORY = leaves("total", "used");
const PRE_TURING_ECC: Wanted = { single_bit: leaves("total"), double_bit: leaves("total") };
const ECC: Wanted = {
  ...PRE_TURING_ECC,
  ...leaves(
    "sram_correctable",
    "sram_uncorrectable",
    "sram_uncorrectable_parity",
    "sram_uncorrectable_secded",
    "dram_correctable",
    "dram_uncorrectable",
  ),
};

/** What is read of one `<gpu>`, under every name an element has had since driver 352. */
const GPU: Wanted = {
  ...leaves(
    "product_name",
    "product_architecture",
    "serial",
    "uuid",
    "persistence_mode",
    "compute_mode",
    "fan_speed",
    "performance_state",
    "gpu_recovery_action",
  ),
  mig_mode: leaves("current_mig"),
  mig_devices: {
    mig_device: {
      ...leaves("index", "gpu_instance_id", "compute_instance_id", "device_name"),
      fb_memory_usage: MEMORY,
    },
  },
  driver_model: leaves("current_dm"),
  gpu_virtualization_mode: leaves("virtualization_mode"),
  vgpu_software_licensed_product: leaves("license_status"),
  pci: {
    pci_bus_id: LEAF,
    pci_gpu_link_info: {
      pcie_gen: leaves("current_link_gen", "max_link_gen"),
      link_widths: leaves("current_link_width", "max_link_width"),
    },
  },
  clocks_event_reasons: leaves(...REASONS.map((reason) => `clocks_event_reason_${reason}`)),
  clocks_throttle_reasons: leaves(...REASONS.map((reason) => `clocks_throttle_reason_${reason}`)),
  fb_memory_usage: MEMORY,
  utilization: leaves("gpu_util", "memory_util"),
  ecc_mode: leaves("current_ecc"),
  ecc_errors: { volatile: ECC, aggregate: ECC },
  retired_pages: leaves("pending_retirement", "pending_blacklist"),
  remapped_rows: leaves("remapped_row_corr", "remapped_row_unc", "remapped_row_pending", "remapped_row_failure"),
  gpu_reset_status: leaves("reset_required", "drain_and_reset_recommended"),
  temperature: leaves("gpu_temp", "memory_temp", "gpu_temp_slow_threshold", "gpu_temp_max_threshold"),
  gpu_power_readings: POWER,
  power_readings: POWER,
  clocks: leaves("sm_clock", "mem_clock"),
  fabric: { ...leaves("state", "status"), health: leaves("summary") },
  processes: { process_info: leaves("pid", "process_name", "used_memory") },
};

export const REPORT: Wanted = {
  ...leaves("driver_version", "kmd_version", "cuda_version", "cuda_umd_version", "attached_gpus"),
  gpu: GPU,
};

/** The elements that repeat. */
export const RECORDS = ["gpu", "gpu/mig_devices/mig_device", "gpu/processes/process_info"];

/** Where each gauge stands, best source first: the average draw is also what `power.draw` of the CSV means. */
export const GAUGES: Readonly<Record<keyof GpuGauges, readonly string[]>> = {
  utilizationPercent: ["utilization/gpu_util"],
  memoryUtilizationPercent: ["utilization/memory_util"],
  memoryUsedMiB: ["fb_memory_usage/used"],
  memoryTotalMiB: ["fb_memory_usage/total"],
  temperatureC: ["temperature/gpu_temp"],
  memoryTemperatureC: ["temperature/memory_temp"],
  powerDrawW: [
    "gpu_power_readings/power_draw",
    "gpu_power_readings/average_power_draw",
    "gpu_power_readings/instant_power_draw",
    "power_readings/power_draw",
  ],
  powerLimitW: [
    "gpu_power_readings/current_power_limit",
    "power_readings/enforced_power_limit",
    "gpu_power_readings/power_limit",
    "power_readings/power_limit",
  ],
  smClockMHz: ["clocks/sm_clock"],
  memoryClockMHz: ["clocks/mem_clock"],
  fanPercent: ["fan_speed"],
};

/** The first of several texts that holds a value, else why the first one present does not. */
export function firstOf<T>(texts: Texts, paths: readonly string[], parse: (text: string) => Cell<T>): Cell<T> {
  let absence: Absence | undefined;
  for (const path of paths) {
    const text = textAt(texts, path);
    if (text === undefined) continue;
    const cell = parse(text);
    if ("value" in cell) return cell;
    absence ??= cell.absence;
  }
  return { absence: absence ?? "not-supported" };
}

/** The text of an element, or the one that its parent holds in place of all its parts, such as "GPU is lost". */
function textAt(texts: Texts, path: string): string | undefined {
  const own = texts.get(path);
  if (own !== undefined) return own;
  const slash = path.lastIndexOf("/");
  return slash < 0 ? undefined : textAt(texts, path.slice(0, slash));
}

/** Undefined where there is no value, or one that is no number. */
export function numberAt(texts: Texts, ...paths: readonly string[]): number | undefined {
  const cell = firstOf(texts, paths, (text) => parseNumber(text));
  return "value" in cell ? cell.value : undefined;
}

export function textOf(texts: Texts, ...paths: readonly string[]): string | undefined {
  const cell = firstOf(texts, paths, parseText);
  return "value" in cell ? cell.value : undefined;
}

const SWITCHES: Readonly<Record<string, boolean>> = { Yes: true, No: false, Enabled: true, Disabled: false };

/** Yes and No, Enabled and Disabled; undefined for everything else. */
export function switchAt(texts: Texts, ...paths: readonly string[]): boolean | undefined {
  const text = textOf(texts, ...paths);
  return text !== undefined && Object.hasOwn(SWITCHES, text) ? SWITCHES[text] : undefined;
}

/** Undefined where the driver does not report reasons. */
export function reasonsAt(texts: Texts): readonly ThrottleReason[] | undefined {
  const states = Object.entries(REASON_ELEMENTS).map(([element, reason]) => ({
    reason,
    state:
      texts.get(`clocks_event_reasons/clocks_event_reason_${element}`) ??
      texts.get(`clocks_throttle_reasons/clocks_throttle_reason_${element}`),
  }));
  const reported = states.some(({ state }) => state === "Active" || state === "Not Active");
  return reported ? states.filter(({ state }) => state === "Active").map(({ reason }) => reason) : undefined;
}

export function busIdAt(texts: Texts, id: string | undefined): string | undefined {
  return normalBusId(texts.get("pci/pci_bus_id") ?? "") ?? normalBusId(id ?? "");
}

/** The same fields without those that have no value, as `exactOptionalPropertyTypes` wants them. */
export function present<T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}
