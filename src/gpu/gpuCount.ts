import type { GpuSpec } from "../core/environment.ts";
import { plainText } from "../core/plainText.ts";
import type { GpuSample } from "./reading.ts";
import { shortModel } from "./shortModel.ts";

/** "8×H100", "1×A10 + 1×A30": what was read, else what is known from before; undefined where nothing is. */
export function gpuCount(sample: GpuSample | undefined, known: GpuSpec | undefined): string | undefined {
  const names = sample?.gpus.flatMap(({ name }) => name ?? []) ?? [];
  // A GPU that is lost does not say its name; what is known from before does.
  if (names.length > 0 && (names.length === sample?.gpus.length || !known)) return counted(names.map(modelOf));
  return known && `${known.count}×${modelOf(known.model)}`;
}

function counted(models: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const model of models) counts.set(model, (counts.get(model) ?? 0) + 1);
  return [...counts].map(([model, count]) => `${count}×${model}`).join(" + ");
}

function modelOf(name: string): string {
  return plainText(shortModel(name), 60);
}
