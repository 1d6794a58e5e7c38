import type { WorldClock } from "../clock.ts";
import { imagesOf, type Image } from "../data/images.ts";
import { regionFacts, zoneId, zoneNames, type RegionFacts } from "../data/regions.ts";
import type { AwsAccount, Durations, MachineHost } from "../options.ts";
import { History } from "./history.ts";
import type { Address, Instance, KeyPair, Launch, SecurityGroup, SpotRequest, Subnet, Volume, Vpc } from "./model.ts";

/** What all regions of all accounts have in common. */
export interface Cloud {
  readonly clock: WorldClock;
  /** Looked up each time: a test may change them. */
  readonly durations: () => Durations;
  readonly machines: MachineHost | undefined;
  /** Rises by one with each call. */
  readonly nextNumber: () => number;
}

/** How many machines the zone or the type has room for. */
export interface CapacityLimit {
  readonly instanceType: string | undefined;
  readonly zone: string | undefined;
  /** Those running when it was set included. */
  readonly total: number;
}

/** One region as one account sees it. */
export interface RegionWorld {
  readonly cloud: Cloud;
  readonly account: AwsAccount;
  readonly facts: RegionFacts;
  readonly instances: History<Instance>;
  readonly volumes: Map<string, Volume>;
  /** By id, as everything here. */
  readonly keyPairs: Map<string, KeyPair>;
  readonly securityGroups: Map<string, SecurityGroup>;
  readonly spotRequests: Map<string, SpotRequest>;
  readonly addresses: Map<string, Address>;
  readonly vpcs: Map<string, Vpc>;
  readonly subnets: Map<string, Subnet>;
  readonly images: readonly Image[];
  /** By client token. */
  readonly launches: Map<string, Launch>;
  /** By quota code, where it was changed. */
  readonly quotas: Map<string, number>;
  readonly capacity: CapacityLimit[];
  /** Instances whose next hibernation ends as a plain stop. */
  readonly failingHibernations: Set<string>;
}

export function createRegion(name: string, account: AwsAccount, cloud: Cloud): RegionWorld {
  const facts = regionFacts(name);
  if (!facts) throw new Error(`The emulator knows no region ${name}.`);
  const vpc: Vpc = { id: longId(cloud, "vpc"), tags: new Map(), cidr: "172.31.0.0/16" };
  const group: SecurityGroup = {
    id: longId(cloud, "sg"),
    tags: new Map(),
    name: "default",
    description: "default VPC security group",
    vpcId: vpc.id,
    ingress: [],
  };
  const subnets = zoneNames(facts).map((zone, index) => ({
    id: longId(cloud, "subnet"),
    tags: new Map<string, string>(),
    vpcId: vpc.id,
    zone,
    zoneId: zoneId(facts, zone),
    cidr: `172.31.${index * 16}.0/20`,
  }));
  return {
    cloud,
    account,
    facts,
    instances: new History(),
    volumes: new Map(),
    keyPairs: new Map(),
    securityGroups: new Map([[group.id, group]]),
    spotRequests: new Map(),
    addresses: new Map(),
    vpcs: new Map([[vpc.id, vpc]]),
    subnets: new Map(subnets.map((subnet) => [subnet.id, subnet])),
    images: imagesOf(name),
    launches: new Map(),
    quotas: new Map(),
    capacity: [],
    failingHibernations: new Set(),
  };
}

/** "i-0" and sixteen digits, as every kind of resource has it. */
export function longId(cloud: Cloud, prefix: string): string {
  return `${prefix}-0${cloud.nextNumber().toString(16).padStart(16, "0")}`;
}

export function shortId(cloud: Cloud, prefix: string): string {
  return `${prefix}-${cloud.nextNumber().toString(36).padStart(8, "0")}`;
}
