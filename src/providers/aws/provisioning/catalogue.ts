import type { _InstanceType } from "@aws-sdk/client-ec2";
import { sentence } from "../../../core/sentence.ts";
import type { AwsClients } from "../client.ts";
import { toGpuType, type GpuType } from "./gpuType.ts";
import { isInstanceType, isZone } from "./names.ts";
import { allPages } from "./paging.ts";

/** What a region offers. */
export interface Catalogue {
  readonly types: readonly GpuType[];
  /** The zones that offer a type, in alphabetical order; empty: none does. */
  readonly zonesOf: (instanceType: string) => readonly string[];
}

/** The whole of EC2 is some 1,400 types in pages of 100. */
const MAX_TYPE_PAGES = 40;
const MAX_OFFERING_PAGES = 20;
/** Of values in one filter: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html */
const MAX_FILTER_VALUES = 200;

/**
 * Every type with GPUs, and where it is offered. All types are read: which of them have GPUs is what AWS says of them,
 * and no name tells it.
 */
export async function readCatalogue(clients: AwsClients, signal: AbortSignal): Promise<Catalogue> {
  const types = await gpuTypes(clients, signal);
  const zones = await zonesByType(
    clients,
    types.map(({ name }) => name),
    signal,
  );
  return { types, zonesOf: (instanceType) => zones.get(instanceType) ?? [] };
}

async function gpuTypes(clients: AwsClients, signal: AbortSignal): Promise<readonly GpuType[]> {
  const { DescribeInstanceTypesCommand } = await import("../sdk/ec2.ts");
  const failure = sentence("The instance types of {0} could not be read", clients.scope.region);
  const pages = await allPages(MAX_TYPE_PAGES, (token) =>
    clients.send(clients.ec2, new DescribeInstanceTypesCommand({ MaxResults: 100, ...token }), { failure }, signal),
  );
  return pages.flatMap(({ InstanceTypes = [] }) => InstanceTypes.flatMap((record) => toGpuType(record) ?? []));
}

async function zonesByType(clients: AwsClients, names: readonly string[], signal: AbortSignal) {
  const { DescribeInstanceTypeOfferingsCommand } = await import("../sdk/ec2.ts");
  const failure = sentence("Where {0} offers its instance types could not be read", clients.scope.region);
  const zones = new Map<string, string[]>();
  for (let first = 0; first < names.length; first += MAX_FILTER_VALUES) {
    const filter = { Name: "instance-type", Values: names.slice(first, first + MAX_FILTER_VALUES) };
    const pages = await allPages(MAX_OFFERING_PAGES, (token) => {
      const command = new DescribeInstanceTypeOfferingsCommand({
        LocationType: "availability-zone",
        Filters: [filter],
        MaxResults: 1000,
        ...token,
      });
      return clients.send(clients.ec2, command, { failure }, signal);
    });
    for (const { InstanceType, Location } of pages.flatMap(({ InstanceTypeOfferings = [] }) => InstanceTypeOfferings)) {
      addZone(zones, InstanceType, Location);
    }
  }
  return zones;
}

function addZone(zones: Map<string, string[]>, type: _InstanceType | undefined, zone: string | undefined): void {
  if (!isInstanceType(type) || !isZone(zone)) return;
  zones.set(type, [...new Set([...(zones.get(type) ?? []), zone])].sort());
}
