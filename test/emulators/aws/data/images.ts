import { createHash } from "node:crypto";

export interface Image {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly architecture: "x86_64" | "arm64";
  readonly ownerId: string;
  readonly ownerAlias: string | undefined;
  readonly rootDevice: string;
  readonly rootSizeGiB: number;
  readonly rootType: string;
  readonly createdAt: string;
  /** Public parameters of Systems Manager that resolve to it. */
  readonly parameters: readonly string[];
}

const UBUNTU = "/aws/service/canonical/ubuntu/server";
const DEEP_LEARNING = "/aws/service/deeplearning/ami";
const CANONICAL = "099720109477";
const AMAZON = "898082745236";

type ImagePlan = Omit<Image, "id" | "rootDevice" | "createdAt">;

const deepLearning = (architecture: Image["architecture"], release: string): ImagePlan => ({
  name: `Deep Learning ${architecture === "arm64" ? "ARM64 " : ""}Base OSS Nvidia Driver GPU AMI (Ubuntu ${release}) 20261006`,
  description: "Drivers for G4dn, G5, G6, Gr6, G6e, P4, P5 and newer",
  architecture,
  ownerId: AMAZON,
  ownerAlias: "amazon",
  rootSizeGiB: 75,
  rootType: "gp3",
  parameters: [`${DEEP_LEARNING}/${architecture}/base-oss-nvidia-driver-gpu-ubuntu-${release}/latest/ami-id`],
});

const ubuntu = (architecture: Image["architecture"], release: string, disk: string): ImagePlan => {
  const word = architecture === "arm64" ? "arm64" : "amd64";
  return {
    name: `ubuntu/images/hvm-ssd-${disk}/ubuntu-${release}-${word}-server-20261001`,
    description: `Canonical, Ubuntu, ${release}, ${word}`,
    architecture,
    ownerId: CANONICAL,
    ownerAlias: undefined,
    rootSizeGiB: 8,
    rootType: disk,
    parameters: [`${UBUNTU}/${release}/stable/current/${word}/hvm/ebs-${disk}/ami-id`],
  };
};

const PLANS: readonly ImagePlan[] = [
  deepLearning("x86_64", "22.04"),
  deepLearning("x86_64", "24.04"),
  deepLearning("arm64", "22.04"),
  deepLearning("arm64", "24.04"),
  ubuntu("x86_64", "22.04", "gp2"),
  ubuntu("x86_64", "24.04", "gp3"),
  ubuntu("arm64", "22.04", "gp2"),
  ubuntu("arm64", "24.04", "gp3"),
];

/** Each region has an image of its own for each name. */
export function imagesOf(region: string): readonly Image[] {
  return PLANS.map((plan) => ({
    ...plan,
    id: `ami-0${createHash("sha256").update(`${region}/${plan.name}`).digest("hex").slice(0, 16)}`,
    rootDevice: "/dev/sda1",
    createdAt: "2026-10-06T05:00:00.000Z",
  }));
}

export function imageOfParameter(region: string, parameter: string): Image | undefined {
  return imagesOf(region).find(({ parameters }) => parameters.includes(parameter));
}
