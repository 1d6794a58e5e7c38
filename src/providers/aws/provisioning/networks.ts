import type { Subnet } from "@aws-sdk/client-ec2";
import { GpuDevError } from "../../../core/error.ts";
import { sentence } from "../../../core/sentence.ts";
import type { AwsClients } from "../client.ts";
import { isSubnetId, isVpcId, isZone } from "./names.ts";
import { allPages } from "./paging.ts";

/** A network in which a machine may be made. */
export interface Network {
  readonly vpcId: string;
  /** By zone, a subnet whose machines get a public address: without one they are not reached from here. */
  readonly subnets: ReadonlyMap<string, string>;
  /** The one that AWS made with the account. */
  readonly isDefault: boolean;
}

const MAX_PAGES = 20;

/** Those of the region, the default one first; undefined where they may not be read, which keeps nobody from trying. */
export async function readNetworks(clients: AwsClients, signal: AbortSignal): Promise<readonly Network[] | undefined> {
  const { DescribeSubnetsCommand } = await import("../sdk/ec2.ts");
  const failure = sentence("The networks of {0} could not be read", clients.scope.region);
  try {
    const pages = await allPages(MAX_PAGES, (token) =>
      clients.send(clients.ec2, new DescribeSubnetsCommand({ MaxResults: 1000, ...token }), { failure }, signal),
    );
    return toNetworks(pages.flatMap(({ Subnets = [] }) => Subnets));
  } catch (error) {
    if (error instanceof GpuDevError && error.code === "permission") return undefined;
    throw error;
  }
}

function toNetworks(records: readonly Subnet[]): readonly Network[] {
  const usable = records.filter(({ State }) => State === "available");
  const byVpc = Map.groupBy(usable, ({ VpcId }) => VpcId);
  return [...byVpc]
    .flatMap(([vpcId, subnets]) => (isVpcId(vpcId) ? [toNetwork(vpcId, subnets)] : []))
    .sort((a, b) => Number(b.isDefault) - Number(a.isDefault) || a.vpcId.localeCompare(b.vpcId));
}

function toNetwork(vpcId: string, records: readonly Subnet[]): Network {
  const open = records
    .filter(({ MapPublicIpOnLaunch, AvailableIpAddressCount }) => MapPublicIpOnLaunch && AvailableIpAddressCount !== 0)
    // Of several in a zone, always the same one.
    .sort((a, b) => (b.SubnetId ?? "").localeCompare(a.SubnetId ?? ""));
  return {
    vpcId,
    isDefault: records.some(({ DefaultForAz }) => DefaultForAz),
    subnets: new Map(
      open.flatMap(({ AvailabilityZone, SubnetId }) =>
        isZone(AvailabilityZone) && isSubnetId(SubnetId) ? [[AvailabilityZone, SubnetId] as const] : [],
      ),
    ),
  };
}

/** The zones of a list that a network reaches; all of them where networks are not known. */
export function zonesWithin(network: Network | undefined, zones: readonly string[]): readonly string[] {
  return network ? zones.filter((zone) => network.subnets.has(zone)) : zones;
}
