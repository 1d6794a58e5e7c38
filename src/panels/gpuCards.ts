import { plainText } from "../core/plainText.ts";
import { sentence } from "../core/sentence.ts";
import { gpuKey } from "../gpu/gpuKey.ts";
import type { GpuDetail, GpuDetails } from "../gpu/details.ts";
import type { GpuIdentity } from "../gpu/identity.ts";
import type { Absence, GpuReading, GpuSample, ThrottleReason } from "../gpu/reading.ts";
import type { SeenGpu } from "../health/watch.ts";
import { absent, toGauge } from "./gauge.ts";
import type { Localize } from "./labels.ts";
import { METRICS, type GpuCard, type Metric } from "./protocol.ts";
import { tell, THROTTLE_REASONS } from "./words.ts";

/** As a person knows it: "GPU 3", or where it sits when it has lost its number. */
export function gpuLabel(reading: GpuReading, localize: Localize): string {
  if (reading.index !== undefined) return tell(localize, sentence("GPU {0}", reading.index));
  return tell(localize, sentence("GPU {0}", plainText(reading.busId ?? reading.uuid ?? "?", 40)));
}

/**
 * A card for each GPU of the sample, and one without numbers for each that only the full report or the history still
 * names. In the order of their numbers, so that a GPU that is lost keeps its place.
 */
export function toGpuCards(
  sample: GpuSample | undefined,
  details: GpuDetails | undefined,
  seen: readonly SeenGpu[],
  localize: Localize,
): GpuCard[] {
  const readings = sample?.gpus ?? [];
  const reported = (details?.gpus ?? []).filter((gpu) => !readings.some((reading) => isSame(reading, gpu)));
  const known = [...readings, ...reported.map(withoutNumbers)];
  const keys = new Set(known.map(gpuKey));
  const gone = seen.filter((gpu) => !keys.has(gpu.key) && !known.some((reading) => isSame(reading, gpu)));
  const cards = [
    ...known.map((gpu) => ({ index: gpu.index, card: toCard(gpu, findDetail(details, gpu), localize) })),
    ...gone.map((gpu) => ({ index: gpu.index, card: toGhost(gpu, localize) })),
  ];
  return byIndex(cards).map(({ card }) => card);
}

/** A GPU without a number comes last. */
export function byIndex<Gpu extends Pick<GpuReading, "index">>(gpus: readonly Gpu[]): readonly Gpu[] {
  return [...gpus].sort((left, right) => (left.index ?? Infinity) - (right.index ?? Infinity) || 0);
}

/** The report may be minutes old, so its numbers do not stand for the present; what the GPU is does not age. */
function withoutNumbers({ lost, index, uuid, busId, name, migEnabled }: GpuDetail): GpuReading {
  const why: Absence | undefined = lost === undefined ? undefined : "lost";
  return {
    ...(index === undefined ? {} : { index }),
    ...(uuid === undefined ? {} : { uuid }),
    ...(busId === undefined ? {} : { busId }),
    ...(name === undefined ? {} : { name }),
    ...(migEnabled === undefined ? {} : { migEnabled }),
    absent: why === undefined ? {} : Object.fromEntries(METRICS.map((metric) => [metric, why])),
  };
}

/** The report's part about the GPU of a reading. */
function findDetail(details: GpuDetails | undefined, reading: GpuReading): GpuDetail | undefined {
  return details?.gpus.find((gpu) => isSame(reading, gpu));
}

/** The reasons that hold the clocks back against the user's wish: being idle is none. */
export function throttleText(reasons: readonly ThrottleReason[] | undefined, localize: Localize): string | undefined {
  const holding = reasons?.filter((reason) => reason !== "gpu-idle") ?? [];
  if (holding.length === 0) return undefined;
  return holding.map((reason) => tell(localize, THROTTLE_REASONS[reason])).join(", ");
}

function isSame(left: GpuIdentity, right: GpuIdentity): boolean {
  if (left.uuid !== undefined && right.uuid !== undefined) return left.uuid === right.uuid;
  if (left.busId !== undefined && right.busId !== undefined) return left.busId === right.busId;
  return left.index !== undefined && left.index === right.index;
}

function toCard(reading: GpuReading, detail: GpuDetail | undefined, localize: Localize): GpuCard {
  const max: Partial<Record<Metric, number | undefined>> = {
    utilizationPercent: 100,
    memoryUsedMiB: reading.memoryTotalMiB,
    temperatureC: detail?.slowdownTemperatureC,
    powerDrawW: reading.powerLimitW,
  };
  const gauges = METRICS.map((metric) => [metric, toGauge(reading, metric, localize, max[metric])] as const);
  const throttled = throttleText(reading.throttleReasons, localize);
  return {
    key: gpuKey(reading),
    label: gpuLabel(reading, localize),
    name: plainText(reading.name ?? "", 100),
    notes: toNotes(reading, detail, localize),
    ...(throttled === undefined ? {} : { throttled }),
    gauges: Object.fromEntries(gauges) as GpuCard["gauges"], // METRICS are all of its keys
  };
}

function toNotes(reading: GpuReading, detail: GpuDetail | undefined, localize: Localize): string[] {
  const notes: string[] = [];
  if (detail?.lost !== undefined) notes.push(tell(localize, sentence("Lost: {0}", plainText(detail.lost, 200))));
  if (reading.migEnabled === true) notes.push(migNote(detail, localize));
  if (detail?.virtualizationMode?.toUpperCase() === "VGPU") {
    notes.push(tell(localize, sentence("vGPU: the hypervisor hides some readings")));
  }
  // Their memory is the memory of the machine, so the driver reports none.
  if (/\(nvgpu\)|\bGB10\b/.test(reading.name ?? "")) {
    notes.push(tell(localize, sentence("Integrated GPU: it shares the memory of the machine")));
  }
  return notes;
}

function migNote(detail: GpuDetail | undefined, localize: Localize): string {
  const count = detail?.migDevices.length ?? 0;
  return count === 0 ? tell(localize, sentence("MIG on")) : tell(localize, sentence("MIG on: {0} devices", count));
}

/** A GPU that was there within the hour and is not any more. */
function toGhost({ key, index, name }: SeenGpu, localize: Localize): GpuCard {
  const gone = absent(sentence("no longer reported by the host"), localize);
  return {
    key,
    label: tell(localize, sentence("GPU {0}", index ?? shortKey(key))),
    name: plainText(name ?? "", 100),
    notes: [tell(localize, sentence("Seen within the last hour, no longer reported by the host"))],
    gauges: Object.fromEntries(METRICS.map((metric) => [metric, gone])) as GpuCard["gauges"],
  };
}

/** "GPU-5e1f8c0a-…" is too long for a legend; its first part tells GPUs of one host apart. */
export function shortKey(key: string): string {
  return plainText(key.replace(/^GPU-([0-9a-fA-F]{8})-.*/, "$1…"), 40);
}
