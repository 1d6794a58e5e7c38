import type { GpuDetails } from "./details.ts";
import type { GpuReading, GpuSample } from "./reading.ts";
import { plainReading } from "./readings.ts";

/** What a GPU is, and where it sits: neither changes while it is in its machine. */
export type GpuIdentity = Pick<GpuReading, "index" | "uuid" | "busId" | "name">;

/** The GPUs that a host has shown before. Asked for only where one of an answer is not known. */
export interface KnownGpus {
  readonly gpus: readonly GpuIdentity[];
}

/**
 * The sample with each GPU recognised that no longer says who it is: one that fell off the bus answers with its bus id
 * or its place alone. What a GPU is does not change, so it is taken from before; what it does is not.
 */
export function withIdentity(sample: GpuSample, known: KnownGpus): GpuSample {
  if (sample.gpus.every(hasUuid)) return sample;
  const missing = missingFrom(sample.gpus, known);
  return {
    ...sample,
    gpus: sample.gpus.map((gpu) => (hasUuid(gpu) ? gpu : { ...plainReading(gpu), ...recognised(gpu, missing) })),
  };
}

/** The same for the full report. */
export function detailsWithIdentity(details: GpuDetails, known: KnownGpus): GpuDetails {
  if (details.gpus.every(hasUuid)) return details;
  const missing = missingFrom(details.gpus, known);
  return {
    ...details,
    gpus: details.gpus.map((gpu) => (hasUuid(gpu) ? gpu : { ...gpu, ...recognised(gpu, missing) })),
  };
}

export function identityOf({ index, uuid, busId, name }: GpuReading): GpuIdentity {
  return { index, uuid, busId, name };
}

function hasUuid({ uuid }: GpuReading): boolean {
  return uuid !== undefined;
}

function missingFrom(gpus: readonly GpuReading[], known: KnownGpus): readonly GpuIdentity[] {
  const present = new Set(gpus.flatMap(({ uuid }) => uuid ?? []));
  return known.gpus.filter(({ uuid }) => uuid !== undefined && !present.has(uuid));
}

function recognised(gpu: GpuReading, missing: readonly GpuIdentity[]): GpuIdentity {
  const same = missing.find((known) =>
    gpu.busId === undefined ? gpu.index !== undefined && known.index === gpu.index : known.busId === gpu.busId,
  );
  return {
    index: gpu.index ?? same?.index,
    uuid: same?.uuid,
    busId: gpu.busId ?? same?.busId,
    name: gpu.name ?? same?.name,
  };
}
