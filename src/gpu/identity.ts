import type { GpuReading, GpuSample } from "./reading.ts";
import { plainReading } from "./readings.ts";

/**
 * The sample with each GPU recognised that no longer says who it is: one that fell off the bus answers with its bus id
 * or its place alone. What a GPU is does not change, so it is taken from before; what it does is not.
 */
export function withIdentity(sample: GpuSample, before: GpuSample | undefined): GpuSample {
  if (!before || sample.gpus.every(hasUuid)) return sample;
  const present = new Set(sample.gpus.flatMap(({ uuid }) => uuid ?? []));
  const missing = before.gpus.filter(({ uuid }) => uuid !== undefined && !present.has(uuid));
  return { ...sample, gpus: sample.gpus.map((gpu) => recognised(gpu, missing)) };
}

function hasUuid({ uuid }: GpuReading): boolean {
  return uuid !== undefined;
}

function recognised(gpu: GpuReading, missing: readonly GpuReading[]): GpuReading {
  if (gpu.uuid !== undefined) return gpu;
  const same = missing.find((known) =>
    gpu.busId === undefined ? gpu.index !== undefined && known.index === gpu.index : known.busId === gpu.busId,
  );
  if (!same) return gpu;
  const { index, uuid, busId, name } = same;
  return { ...plainReading(gpu), index: gpu.index ?? index, uuid, busId: gpu.busId ?? busId, name: gpu.name ?? name };
}
