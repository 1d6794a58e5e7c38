import { instanceType } from "./data/instanceTypes.ts";
import { zoneNames } from "./data/regions.ts";
import { inventedAddresses } from "./world/machines.ts";
import type { AttachedVolume, Instance, StateName, StateReason } from "./world/model.ts";
import { longId, type RegionWorld } from "./world/region.ts";
import { createRequest, type RequestTerms } from "./world/spotRequests.ts";
import { createVolume, type VolumeTerms } from "./world/volumes.ts";

/** A machine that is there without a launch; quota, capacity and the clock are not asked. */
export interface InstanceSeed {
  /** Default us-east-1. */
  readonly region?: string;
  readonly accountId?: string;
  readonly id?: string;
  /** Default g5.xlarge; one that the emulator does not know is shown all the same. */
  readonly instanceType?: string;
  /** Default running. */
  readonly state?: StateName;
  readonly stateReason?: StateReason;
  /** Why and when it entered its state, as EC2 writes it: "User initiated (2026-11-22 03:00:00 GMT)". */
  readonly transitionReason?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly imageId?: string;
  readonly keyName?: string;
  /** Default: the first of the region. */
  readonly zone?: string;
  readonly launchTime?: number;
  readonly privateIp?: string;
  readonly publicIp?: string;
  /** False: no public address. */
  readonly reachable?: boolean;
  readonly elasticIp?: string;
  readonly groupIds?: readonly string[];
  /** Neighbours of one reservation are listed together; default: one of its own. */
  readonly reservationId?: string;
  readonly clientToken?: string;
  readonly hibernationConfigured?: boolean;
  readonly terminationProtected?: boolean;
  readonly instanceProfile?: string;
  readonly spot?: { readonly persistent?: boolean; readonly interruption?: "terminate" | "stop" | "hibernate" };
  /** GiB of the root disk; default 75. */
  readonly rootSizeGiB?: number;
}

const USUAL = {
  instanceType: "g5.xlarge",
  state: "running",
  transitionReason: "",
  tags: {},
  reachable: true,
  hibernationConfigured: false,
  terminationProtected: false,
  rootSizeGiB: 75,
} as const satisfies InstanceSeed;

type FullSeed = InstanceSeed & Required<Pick<InstanceSeed, keyof typeof USUAL>>;

const ROOT_DEVICE = "/dev/sda1";

/** Gives its id. */
export function addInstance(region: RegionWorld, seed: InstanceSeed): string {
  const id = seed.id ?? longId(region.cloud, "i");
  const basic = seeded(region, { ...USUAL, ...seed }, id);
  const spotRequest = seed.spot && createRequest(region, spotTerms(seed.spot), basic);
  region.instances.set(id, { ...basic, spotRequestId: spotRequest?.id }, region.cloud.clock.now());
  if (seed.elasticIp !== undefined) addAddress(region, seed.elasticIp, id);
  return id;
}

function seeded(region: RegionWorld, seed: FullSeed, id: string): Instance {
  const { cloud } = region;
  const launchTime = seed.launchTime ?? cloud.clock.now();
  return {
    id,
    sequence: cloud.nextNumber(),
    step: 0,
    tags: new Map(Object.entries(seed.tags)),
    reservationId: seed.reservationId ?? longId(cloud, "r"),
    launchIndex: 0,
    imageId: seed.imageId ?? region.images[0]?.id ?? "",
    instanceType: seed.instanceType,
    architecture: instanceType(seed.instanceType)?.architecture ?? "x86_64",
    keyName: seed.keyName,
    state: seed.state,
    stateReason: seed.stateReason,
    transitionReason: seed.transitionReason,
    createdAt: launchTime,
    launchTime,
    visibleFrom: -Infinity,
    runningSince: seed.state === "running" ? launchTime : undefined,
    ...placeOf(region, seed),
    ...addressesOf(region, seed),
    clientToken: seed.clientToken,
    spotRequestId: undefined,
    hibernationConfigured: seed.hibernationConfigured,
    terminationProtected: seed.terminationProtected,
    stopProtected: false,
    shutdownBehavior: "stop",
    userData: undefined,
    instanceProfile: seed.instanceProfile,
    rootDevice: ROOT_DEVICE,
    volumes: seed.state === "terminated" ? [] : [rootDisk(region, seed, id)],
    ebsOptimized: false,
    tokensRequired: true,
    consoleOutput: "[    0.000000] Linux version 6.8.0-aws\r\n",
  };
}

type Place = Pick<Instance, "zone" | "subnetId" | "vpcId" | "interfaceId" | "groupIds">;

function placeOf(region: RegionWorld, seed: FullSeed): Place {
  const zone = zoneOf(region, seed);
  const subnet = [...region.subnets.values()].find((candidate) => candidate.zone === zone);
  return {
    zone,
    subnetId: subnet?.id ?? "",
    vpcId: subnet?.vpcId ?? "",
    interfaceId: longId(region.cloud, "eni"),
    groupIds: seed.groupIds ?? [...region.securityGroups.keys()].slice(0, 1),
  };
}

function zoneOf({ facts }: RegionWorld, { zone }: FullSeed): string {
  return zone ?? zoneNames(facts)[0] ?? "";
}

function addressesOf(
  region: RegionWorld,
  seed: FullSeed,
): Pick<Instance, "privateIp" | "publicIp" | "elasticIp" | "reachable"> {
  const { elasticIp, reachable, state } = seed;
  const addresses = inventedAddresses(region, seed.privateIp);
  const publicIp = state === "running" && reachable ? (seed.publicIp ?? addresses.publicIp) : undefined;
  const privateIp = state === "terminated" ? undefined : addresses.privateIp;
  return { privateIp, publicIp: elasticIp ?? publicIp, elasticIp, reachable };
}

function rootDisk(region: RegionWorld, seed: FullSeed, instanceId: string): AttachedVolume {
  const terms: VolumeTerms = {
    sizeGiB: seed.rootSizeGiB,
    type: "gp3",
    iops: 3000,
    throughput: 125,
    encrypted: seed.hibernationConfigured,
    kmsKeyId: undefined,
    snapshotId: undefined,
    tags: new Map(),
    zone: zoneOf(region, seed),
  };
  return createVolume(region, terms, { instanceId, device: ROOT_DEVICE, deleteOnTermination: true });
}

function spotTerms({
  persistent = false,
  interruption = "terminate",
}: NonNullable<InstanceSeed["spot"]>): RequestTerms {
  return { persistent, interruption, maxPrice: "1.000000", tags: new Map() };
}

function addAddress(region: RegionWorld, publicIp: string, instanceId: string): void {
  const id = longId(region.cloud, "eipalloc");
  region.addresses.set(id, { id, tags: new Map(), publicIp, instanceId });
}
