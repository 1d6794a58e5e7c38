import { DEPRECATED, headNodes, identityNodes, memoryNodes, processNodes, since, until } from "./identityReport.ts";
import type { Machine } from "./machine.ts";
import { watts, type GpuMoment } from "./moment.ts";
import { both, group, inXml, toText, toXml, type ReportNode } from "./report.ts";

const NA = "N/A";
const CLOCK_STEP_MHZ = 15;

/** The answer to `nvidia-smi -q`. */
export function textReport(machine: Machine, moments: readonly GpuMoment[], atMs: number): string {
  const gpus = moments.map((moment) => `GPU ${moment.gpu.busId}\n${toText(gpuNodes(moment), 1)}`);
  const attached = `${"Attached GPUs".padEnd(55)}: ${machine.gpus.length}\n`;
  return `\n==============NVSMI LOG==============\n\n${toText(headNodes(machine, atMs))}\n${attached}${gpus.join("\n")}\n`;
}

/** The answer to `nvidia-smi -q -x`. */
export function xmlReport(machine: Machine, moments: readonly GpuMoment[], atMs: number): string {
  const driver = Number.parseInt(machine.driver.version, 10);
  const dtd = driver >= 580 ? 13 : driver >= 525 ? 12 : 11;
  const gpus = moments.map((moment) =>
    toXml([{ tag: "gpu", attributes: ` id="${moment.gpu.busId}"`, children: gpuNodes(moment) }]),
  );
  const head = toXml([...headNodes(machine, atMs), inXml("attached_gpus", machine.gpus.length)]);
  const doctype = `<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v${dtd}.dtd">`;
  return `<?xml version="1.0" ?>\n${doctype}\n<nvidia_smi_log>\n${head}${gpus.join("\n")}\n</nvidia_smi_log>\n`;
}

function gpuNodes(moment: GpuMoment): readonly ReportNode[] {
  const nodes = [
    ...identityNodes(moment),
    ...clockReasonNodes(moment),
    ...since(
      moment,
      570,
      both("Sparse Operation Mode", "sparse_operation_mode", moment.gpu.board.fabric ? "Disabled" : NA),
    ),
    ...memoryUseNodes(moment),
    both("Compute Mode", "compute_mode", "Default"),
    ...utilizationNodes(moment),
    ...errorNodes(moment),
    ...temperatureNodes(moment),
    ...powerNodes(moment),
    ...clockNodes(moment),
    ...fabricNodes(moment),
    supportedClocks(moment),
    ...processNodes(moment, (share) => Math.round(moment.activity.memoryUsedMiB * share)),
    { tag: "accounted_processes", children: [] },
    ...since(moment, 570, group("Capabilities", "capabilities", [both("EGM", "egm", "disabled")])),
  ];
  return moment.health === "lost" ? nodes.map(lost) : nodes;
}

const LOST_GROUPS = /^(fb_memory_usage|utilization|ecc_errors|remapped_rows|temperature|gpu_power_readings|clocks)$/;

/** A GPU that fell off the bus keeps what the driver remembers; each live value is replaced by the error. */
function lost(node: ReportNode): ReportNode {
  return LOST_GROUPS.test(node.tag ?? "") ? replaceValues(node) : node;
}

function replaceValues(node: ReportNode): ReportNode {
  if (node.children) return { ...node, children: node.children.map(replaceValues) };
  return { ...node, value: "GPU is lost" };
}

function clockReasonNodes(moment: GpuMoment): readonly ReportNode[] {
  const { throttle } = moment.activity;
  const word = moment.driver >= 535 ? "event" : "throttle";
  const title = moment.driver >= 535 ? "Event" : "Throttle";
  const reason = (label: string, name: string, active = false): ReportNode =>
    both(label, `clocks_${word}_reason_${name}`, active ? "Active" : "Not Active");
  const hardware = [
    reason("    HW Thermal Slowdown", "hw_thermal_slowdown"),
    reason("    HW Power Brake Slowdown", "hw_power_brake_slowdown"),
  ];
  const counter = (label: string, name: string): ReportNode =>
    both(label, `clocks_event_reasons_counters_${name}`, "0 us");
  return [
    group(`Clocks ${title} Reasons`, `clocks_${word}_reasons`, [
      reason("Idle", "gpu_idle", throttle.idle),
      reason("Applications Clocks Setting", "applications_clocks_setting"),
      reason("SW Power Cap", "sw_power_cap", throttle.softwarePowerCap),
      reason("HW Slowdown", "hw_slowdown"),
      ...hardware,
      reason("Sync Boost", "sync_boost"),
      reason("SW Thermal Slowdown", "sw_thermal_slowdown"),
      reason("Display Clock Setting", "display_clocks_setting"),
    ]),
    ...since(
      moment,
      580,
      group("Clocks Event Reasons Counters", "clocks_event_reasons_counters", [
        counter("SW Power Capping", "sw_power_cap"),
        counter("Sync Boost", "sync_boost"),
        counter("SW Thermal Slowdown", "sw_therm_slowdown"),
        counter("HW Thermal Slowdown", "hw_therm_slowdown"),
        counter("HW Power Braking", "hw_power_brake"),
      ]),
    ),
  ];
}

function memoryUseNodes(moment: GpuMoment): readonly ReportNode[] {
  const { board } = moment.gpu;
  const used = moment.activity.memoryUsedMiB;
  const frameBuffer = memoryNodes(board.memoryMiB, board.reservedMiB, used);
  const triple = (total: number, taken: number): readonly ReportNode[] =>
    memoryNodes(total, 0, taken).filter((node) => node.tag !== "reserved");
  const shown = moment.driver >= 510 ? frameBuffer : frameBuffer.filter((node) => node.tag !== "reserved");
  return [
    group("FB Memory Usage", "fb_memory_usage", shown),
    group("BAR1 Memory Usage", "bar1_memory_usage", triple(board.bar1MiB, 1)),
    ...since(moment, 535, group("Conf Compute Protected Memory Usage", "cc_protected_memory_usage", triple(0, 0))),
  ];
}

function utilizationNodes(moment: GpuMoment): readonly ReportNode[] {
  const { gpu, activity } = moment;
  const percent = (label: string, tag: string, value: number): ReportNode =>
    both(label, tag, gpu.mig ? NA : `${value} %`);
  const statistics = [
    both("Active Sessions", "session_count", 0),
    both("Average FPS", "average_fps", 0),
    both("Average Latency", "average_latency", 0),
  ];
  return [
    group("Utilization", "utilization", [
      // The older text says Gpu.
      percent(moment.driver >= 550 ? "GPU" : "Gpu", "gpu_util", activity.utilizationPercent),
      percent("Memory", "memory_util", activity.memoryUtilizationPercent),
      percent("Encoder", "encoder_util", 0),
      percent("Decoder", "decoder_util", 0),
      ...since(moment, 535, percent("JPEG", "jpeg_util", 0), percent("OFA", "ofa_util", 0)),
    ]),
    group("Encoder Stats", "encoder_stats", statistics),
    group("FBC Stats", "fbc_stats", statistics),
  ];
}

function errorNodes(moment: GpuMoment): readonly ReportNode[] {
  const pair = (name: string): readonly ReportNode[] => [
    both("Current", `current_${name}`, name === "ecc" ? "Enabled" : NA),
    both("Pending", `pending_${name}`, name === "ecc" ? "Enabled" : NA),
  ];
  return [
    ...since(moment, 570, group("DRAM Encryption Mode", "dram_encryption_mode", pair("dram_encryption"))),
    group(moment.driver >= 525 ? "ECC Mode" : "Ecc Mode", "ecc_mode", pair("ecc")),
    eccNodes(moment),
    group("Retired Pages", undefined, [
      { label: "Single Bit ECC", value: NA },
      { label: "Double Bit ECC", value: NA },
      { label: "Pending Page Blacklist", value: NA },
    ]),
    group(undefined, "retired_pages", [
      ...["multiple_single_bit_retirement", "double_bit_retirement"].map((tag) =>
        group(undefined, tag, [inXml("retired_count", NA), inXml("retired_pagelist", NA)]),
      ),
      inXml("pending_blacklist", NA),
      inXml("pending_retirement", NA),
    ]),
    remappedRows(moment),
  ];
}

function eccNodes(moment: GpuMoment): ReportNode {
  // Parity and SEC-DED are told apart on Ampere and newer, from driver 550 on.
  const split = moment.driver >= 550 && moment.gpu.board.remapperBanks > 0;
  const counts = (): readonly ReportNode[] => [
    both("SRAM Correctable", "sram_correctable", 0),
    ...(split
      ? [
          both("SRAM Uncorrectable Parity", "sram_uncorrectable_parity", 0),
          both("SRAM Uncorrectable SEC-DED", "sram_uncorrectable_secded", 0),
        ]
      : [both("SRAM Uncorrectable", "sram_uncorrectable", 0)]),
    both("DRAM Correctable", "dram_correctable", 0),
    both("DRAM Uncorrectable", "dram_uncorrectable", 0),
  ];
  const threshold = both("SRAM Threshold Exceeded", "sram_threshold_exceeded", "No");
  const sources = group("Aggregate Uncorrectable SRAM Sources", "aggregate_uncorrectable_sram_sources", [
    both("SRAM L2", "sram_l2", 0),
    both("SRAM SM", "sram_sm", 0),
    both("SRAM Microcontroller", "sram_microcontroller", 0),
    both("SRAM PCIE", "sram_pcie", 0),
    both("SRAM Other", "sram_other", 0),
  ]);
  return group("ECC Errors", "ecc_errors", [
    group("Volatile", "volatile", counts()),
    group("Aggregate", "aggregate", [...counts(), ...(split ? [threshold] : [])]),
    ...(split ? [sources] : []),
    ...(split ? since(moment, 580, both("Channel Repair Pending", "channel_repair_pending", "No")) : []),
    ...(split ? since(moment, 580, both("TPC Repair Pending", "tpc_repair_pending", "No")) : []),
    ...(split ? since(moment, 590, unrepairable(moment)) : []),
  ]);
}

const unrepairable = (moment: GpuMoment): ReportNode =>
  both("Unrepairable Memory", "unrepairable_memory", moment.gpu.board.fabric ? "No" : NA);

function remappedRows(moment: GpuMoment): ReportNode {
  const banks = moment.gpu.board.remapperBanks;
  if (banks === 0 || moment.gpu.mig) return both("Remapped Rows", "remapped_rows", NA);
  const level = (label: string, value: number): ReportNode =>
    both(label, `row_remapper_histogram_${label.toLowerCase()}`, `${value} bank(s)`);
  return group("Remapped Rows", "remapped_rows", [
    both("Correctable Error", "remapped_row_corr", 0),
    ...since(moment, 595, both("Inactive Correctable Error", "remapped_row_corr_inactive", 0)),
    both("Uncorrectable Error", "remapped_row_unc", 0),
    ...since(moment, 595, both("Inactive Uncorrectable Error", "remapped_row_unc_inactive", 0)),
    both("Pending", "remapped_row_pending", "No"),
    both("Remapping Failure Occurred", "remapped_row_failure", "No"),
    group("Bank Remap Availability Histogram", "row_remapper_histogram", [
      level("Max", banks),
      level("High", 0),
      level("Partial", 0),
      level("Low", 0),
      level("None", 0),
    ]),
  ]);
}

function temperatureNodes(moment: GpuMoment): readonly ReportNode[] {
  const { board } = moment.gpu;
  const { limits } = board.temperature;
  const relative = limits.kind === "relative" && moment.driver >= 535;
  const infix = relative ? "tlimit_threshold" : "threshold";
  const words = relative ? "T.Limit Temp" : "Temp";
  const memory = limits.memoryC === undefined ? NA : `${limits.memoryC} C`;
  // 610 names two of the lines anew where the limits are absolute.
  const renamed = moment.driver >= 610 && !relative;
  const distance = relative ? `${87 - moment.activity.temperatureC} C` : NA;
  return [
    group("Temperature", "temperature", [
      both("GPU Current Temp", "gpu_temp", `${moment.activity.temperatureC} C`),
      ...since(
        moment,
        525,
        both(renamed ? "GPU Current T.Limit Temp" : "GPU T.Limit Temp", "gpu_temp_tlimit", distance),
      ),
      both(`GPU Shutdown ${words}`, `gpu_temp_max_${infix}`, `${limits.shutdownC} C`),
      both(`GPU Slowdown ${words}`, `gpu_temp_slow_${infix}`, `${limits.slowdownC} C`),
      both(`GPU Max Operating ${words}`, `gpu_temp_max_gpu_${infix}`, `${limits.operatingC} C`),
      both(`GPU Target Temperature${renamed ? " Specification" : ""}`, "gpu_target_temperature", NA),
      both(
        "Memory Current Temp",
        "memory_temp",
        board.memoryTemperature ? `${moment.activity.memoryTemperatureC} C` : NA,
      ),
      both(`Memory Max Operating ${words}`, `gpu_temp_max_mem_${infix}`, memory),
    ]),
    group(undefined, "supported_gpu_target_temp", [inXml("gpu_target_temp_min", NA), inXml("gpu_target_temp_max", NA)]),
  ];
}

function powerNodes(moment: GpuMoment): readonly ReportNode[] {
  const { board } = moment.gpu;
  const limit = watts(board.power.limitW);
  const average = board.averagePower || moment.driver < 570 ? watts(moment.activity.averagePowerW) : NA;
  const instant = watts(moment.activity.instantPowerW);
  const minimum = watts(board.power.minW);
  if (moment.driver < 535) return [oldPowerNodes({ average, limit, minimum })];
  const draws = (averageDraw: string, instantDraw: string): readonly ReportNode[] =>
    moment.driver >= 570
      ? [
          both("Average Power Draw", "average_power_draw", averageDraw),
          both("Instantaneous Power Draw", "instant_power_draw", instantDraw),
        ]
      : [both("Power Draw", "power_draw", averageDraw)];
  const limits = (value: string, least: string): readonly ReportNode[] => [
    both("Current Power Limit", "current_power_limit", value),
    both("Requested Power Limit", "requested_power_limit", value),
    both("Default Power Limit", "default_power_limit", value),
    both("Min Power Limit", "min_power_limit", least),
    both("Max Power Limit", "max_power_limit", value),
  ];
  return [
    group("GPU Power Readings", "gpu_power_readings", [
      powerState(moment),
      ...draws(average, instant),
      ...ceilingNodes(moment, limits(limit, minimum)),
    ]),
    ...since(
      moment,
      570,
      group("GPU Memory Power Readings ", "gpu_memory_power_readings", draws(board.fabric ? "93.98 W" : NA, NA)),
    ),
    group("Module Power Readings", "module_power_readings", [powerState(moment), ...draws(NA, NA), ...limits(NA, NA)]),
    ...since(moment, 570, both("Power Smoothing", "power_smoothing", NA)),
    ...since(
      moment,
      570,
      group("Workload Power Profiles", "power_profiles", [
        both("Requested Profiles", "power_profile_requested_profiles", NA),
        both("Enforced Profiles", "power_profile_enforced_profiles", NA),
      ]),
    ),
    ...since(moment, 590, both("EDPp Multiplier", "edpp_multiplier", board.fabric ? "100.00%" : NA)),
  ];
}

const powerState = (moment: GpuMoment): ReportNode => inXml("power_state", moment.driver >= 595 ? DEPRECATED : "P0");

/** 610 sets the first three limits apart and adds a base. Its XML was never seen: the tags here follow its labels. */
function ceilingNodes(moment: GpuMoment, limits: readonly ReportNode[]): readonly ReportNode[] {
  if (moment.driver < 610) return limits;
  const base = (name: string): ReportNode => both(`${name} Base Power`, `${name.toLowerCase()}_base_power`, NA);
  return [
    {
      label: "GPU Ceiling Power Limit",
      children: limits.slice(0, 3).map(({ label = "", value = "" }) => ({ label, value })),
    },
    ...limits.slice(0, 3).map(({ tag = "", value = "" }) => ({ tag, value })),
    group("GPU Base Power", "gpu_base_power", ["Current", "Requested", "Default"].map(base)),
    ...limits.slice(3),
  ];
}

interface OldPower {
  readonly average: string;
  readonly limit: string;
  readonly minimum: string;
}

function oldPowerNodes({ average, limit, minimum }: OldPower): ReportNode {
  return group("Power Readings", "power_readings", [
    inXml("power_state", "P0"),
    both("Power Management", "power_management", "Supported"),
    both("Power Draw", "power_draw", average),
    both("Power Limit", "power_limit", limit),
    both("Default Power Limit", "default_power_limit", limit),
    both("Enforced Power Limit", "enforced_power_limit", limit),
    both("Min Power Limit", "min_power_limit", minimum),
    both("Max Power Limit", "max_power_limit", limit),
  ]);
}

function clockNodes(moment: GpuMoment): readonly ReportNode[] {
  const { clocks } = moment.gpu.board;
  const clock = (label: string, tag: string, value: number): ReportNode => both(label, tag, `${value} MHz`);
  const applications = (value: number, label: string, tag: string): ReportNode =>
    moment.driver >= 590 ? both(label, tag, DEPRECATED) : clock(label, tag, value);
  const pair = [
    applications(clocks.maxMHz, "Graphics", "graphics_clock"),
    applications(clocks.memoryMHz, "Memory", "mem_clock"),
  ];
  return [
    group("Clocks", "clocks", [
      clock("Graphics", "graphics_clock", moment.activity.smClockMHz),
      clock("SM", "sm_clock", moment.activity.smClockMHz),
      clock("Memory", "mem_clock", clocks.memoryMHz),
      clock("Video", "video_clock", moment.activity.videoClockMHz),
    ]),
    group("Applications Clocks", "applications_clocks", pair),
    group("Default Applications Clocks", "default_applications_clocks", pair),
    ...since(moment, 520, group("Deferred Clocks", "deferred_clocks", [both("Memory", "mem_clock", NA)])),
    group("Max Clocks", "max_clocks", [
      clock("Graphics", "graphics_clock", clocks.maxMHz),
      clock("SM", "sm_clock", clocks.maxMHz),
      clock("Memory", "mem_clock", clocks.memoryMHz),
      clock("Video", "video_clock", clocks.videoMHz),
    ]),
    group("Max Customer Boost Clocks", "max_customer_boost_clocks", [
      clock("Graphics", "graphics_clock", clocks.maxMHz),
    ]),
    group("Clock Policy", "clock_policy", [
      both("Auto Boost", "auto_boost", NA),
      both("Auto Boost Default", "auto_boost_default", NA),
    ]),
  ];
}

function fabricNodes(moment: GpuMoment): readonly ReportNode[] {
  const onFabric = moment.gpu.board.fabric;
  const value = (present: string): string => (onFabric ? present : NA);
  const health = (label: string, tag: string): ReportNode => both(label, tag, NA);
  const volts = moment.driver >= 550 ? NA : "743.750 mV";
  return [
    // The text stopped showing it before the XML did.
    ...(moment.driver >= 510
      ? until(moment, 570, group("Voltage", "voltage", [both("Graphics", "graphics_volt", volts)]))
      : []),
    ...since(
      moment,
      525,
      group("Fabric", "fabric", [
        both("State", "state", value("Completed")),
        both("Status", "status", value("Success")),
        ...since(moment, 570, both("CliqueId", "cliqueId", value("0"))),
        ...since(moment, 570, both("ClusterUUID", "clusterUuid", value("00000000-0000-0000-0000-000000000000"))),
        ...since(
          moment,
          570,
          group("Health", "health", [
            ...since(moment, 580, health("Summary", "summary")),
            health("Bandwidth", "bandwidth"),
            health("Route Recovery in progress", "route_recovery_in_progress"),
            health("Route Unhealthy", "route_unhealthy"),
            health("Access Timeout Recovery", "access_timeout_recovery"),
            ...since(moment, 580, health("Incorrect Configuration", "incorrect_configuration")),
            ...since(moment, 595, health("Partition Assigned", "partition_assigned")),
          ]),
        ),
      ]),
    ),
  ];
}

function supportedClocks({ gpu }: GpuMoment): ReportNode {
  const { idleMHz, maxMHz, memoryMHz } = gpu.board.clocks;
  const steps = Math.floor((maxMHz - idleMHz) / CLOCK_STEP_MHZ) + 1;
  const graphics = Array.from({ length: steps }, (_, step) =>
    inXml("supported_graphics_clock", `${maxMHz - step * CLOCK_STEP_MHZ} MHz`),
  );
  return group(undefined, "supported_clocks", [
    group(undefined, "supported_mem_clock", [inXml("value", `${memoryMHz} MHz`), ...graphics]),
  ]);
}
