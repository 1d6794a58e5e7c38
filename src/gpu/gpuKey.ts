import type { GpuReading } from "./reading.ts";

/** What a GPU is called from one answer to the next: its UUID, else its bus id, else its place. */
export function gpuKey(gpu: GpuReading): string {
  return gpu.uuid ?? gpu.busId ?? `index ${gpu.index ?? 0}`;
}
