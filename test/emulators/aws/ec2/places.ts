import { AwsError, invalidValue } from "../awsError.ts";
import { REGIONS, zoneId, zoneNames, type RegionFacts } from "../data/regions.ts";
import { flag, texts } from "../wire/parameters.ts";
import type { XmlMembers } from "../wire/xml.ts";
import type { Subnet, Vpc } from "../world/model.ts";
import type { Ec2Call } from "./call.ts";
import { filterOf, plainFilterOf } from "./filters.ts";
import { tagSet } from "./instanceXml.ts";
import { pageOf } from "./paging.ts";

/** Those that the account has not opted into only where all are asked for. */
export function describeRegions({ parameters }: Ec2Call): XmlMembers {
  const names = texts(parameters, "RegionName");
  const unknown = names.find((name) => !REGIONS.some((region) => region.name === name));
  if (unknown !== undefined) throw invalidValue("regionName", unknown, "Such a Region does not exist.");
  const all = REGIONS.filter(({ name, optIn }) =>
    names.length > 0 ? names.includes(name) : flag(parameters, "AllRegions") || !optIn,
  );
  const passes = plainFilterOf<RegionFacts>(parameters, {
    "region-name": ({ name }) => [name],
    endpoint: ({ name }) => [endpointOf(name)],
    "opt-in-status": (region) => [optInStatus(region)],
  });
  return {
    regionInfo: all.filter(passes).map((region) => ({
      regionName: region.name,
      regionEndpoint: endpointOf(region.name),
      optInStatus: optInStatus(region),
    })),
  };
}

function endpointOf(region: string): string {
  return `ec2.${region}.amazonaws.com`;
}

function optInStatus({ optIn }: RegionFacts): string {
  return optIn ? "not-opted-in" : "opt-in-not-required";
}

export function describeAvailabilityZones({ region, parameters }: Ec2Call): XmlMembers {
  const { facts } = region;
  const wanted = texts(parameters, "ZoneName");
  const all = zoneNames(facts).map((name) => ({ name, id: zoneId(facts, name) }));
  const unknown = wanted.find((name) => !all.some((zone) => zone.name === name));
  if (unknown !== undefined) throw invalidValue("availabilityZone", unknown, "Such a zone does not exist.");
  const passes = plainFilterOf<(typeof all)[number]>(parameters, {
    "zone-name": ({ name }) => [name],
    "zone-id": ({ id }) => [id],
    "zone-type": () => ["availability-zone"],
    state: () => ["available"],
    "region-name": () => [facts.name],
  });
  const zones = all.filter(({ name }) => wanted.length === 0 || wanted.includes(name)).filter(passes);
  return {
    availabilityZoneInfo: zones.map(({ name, id }) => ({
      zoneName: name,
      zoneId: id,
      zoneState: "available",
      zoneType: "availability-zone",
      regionName: facts.name,
      groupName: facts.name,
      networkBorderGroup: facts.name,
      optInStatus: "opt-in-not-required",
    })),
  };
}

export function describeVpcs(call: Ec2Call): XmlMembers {
  const { region, parameters } = call;
  const all = named(region.vpcs, texts(parameters, "VpcId"), "InvalidVpcID.NotFound");
  const passes = filterOf<Vpc>(parameters, {
    "vpc-id": ({ id }) => [id],
    "is-default": () => ["true"],
    isDefault: () => ["true"],
    cidr: ({ cidr }) => [cidr],
    state: () => ["available"],
  });
  const { items, nextToken } = pageOf(call, all.filter(passes), { least: 5, most: 1000 });
  return {
    vpcSet: items.map(({ id, cidr, tags }) => ({
      vpcId: id,
      ownerId: region.account.accountId,
      state: "available",
      cidrBlock: cidr,
      instanceTenancy: "default",
      isDefault: true,
      tagSet: tagSet(tags),
    })),
    nextToken,
  };
}

export function describeSubnets(call: Ec2Call): XmlMembers {
  const { region, parameters } = call;
  const all = named(region.subnets, texts(parameters, "SubnetId"), "InvalidSubnetID.NotFound");
  const passes = filterOf<Subnet>(parameters, {
    "subnet-id": ({ id }) => [id],
    "vpc-id": ({ vpcId }) => [vpcId],
    "availability-zone": ({ zone }) => [zone],
    "default-for-az": () => ["true"],
    state: () => ["available"],
  });
  const { items, nextToken } = pageOf(call, all.filter(passes), { least: 5, most: 1000 });
  return {
    subnetSet: items.map(({ id, vpcId, zone, cidr, tags, ...subnet }) => ({
      subnetId: id,
      state: "available",
      vpcId,
      ownerId: region.account.accountId,
      cidrBlock: cidr,
      availableIpAddressCount: 4091,
      availabilityZone: zone,
      availabilityZoneId: subnet.zoneId,
      defaultForAz: true,
      mapPublicIpOnLaunch: true,
      tagSet: tagSet(tags),
    })),
    nextToken,
  };
}

/** Those with these ids, or all; the code is that of an id that is not there. */
export function named<Resource>(
  store: ReadonlyMap<string, Resource>,
  ids: readonly string[],
  code: string,
): readonly Resource[] {
  if (ids.length === 0) return [...store.values()];
  return ids.map((id) => {
    const found = store.get(id);
    if (found === undefined) throw new AwsError(code, `The ID '${id}' does not exist`);
    return found;
  });
}
