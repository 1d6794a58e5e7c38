import { ordinaryTypes } from "./ordinaryTypes.ts";

export interface Accelerator {
  readonly name: string;
  readonly manufacturer: string;
  readonly count: number;
  readonly memoryMiB: number;
}

export interface Gpu extends Accelerator {
  readonly logicalCount: number;
  readonly partitionSize: number;
}

export interface InstanceType {
  readonly name: string;
  readonly architecture: "x86_64" | "arm64";
  readonly manufacturer: "Intel" | "AMD" | "AWS";
  readonly vCpus: number;
  readonly threadsPerCore: 1 | 2;
  readonly memoryMiB: number;
  readonly currentGeneration: boolean;
  readonly hibernation: boolean;
  readonly burstable: boolean;
  readonly usageClasses: readonly string[];
  /** Instance store: lost at every stop. */
  readonly disks?: { readonly count: number; readonly sizeGB: number };
  readonly network?: string;
  readonly gpu?: Gpu;
  readonly neuron?: Accelerator & { readonly coresPerDevice: number };
  readonly media?: Accelerator;
  /** Offered only there; in every region where absent. */
  readonly regions?: readonly string[];
  /** Letters of the zones that lack it. Invented: the real ones change. */
  readonly notInZones?: string;
}

const EVERY_USE = ["on-demand", "spot"] as const;
const BLOCK_USE = ["capacity-block", "on-demand", "spot"] as const;

type Basics = Pick<InstanceType, "name" | "manufacturer" | "vCpus" | "memoryMiB">;

/** No accelerated type can be hibernated. */
function accelerated(basics: Basics, rest: Partial<InstanceType>): InstanceType {
  return {
    architecture: basics.manufacturer === "AWS" ? "arm64" : "x86_64",
    threadsPerCore: basics.manufacturer === "AWS" ? 1 : 2,
    currentGeneration: true,
    hibernation: false,
    burstable: false,
    usageClasses: EVERY_USE,
    ...basics,
    ...rest,
  };
}

function nvidia(name: string, count: number, memoryMiB: number): Gpu {
  return { name, manufacturer: "NVIDIA", count, memoryMiB, logicalCount: count, partitionSize: 1 };
}

const BIG_GPU_REGIONS = ["us-east-1", "us-east-2", "us-west-2", "eu-central-1", "ap-northeast-1"] as const;

/** As DescribeInstanceTypes showed them in August 2026; GPU memory is what it reports, not the round figure on the box. */
const ACCELERATED: readonly InstanceType[] = [
  accelerated(
    { name: "g4dn.xlarge", manufacturer: "Intel", vCpus: 4, memoryMiB: 16_384 },
    { gpu: nvidia("T4", 1, 16_384), disks: { count: 1, sizeGB: 125 }, network: "Up to 25 Gigabit" },
  ),
  accelerated(
    { name: "g5.xlarge", manufacturer: "AMD", vCpus: 4, memoryMiB: 16_384 },
    {
      currentGeneration: false,
      gpu: nvidia("A10G", 1, 22_888),
      disks: { count: 1, sizeGB: 250 },
      network: "Up to 10 Gigabit",
      notInZones: "e",
    },
  ),
  accelerated(
    { name: "g5.12xlarge", manufacturer: "AMD", vCpus: 48, memoryMiB: 196_608 },
    {
      currentGeneration: false,
      gpu: nvidia("A10G", 4, 22_888),
      disks: { count: 1, sizeGB: 3_800 },
      network: "40 Gigabit",
      notInZones: "e",
    },
  ),
  accelerated(
    { name: "g5g.xlarge", manufacturer: "AWS", vCpus: 4, memoryMiB: 8_192 },
    { gpu: nvidia("T4g", 1, 16_384), network: "Up to 10 Gigabit", notInZones: "ef" },
  ),
  accelerated(
    { name: "g6.xlarge", manufacturer: "AMD", vCpus: 4, memoryMiB: 16_384 },
    { gpu: nvidia("L4", 1, 22_888), disks: { count: 1, sizeGB: 250 }, network: "Up to 10 Gigabit", notInZones: "e" },
  ),
  accelerated(
    { name: "g6f.large", manufacturer: "AMD", vCpus: 2, memoryMiB: 8_192 },
    {
      // An eighth of a GPU: none is whole, so that the count is 0.
      gpu: { ...nvidia("L4", 0, 2_861), logicalCount: 1, partitionSize: 0.125 },
      disks: { count: 1, sizeGB: 100 },
      network: "Up to 10 Gigabit",
      notInZones: "ef",
    },
  ),
  accelerated(
    { name: "g6e.xlarge", manufacturer: "AMD", vCpus: 4, memoryMiB: 32_768 },
    { gpu: nvidia("L40S", 1, 45_776), disks: { count: 1, sizeGB: 250 }, network: "Up to 20 Gigabit", notInZones: "ef" },
  ),
  accelerated(
    { name: "p4d.24xlarge", manufacturer: "Intel", vCpus: 96, memoryMiB: 1_179_648 },
    {
      usageClasses: BLOCK_USE,
      gpu: nvidia("A100", 8, 40_960),
      disks: { count: 8, sizeGB: 1_000 },
      network: "4x 100 Gigabit",
      regions: BIG_GPU_REGIONS,
      notInZones: "ef",
    },
  ),
  accelerated(
    { name: "p5.48xlarge", manufacturer: "AMD", vCpus: 192, memoryMiB: 2_097_152 },
    {
      usageClasses: BLOCK_USE,
      gpu: nvidia("H100", 8, 81_920),
      disks: { count: 8, sizeGB: 3_800 },
      network: "3200 Gigabit",
      regions: BIG_GPU_REGIONS,
      notInZones: "cdef",
    },
  ),
  accelerated(
    { name: "g4ad.xlarge", manufacturer: "AMD", vCpus: 4, memoryMiB: 16_384 },
    {
      gpu: { ...nvidia("Radeon Pro V520", 1, 8_192), manufacturer: "AMD" },
      disks: { count: 1, sizeGB: 150 },
      network: "Up to 10 Gigabit",
      notInZones: "e",
    },
  ),
  accelerated(
    { name: "inf2.xlarge", manufacturer: "AMD", vCpus: 4, memoryMiB: 16_384 },
    {
      neuron: { name: "Inferentia2", manufacturer: "AWS", count: 1, memoryMiB: 32_768, coresPerDevice: 2 },
      network: "Up to 15 Gigabit",
      notInZones: "e",
    },
  ),
  accelerated(
    { name: "vt1.3xlarge", manufacturer: "Intel", vCpus: 12, memoryMiB: 24_576 },
    {
      media: { name: "U30", manufacturer: "Xilinx", count: 1, memoryMiB: 24_576 },
      network: "3.12 Gigabit",
      regions: ["us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1"],
      notInZones: "ef",
    },
  ),
];

/** More than one page of DescribeInstanceTypes. */
export const INSTANCE_TYPES: readonly InstanceType[] = [...ordinaryTypes(), ...ACCELERATED];

const BY_NAME: ReadonlyMap<string, InstanceType> = new Map(INSTANCE_TYPES.map((type) => [type.name, type]));

export function instanceType(name: string): InstanceType | undefined {
  return BY_NAME.get(name);
}

export function isOfferedIn({ regions }: InstanceType, region: string): boolean {
  return !regions || regions.includes(region);
}

export function isOfferedInZone(type: InstanceType, zone: string): boolean {
  return isOfferedIn(type, zone.slice(0, -1)) && !type.notInZones?.includes(zone.slice(-1));
}
