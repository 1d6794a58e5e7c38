import type { ThrottleReason } from "./reading.ts";

// nvmlClocksEventReasons, https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html
const BITS: readonly (readonly [bit: number, reason: ThrottleReason])[] = [
  [0x1, "gpu-idle"],
  [0x2, "applications-clocks"],
  [0x4, "sw-power-cap"],
  [0x8, "hw-slowdown"],
  [0x10, "sync-boost"],
  [0x20, "sw-thermal-slowdown"],
  [0x40, "hw-thermal-slowdown"],
  [0x80, "hw-power-brake"],
  [0x100, "display-clocks"],
];

/** The reasons in a bit mask such as "0x0000000000000044"; undefined for anything that is no mask. Unknown bits are left out. */
export function reasonsOfMask(text: string): readonly ThrottleReason[] | undefined {
  if (!/^0x[0-9a-f]{1,16}$/i.test(text)) return undefined;
  // The low 32 bits hold every known reason; more would not fit the bitwise operators.
  const mask = Number.parseInt(text.slice(2).slice(-8), 16);
  return BITS.filter(([bit]) => (mask & bit) !== 0).map(([, reason]) => reason);
}

/** Last part of the XML element's name to reason. The names before it changed with driver 535. */
export const REASON_ELEMENTS: Readonly<Record<string, ThrottleReason>> = {
  gpu_idle: "gpu-idle",
  applications_clocks_setting: "applications-clocks",
  sw_power_cap: "sw-power-cap",
  hw_slowdown: "hw-slowdown",
  hw_thermal_slowdown: "hw-thermal-slowdown",
  hw_power_brake_slowdown: "hw-power-brake",
  sync_boost: "sync-boost",
  sw_thermal_slowdown: "sw-thermal-slowdown",
  display_clocks_setting: "display-clocks",
};
