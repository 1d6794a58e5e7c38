import { majorVersion, type Driver } from "./machine.ts";
import { busParts, csvTimestamp, freeMemoryMiB, type GpuMoment } from "./moment.ts";

/** A property of `--query-gpu`. */
export interface Field {
  readonly name: string;
  readonly alias?: string;
  /** As the header shows it, without brackets. */
  readonly unit?: string;
  /** Undefined where the GPU has no such value. */
  readonly value: (moment: GpuMoment) => string | number | undefined;
  /** What stands for an undefined value where it is not the driver's usual placeholder. */
  readonly absent?: string;
  /** Still known when the GPU has fallen off the bus. */
  readonly fixed?: boolean;
  /** First and last major driver version that knows it. */
  readonly since?: number;
  readonly until?: number;
}

type Value = Field["value"];
type Traits = Omit<Field, "name" | "value">;

const DEPRECATED = "[Requested functionality has been deprecated]";
const NEVER: Value = () => undefined;

const field = (name: string, value: Value, traits: Traits = {}): Field => ({ name, value, ...traits });
const fixed = (name: string, value: Value, traits: Traits = {}): Field => ({ name, value, fixed: true, ...traits });
/** Properties that none of the simulated boards has; `names` are separated by spaces. */
const missing = (prefix: string, names: string, traits: Traits = {}): readonly Field[] =>
  names.split(" ").map((name) => field(prefix + name, NEVER, traits));

const active = (flag: boolean): string => (flag ? "Active" : "Not Active");
const hexadecimal = (value: number): string => `0x${value.toString(16).toUpperCase().padStart(16, "0")}`;
const migMode: Value = ({ gpu }) => (gpu.board.mig ? (gpu.mig ? "Enabled" : "Disabled") : undefined);
const ecc: Value = () => 0;
/** Banks and rows are remapped on Ampere and newer, and not reported while the GPU is partitioned. */
const remapped =
  (value: string | number | ((banks: number) => number)): Value =>
  ({ gpu }) => {
    if (gpu.board.remapperBanks === 0 || gpu.mig) return undefined;
    return typeof value === "function" ? value(gpu.board.remapperBanks) : value;
  };
const unlessMig =
  (value: Value): Value =>
  (moment) =>
    moment.gpu.mig ? undefined : value(moment);
const relativeLimit: Value = ({ gpu, activity }) =>
  gpu.board.temperature.limits.kind === "relative" ? 87 - activity.temperatureC : undefined;
const limit: Value = ({ gpu }) => gpu.board.power.limitW.toFixed(2);
const averagePower: Value = ({ gpu, activity }) =>
  gpu.board.averagePower ? activity.averagePowerW.toFixed(2) : undefined;
const instantPower: Value = ({ activity }) => activity.instantPowerW.toFixed(2);
const deprecatedSince =
  (driver: number, value: Value): Value =>
  (moment) =>
    moment.driver >= driver ? DEPRECATED : value(moment);

const identity: readonly Field[] = [
  fixed("timestamp", ({ atMs }) => csvTimestamp(atMs)),
  fixed("driver_version", ({ machine }) => machine.driver.version),
  // "kmd" is the kernel-mode driver; some builds of 595 have it already.
  fixed("kmd_version", ({ machine }) => machine.driver.version, { since: 595 }),
  field("vgpu_driver_capability.heterogenous_multivGPU", NEVER, { since: 550 }),
  fixed("count", ({ machine }) => machine.gpus.length),
  fixed("name", ({ gpu }) => gpu.board.name, { alias: "gpu_name" }),
  fixed("serial", ({ gpu }) => gpu.serial, { alias: "gpu_serial" }),
  fixed("uuid", ({ gpu }) => gpu.uuid, { alias: "gpu_uuid" }),
  fixed("pci.bus_id", ({ gpu }) => gpu.busId, { alias: "gpu_bus_id" }),
  fixed("pci.domain", ({ gpu }) => `0x${busParts(gpu.busId).domain}`),
  fixed("pci.bus", ({ gpu }) => `0x${busParts(gpu.busId).bus}`),
  fixed("pci.device", ({ gpu }) => `0x${busParts(gpu.busId).device}`),
  fixed("pci.baseClass", () => "0x3", { since: 570 }),
  fixed("pci.subClass", () => "0x2", { since: 570 }),
  fixed("pci.device_id", ({ gpu }) => `0x${gpu.board.deviceId}`),
  fixed("pci.sub_device_id", ({ gpu }) => `0x${gpu.board.subsystemId}`),
  ...missing("vgpu_device_capability.", "fractional_multiVgpu heterogeneous_timeSlice_profile", { since: 535 }),
  ...missing("vgpu_device_capability.", "heterogeneous_timeSlice_sizes homogeneous_placements", { since: 550 }),
  ...missing("vgpu_device_capability.", "mig_timeSlicing mig_timeSlicing_mode", { since: 580 }),
  field("pcie.link.gen.current", ({ gpu }) => gpu.board.pcieGeneration),
  field("pcie.link.gen.gpucurrent", ({ gpu }) => gpu.board.pcieGeneration, { since: 520 }),
  fixed("pcie.link.gen.max", ({ gpu }) => gpu.board.pcieGeneration),
  fixed("pcie.link.gen.gpumax", ({ gpu }) => gpu.board.pcieGeneration, { since: 520 }),
  field("pcie.link.gen.hostmax", NEVER, { since: 520 }),
  field("pcie.link.width.current", () => 16),
  fixed("pcie.link.width.max", () => 16),
  fixed("index", ({ index }) => index),
  fixed(
    "display_mode",
    deprecatedSince(580, () => "Enabled"),
  ),
  fixed("display_attached", () => "Yes", { since: 580 }),
  fixed("display_active", () => "Disabled"),
  fixed("persistence_mode", () => "Enabled"),
  fixed("addressing_mode", ({ gpu }) => (gpu.mig ? "None" : "HMM"), { since: 535 }),
  fixed("accounting.mode", () => "Disabled"),
  fixed("accounting.buffer_size", () => 4000),
  ...missing("driver_model.", "current pending"),
  fixed("vbios_version", ({ gpu }) => gpu.board.vbios),
  fixed("inforom.img", ({ gpu }) => gpu.board.inforomImage, { alias: "inforom.image" }),
  fixed("inforom.oem", () => "2.1"),
  fixed("inforom.ecc", ({ gpu }) => gpu.board.eccObject),
  field("inforom.pwr", NEVER, { alias: "inforom.power" }),
  fixed("inforom.checksum_validation", () => "valid", { since: 530 }),
  field("gpu_recovery_action", () => "None", { since: 570 }),
  field("gom.current", NEVER, { alias: "gpu_operation_mode.current" }),
  field("gom.pending", NEVER, { alias: "gpu_operation_mode.pending" }),
  field("fan.speed", NEVER, { unit: "%" }),
  field("pstate", () => "P0"),
];

/** The bit of the active mask, and whether it is set. Renamed by driver 535; both names are understood since. */
function clockReasons(prefix: string, traits: Traits): readonly Field[] {
  const reason = (name: string, value: Value): Field =>
    field(`${prefix}.${name}`, value, {
      ...traits,
      ...(traits.since === undefined ? {} : { alias: `clocks_throttle_reasons.${name}` }),
    });
  return [
    reason("supported", () => hexadecimal(0x1ff)),
    reason("active", ({ activity }) =>
      hexadecimal((activity.throttle.idle ? 1 : 0) + (activity.throttle.softwarePowerCap ? 4 : 0)),
    ),
    reason("gpu_idle", ({ activity }) => active(activity.throttle.idle)),
    reason("applications_clocks_setting", () => active(false)),
    reason("sw_power_cap", ({ activity }) => active(activity.throttle.softwarePowerCap)),
    reason("hw_slowdown", () => active(false)),
    reason("hw_thermal_slowdown", () => active(false)),
    reason("hw_power_brake_slowdown", () => active(false)),
    reason("sw_thermal_slowdown", () => active(false)),
    reason("sync_boost", () => active(false)),
  ];
}

const COUNTERS = "sw_power_cap sync_boost sw_thermal_slowdown hw_thermal_slowdown hw_power_brake_slowdown".split(" ");

const readings: readonly Field[] = [
  ...clockReasons("clocks_throttle_reasons", { until: 534 }),
  ...clockReasons("clocks_event_reasons", { since: 535 }),
  ...COUNTERS.map((name) => field(`clocks_event_reasons_counters.${name}`, () => 0, { unit: "us", since: 580 })),
  fixed("memory.total", ({ gpu }) => gpu.board.memoryMiB, { unit: "MiB" }),
  fixed("memory.reserved", ({ gpu }) => gpu.board.reservedMiB, { unit: "MiB", since: 510 }),
  field("memory.used", ({ activity }) => activity.memoryUsedMiB, { unit: "MiB" }),
  field("memory.free", freeMemoryMiB, { unit: "MiB" }),
  fixed("compute_mode", () => "Default"),
  fixed("compute_cap", ({ gpu }) => gpu.board.computeCapability, { since: 495 }),
  field(
    "utilization.gpu",
    unlessMig(({ activity }) => activity.utilizationPercent),
    { unit: "%" },
  ),
  field(
    "utilization.memory",
    unlessMig(({ activity }) => activity.memoryUtilizationPercent),
    { unit: "%" },
  ),
  ...["encoder", "decoder"].map((name) =>
    field(
      `utilization.${name}`,
      unlessMig(() => 0),
      { unit: "%", since: 525 },
    ),
  ),
  ...["jpeg", "ofa"].map((name) =>
    field(
      `utilization.${name}`,
      unlessMig(() => 0),
      { unit: "%", since: 535 },
    ),
  ),
  ...["sessionCount", "averageFps", "averageLatency"].map((name) => field(`encoder.stats.${name}`, () => 0)),
  ...missing("dramEncryption.mode.", "current pending", { since: 580 }),
  fixed("ecc.mode.current", () => "Enabled"),
  fixed("ecc.mode.pending", () => "Enabled"),
];

/** Which of the error counters a board with ECC fills; the others are of older generations. */
function eccCounters(): readonly Field[] {
  const places = "device_memory dram register_file l1_cache l2_cache texture_memory cbu sram total".split(" ");
  const filled = new Set(["device_memory", "dram", "sram", "total"]);
  const fields: Field[] = [];
  for (const kind of ["corrected", "uncorrected"])
    for (const life of ["volatile", "aggregate"])
      for (const place of places)
        fields.push(field(`ecc.errors.${kind}.${life}.${place}`, filled.has(place) ? ecc : NEVER));
  return fields;
}

const sram = (name: string, value: Value = ecc): Field =>
  field(`ecc.errors.uncorrected.${name}`, value, { since: 550 });

const memoryHealth: readonly Field[] = [
  ...eccCounters(),
  sram("volatile.sram.parity"),
  sram("volatile.sram.secded"),
  sram("aggregate.sram.parity"),
  sram("aggregate.sram.secded"),
  sram("aggregate.sram.thresholdExceeded", () => "No"),
  ...["l2", "sm", "mcu", "pcie", "other"].map((source) => sram(`aggregate.sram.${source}`)),
  field("retired_pages.single_bit_ecc.count", NEVER, { alias: "retired_pages.sbe" }),
  field("retired_pages.double_bit.count", NEVER, { alias: "retired_pages.dbe" }),
  field("retired_pages.pending", NEVER),
  field("remapped_rows.correctable", remapped(0), { alias: "remapped_rows.sbe", since: 510 }),
  field("remapped_rows.correctable_inactive", remapped(0), { since: 595 }),
  field("remapped_rows.uncorrectable", remapped(0), { alias: "remapped_rows.dbe", since: 510 }),
  field("remapped_rows.uncorrectable_inactive", remapped(0), { since: 595 }),
  field("remapped_rows.pending", remapped("No"), { since: 510 }),
  field("remapped_rows.failure", remapped("No"), { since: 510 }),
  field(
    "remapped_rows.histogram.max",
    ({ gpu }) => (gpu.board.remapperBanks === 0 ? undefined : gpu.board.remapperBanks),
    { since: 535 },
  ),
  ...["high", "partial", "low", "none"].map((name) =>
    field(`remapped_rows.histogram.${name}`, ({ gpu }) => (gpu.board.remapperBanks === 0 ? undefined : 0), {
      since: 535,
    }),
  ),
];

const powerAndHeat: readonly Field[] = [
  field("temperature.gpu", ({ activity }) => activity.temperatureC),
  field("temperature.gpu.tlimit", relativeLimit, { since: 535 }),
  field(
    "temperature.memory",
    ({ gpu, activity }) => (gpu.board.memoryTemperature ? activity.memoryTemperatureC : undefined),
    { absent: "N/A" },
  ),
  field(
    "power.management",
    deprecatedSince(570, () => "Supported"),
  ),
  field("power.draw", (moment) => averagePower(moment) ?? instantPower(moment), { unit: "W" }),
  field("power.draw.average", averagePower, { unit: "W", since: 530, alias: "gpu.power.draw.average" }),
  field("power.draw.instant", instantPower, { unit: "W", since: 530, alias: "gpu.power.draw.instant" }),
  fixed("power.limit", limit, { unit: "W", alias: "gpu.power.requested_limit" }),
  fixed("enforced.power.limit", limit, { unit: "W", alias: "gpu.power.current_limit" }),
  fixed("power.default_limit", limit, { unit: "W", alias: "gpu.power.default_limit" }),
  fixed("power.min_limit", ({ gpu }) => gpu.board.power.minW.toFixed(2), { unit: "W", alias: "gpu.power.min_limit" }),
  fixed("power.max_limit", limit, { unit: "W", alias: "gpu.power.max_limit" }),
  ...missing("module.power.", "draw.average draw.instant", { unit: "W", since: 570 }),
  field("module.power.limit", NEVER, { unit: "W", since: 570, alias: "module.power.requested_limit" }),
  field("module.enforced.power.limit", NEVER, { unit: "W", since: 570, alias: "module.power.current_limit" }),
  ...missing("module.power.", "default_limit min_limit max_limit", { unit: "W", since: 570 }),
  ...missing("gpu.base.", "current requested default min max", { unit: "W", since: 610 }),
];

/** Only boards newer than any simulated here smooth their power. The properties came with 590, left with 595, came back. */
function powerSmoothing(): readonly Field[] {
  const watt: Traits = { unit: "W" };
  const always = (name: string, traits: Traits = {}): readonly Field[] => [
    field(`power_smoothing.${name}`, NEVER, { ...traits, since: 590, until: 594 }),
    field(`power_smoothing.${name}`, NEVER, { ...traits, since: 610 }),
  ];
  const late = (names: string, traits: Traits = {}): readonly Field[] =>
    missing("power_smoothing.", names, { ...traits, since: 610 });
  const profile = (name: string): readonly Field[] => [
    ...late(`${name}.percent_tmp_floor`, { unit: "%" }),
    ...late(`${name}.ramp_up_rate ${name}.ramp_down_rate`, { unit: "W/s" }),
    ...late(`${name}.ramp_down_hysteresis`, { unit: "ms" }),
    ...always(`${name}.secondary_power_floor`, watt),
    ...always(`${name}.primary_floor_act_window_multiplier`),
    ...always(`${name}.primary_floor_tar_window_multiplier`),
    ...always(`${name}.primary_floor_act_offset`, watt),
  ];
  return [
    ...late("tmp_floor tmp_ceil", watt),
    ...late("hw_lifetime_remaining_percent", { unit: "%" }),
    ...late("enabled"),
    ...always("delayed_power_smoothing_supported"),
    ...late("soc_power_smoothing_enabled priv_level imm_ramp_down"),
    ...late("max_percent_tmp_floor min_percent_tmp_floor", { unit: "%" }),
    ...always("primary_power_floor", watt),
    ...always("secondary_power_floor", watt),
    ...always("min_primary_floor_activation_offset", watt),
    ...always("min_primary_floor_activation_point", watt),
    ...always("window_multiplier", { unit: "ms" }),
    ...late("num_preset_profiles"),
    ...profile("curr_profile"),
    ...late("active_profile"),
    ...profile("admin_override"),
  ];
}

const clock = (name: string, value: Value, traits: Traits = {}): Field =>
  field(`clocks.${name}`, value, { unit: "MHz", ...traits });
const maximum: Value = ({ gpu }) => gpu.board.clocks.maxMHz;
const memoryClock: Value = ({ gpu }) => gpu.board.clocks.memoryMHz;
const FABRIC_HEALTH = "summary bandwidth route_recovery_in_progress route_unhealthy access_timeout_recovery";

const clocksAndLinks: readonly Field[] = [
  field("edpp_multiplier", ({ gpu }) => (gpu.board.fabric ? "100.00" : undefined), { unit: "%", since: 590 }),
  clock("current.graphics", ({ activity }) => activity.smClockMHz, { alias: "clocks.gr" }),
  clock("current.sm", ({ activity }) => activity.smClockMHz, { alias: "clocks.sm" }),
  clock("current.memory", memoryClock, { alias: "clocks.mem" }),
  clock("current.video", ({ activity }) => activity.videoClockMHz, { alias: "clocks.video" }),
  clock("applications.graphics", deprecatedSince(590, maximum), { alias: "clocks.applications.gr" }),
  clock("applications.memory", deprecatedSince(590, memoryClock), { alias: "clocks.applications.mem" }),
  clock("default_applications.graphics", deprecatedSince(590, maximum), { alias: "clocks.default_applications.gr" }),
  clock("default_applications.memory", deprecatedSince(590, memoryClock), { alias: "clocks.default_applications.mem" }),
  clock("max.graphics", maximum, { alias: "clocks.max.gr", fixed: true }),
  // The real help names it twice.
  clock("max.sm", maximum, { alias: "clocks.max.sm", fixed: true }),
  clock("max.memory", memoryClock, { alias: "clocks.max.mem", fixed: true }),
  fixed("mig.mode.current", migMode, { since: 450 }),
  fixed("mig.mode.pending", migMode, { since: 450 }),
  fixed("gsp.mode.current", () => "Enabled", { since: 525 }),
  fixed("gsp.mode.default", () => "Enabled", { since: 525 }),
  field("c2c.mode", ({ gpu }) => (gpu.board.fabric ? "Disabled" : undefined), { since: 550 }),
  ...["total", "used", "free"].map((name) => field(`protected_memory.${name}`, () => 0, { unit: "MiB", since: 535 })),
  field("fabric.state", ({ gpu }) => (gpu.board.fabric ? "Completed" : undefined), { absent: "N/A", since: 525 }),
  field("fabric.status", ({ gpu }) => (gpu.board.fabric ? "Success" : undefined), { absent: "N/A", since: 525 }),
  field("fabric.cliqueId", ({ gpu }) => (gpu.board.fabric ? 0 : undefined), { absent: "N/A", since: 570 }),
  field("fabric.clusterUuid", ({ gpu }) => (gpu.board.fabric ? "00000000-0000-0000-0000-000000000000" : undefined), {
    absent: "N/A",
    since: 570,
  }),
  ...missing("fabric.health.", FABRIC_HEALTH, { absent: "N/A", since: 580 }),
  field("fabric.health.incorrect_configuration", NEVER, { absent: "N/A", since: 580 }),
  field("fabric.health.partition_assigned", NEVER, { absent: "N/A", since: 595 }),
  fixed("platform.chassis_serial_number", () => "", { since: 570 }),
  fixed("platform.slot_number", () => 0, { since: 570 }),
  fixed("platform.tray_index", () => 0, { since: 570 }),
  fixed("platform.host_id", () => 1, { since: 570 }),
  fixed("platform.peer_type", () => "Direct Connected", { since: 570 }),
  fixed("platform.module_id", ({ gpu }) => gpu.board.moduleId, { since: 570 }),
  fixed("platform.gpu_fabric_guid", () => hexadecimal(0), { since: 570 }),
  field("hostname", NEVER, { since: 580 }),
  field("bbx.time_run", NEVER, { unit: "seconds", since: 610 }),
];

const FIELDS: readonly Field[] = [
  ...identity,
  ...readings,
  ...memoryHealth,
  ...powerAndHeat,
  ...powerSmoothing(),
  ...clocksAndLinks,
];

/**
 * The properties a driver knows, in the order in which its help lists them. 590, 595 and 610 are as captured; what came
 * before is from the change log of nvidia-smi where that names it, and otherwise an estimate.
 */
export function fieldsOf(driver: Driver): readonly Field[] {
  const major = majorVersion(driver);
  return FIELDS.filter(({ since = 0, until = Infinity }) => since <= major && major <= until);
}

/** What the driver prints for a value it does not have. Drivers up to 450 used other words. */
export const absentInCsv = (driver: number): string => (driver <= 450 ? "[Not Supported]" : "[N/A]");
