import { plainText } from "../core/plainText.ts";
import type { Absence, GpuReading } from "../gpu/reading.ts";
import { shortModel } from "../gpu/shortModel.ts";
import type { Speech } from "./environmentRow.ts";
import type { Row, RowIcon, Say } from "./row.ts";

const MISSING = "–";

/** One GPU with its live reading; `stale` when the host is not being read at the moment. */
export function gpuRow(gpu: GpuReading, stale: boolean, speech: Speech): Row {
  const { say } = speech;
  const label = gpu.index === undefined ? say("GPU {0}", gpu.busId ?? "?") : say("GPU {0}", gpu.index);
  const readings = gpuReadings(gpu, speech);
  const model = gpu.name === undefined ? undefined : plainText(shortModel(gpu.name));
  return {
    label,
    description: readings.join(" · "),
    tooltip: () => gpuTooltip(gpu, speech),
    icon: gpuIcon(gpu, stale),
    spoken: `${[label, model, ...readings].filter((part) => part !== undefined).join(", ")}.`,
    context: ["gpu"],
    expandable: false,
  };
}

function gpuReadings(gpu: GpuReading, { say, format }: Speech): readonly string[] {
  if (isLost(gpu)) return [say("lost: fell off the bus")];
  const use = gpu.utilizationPercent === undefined ? undefined : format.percent(gpu.utilizationPercent);
  return [
    use ?? (gpu.migEnabled === true ? say("MIG: use not available") : MISSING),
    memory(gpu, format.memoryUse) ?? MISSING,
    ...(gpu.temperatureC === undefined ? [] : [format.temperature(gpu.temperatureC)]),
    ...(gpu.powerDrawW === undefined ? [] : [format.power(gpu.powerDrawW)]),
  ];
}

function memory(gpu: GpuReading, show: (used: number, total: number) => string): string | undefined {
  return gpu.memoryUsedMiB === undefined || gpu.memoryTotalMiB === undefined
    ? undefined
    : show(gpu.memoryUsedMiB, gpu.memoryTotalMiB);
}

function gpuTooltip(gpu: GpuReading, { say, format }: Speech): readonly string[] {
  const line = (name: string, value: string | undefined, field: string): readonly string[] => {
    if (value !== undefined) return [`${name}: ${value}`];
    const why = gpu.absent[field];
    return why === undefined ? [] : [`${name}: ${MISSING} (${ABSENCE[why](say)})`];
  };
  const shown = <T>(value: T | undefined, show: (value: T) => string): string | undefined =>
    value === undefined ? undefined : show(value);
  return [
    plainText(gpu.name ?? say("GPU {0}", gpu.index ?? MISSING)),
    ...line(say("Utilization"), shown(gpu.utilizationPercent, format.percent), "utilizationPercent"),
    ...line(say("Memory"), memory(gpu, format.memoryUse), "memoryUsedMiB"),
    ...line(say("Temperature"), shown(gpu.temperatureC, format.temperature), "temperatureC"),
    ...line(say("Power"), shown(gpu.powerDrawW, format.power), "powerDrawW"),
    ...line(say("SM clock"), shown(gpu.smClockMHz, format.clock), "smClockMHz"),
    ...line(say("Bus id"), gpu.busId, "busId"),
    ...line("UUID", gpu.uuid, "uuid"),
  ].map((text) => plainText(text));
}

const ABSENCE: Readonly<Record<Absence, (say: Say) => string>> = {
  "not-supported": (say) => say("not supported by this GPU"),
  error: (say) => say("the driver answered with an error"),
  "no-permission": (say) => say("no permission"),
  lost: (say) => say("the GPU is lost"),
  "requires-reset": (say) => say("the GPU needs a reset"),
  deprecated: (say) => say("no longer reported by this driver"),
};

function isLost(gpu: GpuReading): boolean {
  return Object.values(gpu.absent).includes("lost");
}

function gpuIcon(gpu: GpuReading, stale: boolean): RowIcon {
  if (isLost(gpu)) return { codicon: "error", color: "problemsErrorIcon.foreground" };
  return stale ? { codicon: "chip", color: "disabledForeground" } : { codicon: "chip" };
}
