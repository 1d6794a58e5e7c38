import type { InstanceType } from "./instanceTypes.ts";

interface Family {
  readonly name: string;
  readonly manufacturer: InstanceType["manufacturer"];
  readonly currentGeneration: boolean;
  readonly memoryGiBPerVCpu: number;
  readonly sizes: string;
}

const VCPUS: Readonly<Record<string, number>> = { nano: 2, micro: 2, small: 2, medium: 2, large: 2, xlarge: 4 };
const TO_24 = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge";
const TO_16 = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge";

/** Of the real families, so that processors, memory and hibernation of each size are true. */
const FAMILIES: readonly Family[] = [
  { name: "m5", manufacturer: "Intel", currentGeneration: false, memoryGiBPerVCpu: 4, sizes: TO_24 },
  { name: "m5a", manufacturer: "AMD", currentGeneration: true, memoryGiBPerVCpu: 4, sizes: TO_24 },
  { name: "m6i", manufacturer: "Intel", currentGeneration: false, memoryGiBPerVCpu: 4, sizes: `${TO_24} 32xlarge` },
  {
    name: "m6a",
    manufacturer: "AMD",
    currentGeneration: true,
    memoryGiBPerVCpu: 4,
    sizes: `${TO_24} 32xlarge 48xlarge`,
  },
  { name: "m7i", manufacturer: "Intel", currentGeneration: true, memoryGiBPerVCpu: 4, sizes: `${TO_24} 48xlarge` },
  { name: "m6g", manufacturer: "AWS", currentGeneration: true, memoryGiBPerVCpu: 4, sizes: TO_16 },
  { name: "m7g", manufacturer: "AWS", currentGeneration: true, memoryGiBPerVCpu: 4, sizes: TO_16 },
  { name: "c6i", manufacturer: "Intel", currentGeneration: true, memoryGiBPerVCpu: 2, sizes: `${TO_24} 32xlarge` },
  { name: "c7g", manufacturer: "AWS", currentGeneration: true, memoryGiBPerVCpu: 2, sizes: TO_16 },
  { name: "r5", manufacturer: "Intel", currentGeneration: false, memoryGiBPerVCpu: 8, sizes: TO_24 },
  { name: "r5a", manufacturer: "AMD", currentGeneration: true, memoryGiBPerVCpu: 8, sizes: TO_24 },
  {
    name: "r6a",
    manufacturer: "AMD",
    currentGeneration: true,
    memoryGiBPerVCpu: 8,
    sizes: `${TO_24} 32xlarge 48xlarge`,
  },
];

const BURSTABLE_GIB: Readonly<Record<string, number>> = {
  nano: 0.5,
  micro: 1,
  small: 2,
  medium: 4,
  large: 8,
  xlarge: 16,
  "2xlarge": 32,
};
const BURSTABLE: readonly (readonly [string, InstanceType["manufacturer"]])[] = [
  ["t3", "Intel"],
  ["t3a", "AMD"],
  ["t4g", "AWS"],
];

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/hibernating-prerequisites.html */
const HIBERNATION_LIMIT_MIB = 150 * 1024;

export function ordinaryTypes(): readonly InstanceType[] {
  const sized = FAMILIES.flatMap((family) => family.sizes.split(" ").map((size) => sizedType(family, size)));
  const burstable = BURSTABLE.flatMap(([family, manufacturer]) =>
    Object.entries(BURSTABLE_GIB).map(([size, memoryGiB]) => ({
      ...base(`${family}.${size}`, manufacturer, vCpusOf(size)),
      memoryMiB: memoryGiB * 1024,
      burstable: true,
      hibernation: true,
      network: "Up to 5 Gigabit",
    })),
  );
  return [...burstable, ...sized];
}

function sizedType({ name, manufacturer, currentGeneration, memoryGiBPerVCpu }: Family, size: string): InstanceType {
  const vCpus = vCpusOf(size);
  const memoryMiB = vCpus * memoryGiBPerVCpu * 1024;
  return {
    ...base(`${name}.${size}`, manufacturer, vCpus),
    currentGeneration,
    memoryMiB,
    hibernation: memoryMiB < HIBERNATION_LIMIT_MIB,
  };
}

function base(
  name: string,
  manufacturer: InstanceType["manufacturer"],
  vCpus: number,
): Omit<InstanceType, "memoryMiB"> {
  return {
    name,
    architecture: manufacturer === "AWS" ? "arm64" : "x86_64",
    manufacturer,
    vCpus,
    threadsPerCore: manufacturer === "AWS" ? 1 : 2,
    currentGeneration: true,
    hibernation: false,
    burstable: false,
    usageClasses: ["on-demand", "spot"],
  };
}

/** "4xlarge" has four times the processors of an xlarge. */
function vCpusOf(size: string): number {
  return VCPUS[size] ?? 4 * Number(/^\d+/.exec(size)?.[0] ?? 1);
}
