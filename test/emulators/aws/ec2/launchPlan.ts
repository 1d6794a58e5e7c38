import { AwsError, invalidValue } from "../awsError.ts";
import { imageOfParameter, type Image } from "../data/images.ts";
import { instanceType, isOfferedIn, isOfferedInZone, type InstanceType } from "../data/instanceTypes.ts";
import { spotPrice } from "../data/prices.ts";
import { zoneNames } from "../data/regions.ts";
import { noCapacity, roomInZone } from "../world/capacity.ts";
import type { Subnet } from "../world/model.ts";
import { checkQuota, roomInQuota, type StartPlan } from "../world/quotas.ts";
import type { RegionWorld } from "../world/region.ts";
import type { LaunchRequest } from "./launchRequest.ts";

/** What a request comes to in this region. */
export interface LaunchPlan {
  readonly request: LaunchRequest;
  readonly type: InstanceType;
  readonly image: Image;
  readonly groupIds: readonly string[];
  readonly instanceProfile: string | undefined;
  /** Where it may be put, the preferred one first. */
  readonly subnets: readonly Subnet[];
}

/** Everything a dry run finds out: neither quota nor capacity. */
export function planLaunch(region: RegionWorld, request: LaunchRequest): LaunchPlan {
  const type = findType(region, request.instanceType);
  const image = findImage(region, request.imageId);
  if (image.architecture !== type.architecture)
    throw new AwsError(
      "InvalidParameterValue",
      `The architecture '${type.architecture}' of the instance type does not match the architecture '${image.architecture}' of the image.`,
    );
  checkKey(region, request.keyName);
  checkHibernation(request, type, image);
  checkRootSize(request, image);
  const subnets = findSubnets(region, request, type);
  checkSpotPrice(request, subnets);
  return {
    request,
    type,
    image,
    groupIds: findGroups(region, request),
    instanceProfile: findProfile(region, request.instanceProfile),
    subnets,
  };
}

/** The subnet and how many: the first place with room for the least number takes as many as it can, up to the most. */
export function placeLaunch(
  region: RegionWorld,
  plan: LaunchPlan,
): { readonly subnet: Subnet; readonly count: number } {
  const { request, type, subnets } = plan;
  const market = request.spot ? "spot" : "on-demand";
  const start: StartPlan = { instanceType: type.name, zone: "", market, count: request.least };
  checkQuota(region, start);
  const most = Math.min(request.most, roomInQuota(region, start));
  for (const subnet of subnets) {
    const count = Math.min(most, roomInZone(region, type.name, subnet.zone));
    if (count >= request.least) return { subnet, count };
  }
  throw noCapacity(region, type.name, subnets[0]?.zone ?? "");
}

function findType(region: RegionWorld, name: string): InstanceType {
  const type = instanceType(name);
  if (!type) throw invalidValue("instanceType", name, "Such a type does not exist.");
  if (isOfferedIn(type, region.facts.name)) return type;
  throw new AwsError("Unsupported", `The instance type ${name} is not supported in this Region.`);
}

function findImage(region: RegionWorld, id: string): Image {
  const parameter = /^resolve:ssm:(.+)$/.exec(id)?.[1];
  const image =
    parameter === undefined
      ? region.images.find((candidate) => candidate.id === id)
      : imageOfParameter(region.facts.name, parameter.replace(/:\d+$/, ""));
  if (image) return image;
  if (parameter !== undefined) throw invalidValue("imageId", id, "The parameter cannot be resolved to an image.");
  if (!/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id))
    throw new AwsError("InvalidAMIID.Malformed", `Invalid id: "${id}" (expecting "ami-...")`);
  throw new AwsError("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`);
}

function checkKey({ keyPairs }: RegionWorld, name: string | undefined): void {
  if (name === undefined || [...keyPairs.values()].some((pair) => pair.name === name)) return;
  throw new AwsError("InvalidKeyPair.NotFound", `The key pair '${name}' does not exist`);
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/hibernating-prerequisites.html */
function checkHibernation({ hibernation, spot, disks }: LaunchRequest, type: InstanceType, image: Image): void {
  if (!hibernation && spot?.interruption !== "hibernate") return;
  const root = disks.find(({ device }) => device === image.rootDevice);
  const refuse = (why: string): AwsError => new AwsError("UnsupportedHibernationConfiguration", why);
  if (!type.hibernation) throw refuse(`The instance type ${type.name} does not support hibernation.`);
  if (!root?.encrypted) throw refuse("Hibernation needs an encrypted root volume.");
  if ((root.sizeGiB ?? image.rootSizeGiB) < type.memoryMiB / 1024)
    throw refuse("The root volume is too small to hold the memory of the instance.");
}

function checkRootSize({ disks }: LaunchRequest, { rootDevice, rootSizeGiB }: Image): void {
  const asked = disks.find(({ device }) => device === rootDevice)?.sizeGiB ?? rootSizeGiB;
  if (asked >= rootSizeGiB) return;
  throw new AwsError(
    "InvalidBlockDeviceMapping",
    `Volume of size ${asked}GB is smaller than the snapshot, expect size >= ${rootSizeGiB}GB`,
  );
}

function findGroups({ securityGroups }: RegionWorld, { groupIds, groupNames }: LaunchRequest): readonly string[] {
  const all = [...securityGroups.values()];
  for (const id of groupIds)
    if (!securityGroups.has(id))
      throw new AwsError("InvalidGroup.NotFound", `The security group '${id}' does not exist`);
  const named = groupNames.map((wanted) => {
    const found = all.find(({ name }) => name === wanted);
    if (!found) throw new AwsError("InvalidGroup.NotFound", `The security group '${wanted}' does not exist in the VPC`);
    return found.id;
  });
  const chosen = [...groupIds, ...named];
  return chosen.length > 0 ? chosen : all.filter(({ name }) => name === "default").map(({ id }) => id);
}

function findProfile({ account }: RegionWorld, wanted: string | undefined): string | undefined {
  if (wanted === undefined) return undefined;
  const name = wanted.split("/").at(-1) ?? wanted;
  if (!account.instanceProfiles?.includes(name))
    throw invalidValue("iamInstanceProfile.name", wanted, "Such an instance profile does not exist.");
  return `arn:aws:iam::${account.accountId}:instance-profile/${name}`;
}

/** A request without a place goes to any zone that offers the type. */
function findSubnets(region: RegionWorld, request: LaunchRequest, type: InstanceType): readonly Subnet[] {
  const all = [...region.subnets.values()];
  const wanted = wantedSubnet(region, request);
  const offering = (wanted ? [wanted] : all).filter(({ zone }) => isOfferedInZone(type, zone));
  if (offering.length > 0) return offering;
  const others = all.map(({ zone }) => zone).filter((zone) => isOfferedInZone(type, zone));
  const place = wanted ? `your requested Availability Zone (${wanted.zone})` : "any Availability Zone";
  throw new AwsError(
    "Unsupported",
    `Your requested instance type (${type.name}) is not supported in ${place}. Try ${others.join(", ")}.`,
  );
}

function wantedSubnet({ subnets, facts }: RegionWorld, { subnetId, zone }: LaunchRequest): Subnet | undefined {
  if (subnetId !== undefined) {
    const subnet = subnets.get(subnetId);
    if (!subnet) throw new AwsError("InvalidSubnetID.NotFound", `The subnet ID '${subnetId}' does not exist`);
    if (zone !== undefined && zone !== subnet.zone)
      throw invalidValue("availabilityZone", zone, `The subnet '${subnetId}' is in the zone ${subnet.zone}.`);
    return subnet;
  }
  if (zone === undefined) return undefined;
  if (!zoneNames(facts).includes(zone)) throw invalidValue("availabilityZone", zone, "Such a zone does not exist.");
  return [...subnets.values()].find((subnet) => subnet.zone === zone);
}

function checkSpotPrice({ spot, instanceType: name }: LaunchRequest, subnets: readonly Subnet[]): void {
  if (spot?.maxPrice === undefined) return;
  const least = Math.min(...subnets.map(({ zone }) => spotPrice(name, zone) ?? Infinity));
  if (Number(spot.maxPrice) >= least) return;
  throw new AwsError(
    "SpotMaxPriceTooLow",
    `Your price of ${spot.maxPrice} is lower than the Spot price of ${least.toFixed(4)}.`,
  );
}
