// What an operation has made, as AWS lists it: by our tag, and by the tokens of its launches.
import type { Filter, Instance, Tag } from "@aws-sdk/client-ec2";
import { sentence } from "../../../core/sentence.ts";
import { isGroupId, isInstanceId } from "./names.ts";
import { EXTENSION_NAME, launchToken, TAG } from "./operationNames.ts";
import { allPages } from "./paging.ts";
import type { Run } from "./run.ts";

const MAX_PAGES = 20;

/** What is looked for: all of one operation. */
type Search = Pick<Run, "clients" | "operationId" | "signal">;

/** The machines of an operation that are not ended. `zones`: where launches of it may have been tried. */
export async function findInstanceIds(search: Search, zones: readonly string[]): Promise<readonly string[]> {
  const tokens = zones.map((zone) => launchToken(search.operationId, zone));
  const byToken = tokens.length === 0 ? [] : await instances(search, [{ Name: "client-token", Values: tokens }]);
  const byTag = (await instances(search, [taggedWith(search)])).filter((instance) => isOf(search, instance));
  const live = [...byToken, ...byTag].filter(({ State }) => State?.Name !== "terminated");
  return [...new Set(live.map(({ InstanceId }) => InstanceId))].filter(isInstanceId);
}

export async function instances({ clients, signal }: Omit<Search, "operationId">, filters: Filter[]) {
  const { DescribeInstancesCommand } = await import("../sdk/ec2.ts");
  const failure = sentence("The machines in {0} could not be listed", clients.scope.region);
  const pages = await allPages(MAX_PAGES, (token) => {
    const command = new DescribeInstancesCommand({ Filters: filters, MaxResults: 1000, ...token });
    return clients.send(clients.ec2, command, { failure }, signal);
  });
  return pages.flatMap(({ Reservations = [] }) =>
    Reservations.flatMap(({ Instances = [] }): readonly Instance[] => Instances),
  );
}

export async function findGroupIds(search: Search): Promise<readonly string[]> {
  const found = (await groups(search, [taggedWith(search)])).filter((group) => isOf(search, group));
  return found.map(({ GroupId }) => GroupId).filter(isGroupId);
}

export async function groups({ clients, signal }: Omit<Search, "operationId">, filters: Filter[]) {
  const { DescribeSecurityGroupsCommand } = await import("../sdk/ec2.ts");
  const failure = sentence("The security groups in {0} could not be listed", clients.scope.region);
  const pages = await allPages(MAX_PAGES, (token) => {
    const command = new DescribeSecurityGroupsCommand({ Filters: filters, MaxResults: 1000, ...token });
    return clients.send(clients.ec2, command, { failure }, signal);
  });
  return pages.flatMap(({ SecurityGroups = [] }) => SecurityGroups);
}

export async function keyPairs({ clients, signal }: Omit<Search, "operationId">, filters: Filter[]) {
  const { DescribeKeyPairsCommand } = await import("../sdk/ec2.ts");
  const failure = sentence("The key pairs in {0} could not be listed", clients.scope.region);
  const command = new DescribeKeyPairsCommand({ Filters: filters });
  const { KeyPairs = [] } = await clients.send(clients.ec2, command, { failure }, signal);
  return KeyPairs;
}

export async function findKeyNames(search: Search): Promise<readonly string[]> {
  const found = (await keyPairs(search, [taggedWith(search)])).filter((pair) => isOf(search, pair));
  return found.flatMap(({ KeyName }) => KeyName ?? []);
}

/** All that was made here, of any operation. */
export const TAGGED: Filter = { Name: `tag:${TAG.extension}`, Values: [EXTENSION_NAME] };

function taggedWith({ operationId }: Pick<Search, "operationId">): Filter {
  return { Name: `tag:${TAG.operation}`, Values: [operationId] };
}

/**
 * What a filter lets through is compared once more: in one, * and ? stand for anything, an id may come from a tag that
 * anybody can write, and what is found is deleted.
 */
function isOf({ operationId }: Pick<Search, "operationId">, { Tags }: { readonly Tags?: readonly Tag[] | undefined }) {
  return Tags?.some(({ Key, Value }) => Key === TAG.operation && Value === operationId) === true;
}
