import type { GpuSpec } from "../core/environment.ts";
import { plainText } from "../core/plainText.ts";
import type { GpuSample } from "./reading.ts";
import { shortModel } from "./shortModel.ts";

/** "8×H100", "1×A10 + 1×A30": what was read, else what is known from before; undefined where nothing is. */
export function gpuCount(sample: GpuSample | undefined, known: GpuSpec | undefined): string | undefined {
  const models = new Map<string, number>();
  for (const { name } of sample?.gpus ?? []) {
    const model = modelOf(name ?? "GPU");
    models.set(model, (models.get(model) ?? 0) + 1);
  }
  if (models.size > 0) return [...models].map(([model, count]) => `${count}×${model}`).join(" + ");
  return known && `${known.count}×${modelOf(known.model)}`;
}

function modelOf(name: string): string {
  return plainText(shortModel(name), 60);
}
