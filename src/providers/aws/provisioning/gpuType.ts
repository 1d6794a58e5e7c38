import type { InstanceTypeInfo } from "@aws-sdk/client-ec2";
import type { GpuSpec } from "../../../core/environment.ts";
import { plainText } from "../../../core/plainText.ts";
import { readInstanceType, type InstanceTypeInfo as TypeFacts } from "../instanceType.ts";
import type { Market } from "../priceBook.ts";
import { isInstanceType } from "./names.ts";

export type Architecture = "x86_64" | "arm64";

/** An instance type with GPUs, as a launch has to know it. */
export interface GpuType {
  readonly name: string;
  readonly gpu: GpuSpec;
  readonly vCpus: number;
  readonly memoryMiB: number;
  readonly architecture: Architecture;
  readonly canHibernate: boolean;
  readonly markets: readonly Market[];
  /** Whether it has disks that every stop empties. */
  readonly hasInstanceStore: boolean;
}

/**
 * EC2 hibernates Linux with up to 150 GiB of memory:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/hibernating-prerequisites.html
 */
const MAX_HIBERNATED_MIB = 150 * 1024;

const MARKETS: readonly Market[] = ["on-demand", "spot"];

/** Undefined for a type without GPUs, and for one of which AWS says too little to launch it. */
export function toGpuType(record: InstanceTypeInfo): GpuType | undefined {
  const type = readInstanceType(record);
  const architecture = record.ProcessorInfo?.SupportedArchitectures?.find(isArchitecture);
  if (!type || !hasSize(type) || !architecture || !isInstanceType(type.name)) return undefined;
  const { name, gpu, vcpus: vCpus, memoryMiB } = type;
  return {
    name,
    gpu: { ...gpu, model: plainText(gpu.model, 100) },
    vCpus,
    memoryMiB,
    architecture,
    canHibernate: type.canHibernate && memoryMiB <= MAX_HIBERNATED_MIB,
    markets: MARKETS.filter((market) => record.SupportedUsageClasses?.includes(market)),
    hasInstanceStore: hasDisks(type),
  };
}

type Sized = TypeFacts & { readonly gpu: GpuSpec; readonly vcpus: number; readonly memoryMiB: number };

function hasSize(type: TypeFacts): type is Sized {
  return Boolean(type.gpu && type.vcpus && type.memoryMiB);
}

function hasDisks({ instanceStorageGB }: TypeFacts): boolean {
  return instanceStorageGB !== undefined && instanceStorageGB > 0;
}

/** One text for GPUs of one kind and number: the answer to which GPUs are wanted. */
export function gpuKey({ model, count, memoryMiBPerGpu }: GpuSpec): string {
  return [model, count, memoryMiBPerGpu ?? "?"].join("/");
}

export function isNvidia({ model }: GpuSpec): boolean {
  return /^NVIDIA\b/i.test(model);
}

function isArchitecture(text: string): text is Architecture {
  return text === "x86_64" || text === "arm64";
}
