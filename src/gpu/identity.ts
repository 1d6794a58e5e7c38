import type { GpuDetails } from "./details.ts";
import type { GpuReading, GpuSample } from "./reading.ts";
import { plainReading } from "./readings.ts";

/** What a GPU is called. UUID and name are its own; its number and its place on the bus may pass to another. */
export type GpuIdentity = Pick<GpuReading, "index" | "uuid" | "busId" | "name">;

/** The GPUs that a host has shown before, no two with one number or one place on the bus. */
export interface KnownGpus {
  readonly gpus: readonly GpuIdentity[];
}

/**
 * The sample with each GPU recognised that no longer says who it is: one that fell off the bus answers with its bus id
 * or its number alone. What a GPU is does not change, so it is taken from before; what it does is not.
 */
export function withIdentity(sample: GpuSample, known: KnownGpus): GpuSample {
  if (sample.gpus.every(hasUuid)) return sample;
  const recognise = recogniser(sample.gpus, known);
  const gpus = sample.gpus.map((gpu) => {
    const same = recognise(gpu);
    return same ? { ...plainReading(gpu), ...same } : gpu;
  });
  return { ...sample, gpus };
}

/** The same for the full report. */
export function detailsWithIdentity(details: GpuDetails, known: KnownGpus): GpuDetails {
  if (details.gpus.every(hasUuid)) return details;
  const recognise = recogniser(details.gpus, known);
  const gpus = details.gpus.map((gpu) => {
    const same = recognise(gpu);
    return same ? { ...gpu, ...same } : gpu;
  });
  return { ...details, gpus };
}

/** What is known together with what is told now. */
export function mergedIdentity(known: GpuIdentity, told: GpuIdentity): GpuIdentity {
  return {
    index: told.index ?? known.index,
    uuid: told.uuid ?? known.uuid,
    busId: told.busId ?? known.busId,
    name: told.name ?? known.name,
  };
}

function hasUuid({ uuid }: GpuReading): boolean {
  return uuid !== undefined;
}

/** Finds who a GPU of an answer is: one of those that the answer lacks, and no two the same. */
function recogniser(answered: readonly GpuReading[], known: KnownGpus): (gpu: GpuReading) => GpuIdentity | undefined {
  const present = new Set(answered.flatMap(({ uuid }) => uuid ?? []));
  const numbers = new Set(answered.flatMap(({ index }) => index ?? []));
  const missing = known.gpus.filter(({ uuid }) => uuid !== undefined && !present.has(uuid));
  return (gpu) => {
    if (hasUuid(gpu)) return undefined;
    const place = missing.findIndex((candidate) => mayBe(gpu, candidate));
    const [same] = place < 0 ? [] : missing.splice(place, 1);
    if (!same) return undefined;
    const isNumberTaken = same.index !== undefined && numbers.has(same.index);
    return mergedIdentity(isNumberTaken ? { ...same, index: undefined } : same, gpu);
  };
}

function mayBe(gpu: GpuReading, { index, busId, name }: GpuIdentity): boolean {
  if (gpu.name !== undefined && name !== undefined && gpu.name !== name) return false;
  return gpu.busId === undefined ? gpu.index !== undefined && gpu.index === index : gpu.busId === busId;
}
