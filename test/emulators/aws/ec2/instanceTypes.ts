import { AwsError } from "../awsError.ts";
import {
  INSTANCE_TYPES,
  isOfferedIn,
  isOfferedInZone,
  type Accelerator,
  type Gpu,
  type InstanceType,
} from "../data/instanceTypes.ts";
import { zoneId, zoneNames } from "../data/regions.ts";
import { texts } from "../wire/parameters.ts";
import type { XmlMembers, XmlValue } from "../wire/xml.ts";
import type { Ec2Call } from "./call.ts";
import { plainFilterOf, type FilterFields } from "./filters.ts";
import { pageOf } from "./paging.ts";

const TYPE_FILTERS: FilterFields<InstanceType> = {
  "instance-type": ({ name }) => [name],
  "hibernation-supported": ({ hibernation }) => [String(hibernation)],
  "supported-usage-class": ({ usageClasses }) => usageClasses,
  "current-generation": ({ currentGeneration }) => [String(currentGeneration)],
  "processor-info.supported-architecture": ({ architecture }) => [architecture],
  "processor-info.manufacturer": ({ manufacturer }) => [manufacturer],
  "burstable-performance-supported": ({ burstable }) => [String(burstable)],
  "instance-storage-supported": ({ disks }) => [String(disks !== undefined)],
  "memory-info.size-in-mib": ({ memoryMiB }) => [String(memoryMiB)],
  "vcpu-info.default-vcpus": ({ vCpus }) => [String(vCpus)],
  "bare-metal": () => ["false"],
};

/** At most a hundred at a time, asked for or not. */
export function describeInstanceTypes(call: Ec2Call): XmlMembers {
  const { region, parameters } = call;
  const names = texts(parameters, "InstanceType");
  const offered = INSTANCE_TYPES.filter((type) => isOfferedIn(type, region.facts.name));
  const listed = names.length > 0 ? named(offered, names) : offered;
  const bounds = { least: 5, most: 100, usual: 100 };
  const { items, nextToken } = pageOf(call, listed.filter(plainFilterOf(parameters, TYPE_FILTERS)), bounds);
  return { instanceTypeSet: items.map(typeMembers), nextToken };
}

function named(offered: readonly InstanceType[], names: readonly string[]): readonly InstanceType[] {
  if (names.length > 100) throw new AwsError("InvalidParameterValue", "Up to 100 instance types may be named.");
  const unknown = names.filter((name) => !offered.some((type) => type.name === name));
  if (unknown.length === 0) return offered.filter(({ name }) => names.includes(name));
  throw new AwsError(
    "InvalidInstanceType",
    `The following supplied instance types do not exist: [${unknown.join(", ")}]`,
  );
}

export function describeInstanceTypeOfferings(call: Ec2Call): XmlMembers {
  const { parameters } = call;
  const locationType = parameters["LocationType"] ?? "region";
  const offerings = INSTANCE_TYPES.flatMap((type) =>
    locations(call, locationType, type).map((location) => ({ instanceType: type.name, locationType, location })),
  );
  const passes = plainFilterOf<(typeof offerings)[number]>(parameters, {
    "instance-type": (offering) => [offering.instanceType],
    location: ({ location }) => [location],
  });
  const { items, nextToken } = pageOf(call, offerings.filter(passes), { least: 5, most: 1000, usual: 1000 });
  return { instanceTypeOfferingSet: items, nextToken };
}

function locations({ region: { facts } }: Ec2Call, locationType: string, type: InstanceType): readonly string[] {
  const zones = zoneNames(facts).filter((zone) => isOfferedInZone(type, zone));
  if (locationType === "availability-zone") return zones;
  if (locationType === "availability-zone-id") return zones.map((zone) => zoneId(facts, zone));
  if (locationType === "region") return isOfferedIn(type, facts.name) ? [facts.name] : [];
  throw new AwsError("InvalidParameterValue", `The location type '${locationType}' is not valid`);
}

function typeMembers(type: InstanceType): XmlValue {
  return {
    instanceType: type.name,
    currentGeneration: type.currentGeneration,
    freeTierEligible: false,
    supportedUsageClasses: type.usageClasses,
    supportedRootDeviceTypes: ["ebs"],
    supportedVirtualizationTypes: ["hvm"],
    bareMetal: false,
    hypervisor: "nitro",
    processorInfo: { supportedArchitectures: [type.architecture], manufacturer: type.manufacturer },
    vCpuInfo: {
      defaultVCpus: type.vCpus,
      defaultCores: type.vCpus / type.threadsPerCore,
      defaultThreadsPerCore: type.threadsPerCore,
    },
    memoryInfo: { sizeInMiB: type.memoryMiB },
    ...storageMembers(type),
    ebsInfo: { ebsOptimizedSupport: "default", encryptionSupport: "supported", nvmeSupport: "required" },
    networkInfo: type.network === undefined ? undefined : { networkPerformance: type.network },
    ...acceleratorMembers(type),
    hibernationSupported: type.hibernation,
    burstablePerformanceSupported: type.burstable,
    supportedBootModes: type.architecture === "arm64" ? ["uefi"] : ["legacy-bios", "uefi"],
    supportedInRegion: true,
  };
}

function storageMembers({ disks }: InstanceType): XmlMembers {
  if (!disks) return { instanceStorageSupported: false };
  const { count, sizeGB } = disks;
  return {
    instanceStorageSupported: true,
    instanceStorageInfo: {
      totalSizeInGB: count * sizeGB,
      disks: [{ sizeInGB: sizeGB, count, type: "ssd" }],
      nvmeSupport: "required",
      encryptionSupport: "required",
    },
  };
}

/** GPUs, Neuron devices and media cards are told apart by the member that they are under. */
function acceleratorMembers({ gpu, neuron, media }: InstanceType): XmlMembers {
  const neuronMiB = neuron && neuron.count * neuron.memoryMiB;
  return {
    gpuInfo: gpu && gpuMembers(gpu),
    // Of this one list the items are called "member".
    inferenceAcceleratorInfo: neuron && {
      accelerators: { member: deviceMembers(neuron) },
      totalInferenceMemoryInMiB: neuronMiB,
    },
    neuronInfo: neuron && {
      neuronDevices: [{ ...deviceMembers(neuron), coreInfo: { count: neuron.coresPerDevice, version: 2 } }],
      totalNeuronDeviceMemoryInMiB: neuronMiB,
    },
    mediaAcceleratorInfo: media && {
      accelerators: [deviceMembers(media)],
      totalMediaMemoryInMiB: media.count * media.memoryMiB,
    },
  };
}

function gpuMembers(gpu: Gpu): XmlValue {
  const { logicalCount, partitionSize, memoryMiB } = gpu;
  return {
    gpus: [{ ...deviceMembers(gpu), logicalGpuCount: logicalCount, gpuPartitionSize: partitionSize }],
    totalGpuMemoryInMiB: logicalCount * memoryMiB,
  };
}

function deviceMembers({ name, manufacturer, count, memoryMiB }: Accelerator): XmlMembers {
  return { name, manufacturer, count, memoryInfo: { sizeInMiB: memoryMiB } };
}
