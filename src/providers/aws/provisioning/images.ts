import type { Image } from "@aws-sdk/client-ec2";
import { sentence, type Sentence } from "../../../core/sentence.ts";
import { isNvidia, type Architecture, type GpuType } from "./gpuType.ts";
import { isImageId } from "./names.ts";

/** A system that a machine can be made with. */
export interface SystemKind {
  readonly id: string;
  readonly label: Sentence;
  readonly hasNvidiaDriver: boolean;
  /** Who logs in. */
  readonly user: string;
  /** The public parameter of Systems Manager that names its newest image. */
  readonly parameter: (architecture: Architecture) => string;
}

/** An image of this region and moment. */
export interface SystemImage {
  readonly imageId: string;
  /** "/dev/sda1" */
  readonly rootDevice: string;
  readonly sizeGiB: number;
}

const deepLearning = (release: string): SystemKind => ({
  id: `deep-learning-ubuntu-${release}`,
  label: sentence("Deep Learning Base, Ubuntu {0}", release),
  hasNvidiaDriver: true,
  user: "ubuntu",
  parameter: (architecture) =>
    `/aws/service/deeplearning/ami/${architecture}/base-oss-nvidia-driver-gpu-ubuntu-${release}/latest/ami-id`,
});

const ubuntu = (release: string, volumeType: string): SystemKind => ({
  id: `ubuntu-${release}`,
  label: sentence("Ubuntu {0}", release),
  hasNvidiaDriver: false,
  user: "ubuntu",
  parameter: (architecture) =>
    `/aws/service/canonical/ubuntu/server/${release}/stable/current/${architecture === "arm64" ? "arm64" : "amd64"}/hvm/ebs-${volumeType}/ami-id`,
});

/**
 * In the order in which they are offered.
 * https://docs.aws.amazon.com/dlami/latest/devguide/appendix-ami-release-notes.html
 * https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
 */
export const SYSTEMS: readonly SystemKind[] = [
  deepLearning("24.04"),
  deepLearning("22.04"),
  ubuntu("24.04", "gp3"),
  ubuntu("22.04", "gp2"),
];

/** NVIDIA's open kernel modules, which the Deep Learning images bring, know Turing and what came after it. */
const BEFORE_TURING = /\b(K520|K80|M60|V100)\b/;

/** Why a system is no choice for a type; undefined: it is one. */
export function misfit(system: SystemKind, { gpu, name }: GpuType): Sentence | undefined {
  if (!system.hasNvidiaDriver) return undefined;
  if (!isNvidia(gpu)) return sentence("It brings the NVIDIA driver, while {0} has {1}.", name, gpu.model);
  return BEFORE_TURING.test(gpu.model)
    ? sentence("Its driver does not know the {0} of {1}, which is too old for it.", gpu.model, name)
    : undefined;
}

/** What a launch needs of an image; undefined where AWS says too little, or that it cannot be used. */
export function toSystemImage(record: Image, architecture: Architecture): SystemImage | undefined {
  if (record.State !== "available" || record.Architecture !== architecture) return undefined;
  const { ImageId: imageId, RootDeviceName: rootDevice } = record;
  const sizeGiB = record.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === rootDevice)?.Ebs?.VolumeSize;
  const isUsable = isImageId(imageId) && isDevice(rootDevice) && isSize(sizeGiB);
  return isUsable ? { imageId, rootDevice, sizeGiB } : undefined;
}

function isDevice(name: string | undefined): name is string {
  return name !== undefined && /^\/dev\/[a-z0-9]{3,10}$/.test(name);
}

function isSize(gibibytes: number | undefined): gibibytes is number {
  return gibibytes !== undefined && Number.isSafeInteger(gibibytes) && gibibytes > 0;
}
