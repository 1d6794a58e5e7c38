import type { GpuSpec } from "../core/environment.ts";
import type { GpuReading, GpuSample } from "../gpu/reading.ts";

/** Remembers the GPUs of each environment across restarts of the editor. */
export interface SpecStore {
  spec(environmentId: string): GpuSpec | undefined;
  rememberSpec(environmentId: string, spec: GpuSpec): void;
}

function isNamed(gpu: GpuReading): gpu is GpuReading & { readonly name: string } {
  return gpu.name !== undefined;
}

/** The GPUs of an answer; `before` itself where they are the same, undefined where no GPU says its name. */
export function specOf(sample: GpuSample, before: GpuSpec | undefined): GpuSpec | undefined {
  const named = sample.gpus.find(isNamed);
  if (!named) return before;
  const { name: model, memoryTotalMiB: memory } = named;
  const count = sample.gpus.length;
  const isAsBefore = before?.model === model && before.count === count && before.memoryMiBPerGpu === memory;
  return isAsBefore ? before : { model, count, ...(memory === undefined ? {} : { memoryMiBPerGpu: memory }) };
}

/**
 * What to expect of a host from now on. Fewer GPUs of the same model are a loss, not a new expectation; another model
 * is another machine.
 */
export function expectedSpec(stored: GpuSpec | undefined, seen: GpuSpec): GpuSpec {
  if (stored?.model !== seen.model) return seen;
  return seen.count < stored.count || isSame(stored, seen) ? stored : seen;
}

function isSame(one: GpuSpec, other: GpuSpec): boolean {
  return one.model === other.model && one.count === other.count && one.memoryMiBPerGpu === other.memoryMiBPerGpu;
}
