import type { GpuSpec } from "../../core/environment.ts";
import { amountOf, formOf, listOf, recordOf, textOf } from "./untrusted.ts";

/** What a type of instance has, as EC2 describes it. Texts are hostile until shown through `plainText`. */
export interface InstanceTypeInfo {
  readonly name: string;
  readonly vcpus: number | undefined;
  readonly memoryMiB: number | undefined;
  readonly gpu: GpuSpec | undefined;
  /** Accelerators that are no GPUs, in words: "16 × Trainium". */
  readonly accelerators: readonly string[];
  readonly canHibernate: boolean;
  readonly instanceStorageGB: number | undefined;
}

/** Undefined for what has no name of a type. */
export function readInstanceType(value: unknown): InstanceTypeInfo | undefined {
  const raw = recordOf(value);
  const name = formOf(raw["InstanceType"], /^[a-z0-9][a-z0-9-]*\.[a-z0-9-]+$/);
  if (name === undefined) return undefined;
  return {
    name,
    vcpus: amountOf(recordOf(raw["VCpuInfo"])["DefaultVCpus"]),
    memoryMiB: amountOf(recordOf(raw["MemoryInfo"])["SizeInMiB"]),
    gpu: readGpus(recordOf(raw["GpuInfo"])["Gpus"]),
    accelerators: ACCELERATORS.flatMap(([member, devices]) => readAccelerators(recordOf(raw[member])[devices])),
    canHibernate: raw["HibernationSupported"] === true,
    instanceStorageGB: amountOf(recordOf(raw["InstanceStorageInfo"])["TotalSizeInGB"]),
  };
}

const ACCELERATORS = [
  ["NeuronInfo", "NeuronDevices"],
  ["InferenceAcceleratorInfo", "Accelerators"],
  ["FpgaInfo", "Fpgas"],
  ["MediaAcceleratorInfo", "Accelerators"],
] as const;

/**
 * What the machine's own driver will show. A type with a part of a GPU has `Count` 0: there the logical GPUs count, and
 * the model says which part each of them is. Undefined where nothing of it can be counted.
 */
function readGpus(value: unknown): GpuSpec | undefined {
  const gpus = listOf(value).flatMap((gpu) => readGpu(recordOf(gpu)) ?? []);
  const [first] = gpus;
  if (!first) return undefined;
  const isUniform = gpus.every(
    ({ model, memoryMiBPerGpu }) => model === first.model && memoryMiBPerGpu === first.memoryMiBPerGpu,
  );
  const count = gpus.reduce((sum, gpu) => sum + gpu.count, 0);
  if (isUniform) return { ...first, count };
  return { model: [...new Set(gpus.map(({ model }) => model))].join(" + ").slice(0, 200), count };
}

function readGpu(raw: Readonly<Record<string, unknown>>): GpuSpec | undefined {
  const count = [raw["Count"], raw["LogicalGpuCount"]].map(amountOf).find((known) => known !== undefined && known > 0);
  if (count === undefined || count > MOST_GPUS) return undefined;
  const maker = textOf(raw["Manufacturer"], 60) ?? "";
  const name = textOf(raw["Name"], 60) ?? "GPU";
  const model = `${maker} ${name}`.trim() + partOf(amountOf(raw["GpuPartitionSize"]));
  const memory = amountOf(recordOf(raw["MemoryInfo"])["SizeInMiB"]);
  return { model, count: Math.max(1, Math.round(count)), ...(memory ? { memoryMiBPerGpu: memory } : {}) };
}

/** A value beyond this is no count. */
const MOST_GPUS = 1024;

/** " (1/8)" for 0.125, so that an eighth of a GPU is not taken for a whole one. */
function partOf(size: number | undefined): string {
  if (size === undefined || size <= 0 || size >= 1) return "";
  const parts = 1 / size;
  return Math.abs(parts - Math.round(parts)) < 0.01
    ? ` (1/${Math.round(parts)})`
    : ` (${Math.max(1, Math.round(size * 100))} %)`;
}

function readAccelerators(value: unknown): readonly string[] {
  return listOf(value).flatMap((accelerator) => {
    const { Count: count, Manufacturer: maker, Name: name } = recordOf(accelerator);
    const known = [textOf(maker, 60), textOf(name, 60)].filter((word) => word !== undefined).join(" ");
    return known === "" ? [] : [`${amountOf(count) ?? 1} × ${known}`];
  });
}
