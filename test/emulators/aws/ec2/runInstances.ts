import { AwsError } from "../awsError.ts";
import { spotPrice, onDemandPrice } from "../data/prices.ts";
import type { XmlMembers } from "../wire/xml.ts";
import type { Parameters } from "../wire/parameters.ts";
import { launch } from "../world/lifecycle.ts";
import { inventedAddresses } from "../world/machines.ts";
import type { AttachedVolume, Instance, Launch, Subnet } from "../world/model.ts";
import { longId, type RegionWorld } from "../world/region.ts";
import { createRequest, type RequestTerms } from "../world/spotRequests.ts";
import { createVolume } from "../world/volumes.ts";
import type { Ec2Call } from "./call.ts";
import { instanceXml, reservationMembers } from "./instanceXml.ts";
import { placeLaunch, planLaunch, type LaunchPlan } from "./launchPlan.ts";
import { parseLaunch, type DiskRequest, type LaunchRequest } from "./launchRequest.ts";

export function runInstances({ region, parameters }: Ec2Call): XmlMembers {
  const request = parseLaunch(parameters);
  const earlier = request.dryRun ? undefined : earlierLaunch(region, request, parameters);
  if (earlier) return reservation(region, earlier);
  const plan = planLaunch(region, request);
  if (request.dryRun) throw dryRunPassed();
  const { subnet, count } = placeLaunch(region, plan);
  const reservationId = longId(region.cloud, "r");
  const instances = Array.from({ length: count }, (_, launchIndex) =>
    createInstance(region, plan, { subnet, reservationId, launchIndex }),
  );
  const done: Launch = {
    reservationId,
    instanceIds: instances.map(({ id }) => id),
    request: fingerprint(parameters),
  };
  if (request.clientToken !== undefined) region.launches.set(request.clientToken, done);
  return reservation(region, done);
}

/** https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html */
function earlierLaunch(
  region: RegionWorld,
  { clientToken }: LaunchRequest,
  parameters: Parameters,
): Launch | undefined {
  const earlier = clientToken === undefined ? undefined : region.launches.get(clientToken);
  if (!earlier) return undefined;
  if (earlier.request !== fingerprint(parameters))
    throw new AwsError("IdempotentParameterMismatch", "The client token was used before with other parameters.");
  const alive = earlier.instanceIds.filter((id) => !isEnded(region.instances.get(id)));
  if (alive.length > 0) return earlier;
  throw new AwsError(
    "IdempotentInstanceTerminated",
    "The instance that was launched with this client token is terminated.",
  );
}

function isEnded(instance: Instance | undefined): boolean {
  return !instance || instance.state === "terminated" || instance.state === "shutting-down";
}

function fingerprint(parameters: Parameters): string {
  const counted = Object.entries(parameters).filter(([name]) => name !== "ClientToken");
  return JSON.stringify(counted.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

export function dryRunPassed(): AwsError {
  return new AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.");
}

function reservation(region: RegionWorld, { reservationId, instanceIds }: Launch): XmlMembers {
  const instances = instanceIds.flatMap((id) => region.instances.get(id) ?? []);
  return reservationMembers(
    region,
    reservationId,
    instances.map((instance) => instanceXml(region, instance)),
  );
}

interface Place {
  readonly subnet: Subnet;
  readonly reservationId: string;
  readonly launchIndex: number;
}

function createInstance(region: RegionWorld, plan: LaunchPlan, place: Place): Instance {
  const { request } = plan;
  const id = longId(region.cloud, "i");
  const plain: Instance = {
    ...newborn(region, plan, place),
    id,
    volumes: createDisks(region, plan, { instanceId: id, zone: place.subnet.zone }),
  };
  const spotRequest = request.spot && createRequest(region, spotTerms(request, plain), plain);
  const instance = spotRequest ? { ...plain, spotRequestId: spotRequest.id } : plain;
  launch(region, instance);
  return instance;
}

function newborn(region: RegionWorld, plan: LaunchPlan, { subnet, ...place }: Place): Omit<Instance, "id" | "volumes"> {
  const { request, image, type } = plan;
  const { cloud } = region;
  const now = cloud.clock.now();
  return {
    ...place,
    tags: request.instanceTags,
    sequence: cloud.nextNumber(),
    step: 0,
    imageId: image.id,
    instanceType: type.name,
    architecture: type.architecture,
    keyName: request.keyName,
    state: "pending",
    stateReason: { code: "pending", message: "pending" },
    transitionReason: "",
    createdAt: now,
    launchTime: now,
    visibleFrom: now + cloud.durations().visibleAfterMs,
    runningSince: undefined,
    zone: subnet.zone,
    subnetId: subnet.id,
    vpcId: subnet.vpcId,
    interfaceId: longId(cloud, "eni"),
    groupIds: plan.groupIds,
    privateIp: inventedAddresses(region, undefined).privateIp,
    publicIp: undefined,
    reachable: request.publicIp,
    elasticIp: undefined,
    clientToken: request.clientToken,
    spotRequestId: undefined,
    hibernationConfigured: request.hibernation || request.spot?.interruption === "hibernate",
    terminationProtected: request.terminationProtected,
    stopProtected: request.stopProtected,
    shutdownBehavior: request.shutdownBehavior,
    userData: request.userData,
    instanceProfile: plan.instanceProfile,
    rootDevice: image.rootDevice,
    ebsOptimized: request.ebsOptimized,
    tokensRequired: request.tokensRequired,
    consoleOutput: undefined,
  };
}

function spotTerms({ spot, spotTags }: LaunchRequest, { instanceType, zone }: Instance): RequestTerms {
  const usual = onDemandPrice(instanceType, zone.slice(0, -1)) ?? spotPrice(instanceType, zone) ?? 0;
  return {
    persistent: spot?.persistent ?? false,
    interruption: spot?.interruption ?? "terminate",
    maxPrice: Number(spot?.maxPrice ?? usual).toFixed(6),
    tags: spotTags,
  };
}

interface DiskPlace {
  readonly instanceId: string;
  readonly zone: string;
}

/** The root disk is there even where the request does not name it. */
function createDisks(region: RegionWorld, { request, image }: LaunchPlan, place: DiskPlace): readonly AttachedVolume[] {
  const named = request.disks.some(({ device }) => device === image.rootDevice);
  const root: DiskRequest = {
    device: image.rootDevice,
    sizeGiB: image.rootSizeGiB,
    type: image.rootType,
    iops: undefined,
    throughput: undefined,
    encrypted: false,
    kmsKeyId: undefined,
    snapshotId: undefined,
    deleteOnTermination: true,
  };
  const disks = named ? request.disks : [root, ...request.disks];
  return disks.map(({ device, deleteOnTermination, ...disk }) =>
    createVolume(
      region,
      {
        ...disk,
        sizeGiB: disk.sizeGiB ?? image.rootSizeGiB,
        type: disk.type ?? image.rootType,
        ...speed(disk),
        tags: request.volumeTags,
        zone: place.zone,
      },
      { instanceId: place.instanceId, device, deleteOnTermination },
    ),
  );
}

/** What a gp3 volume has without being asked. */
function speed({
  type,
  iops,
  throughput,
}: Pick<DiskRequest, "type" | "iops" | "throughput">): Pick<DiskRequest, "iops" | "throughput"> {
  const gp3 = (type ?? "gp3") === "gp3";
  return { iops: iops ?? (gp3 ? 3000 : undefined), throughput: throughput ?? (gp3 ? 125 : undefined) };
}
