import type { Clock } from "../../core/clock.ts";
import type { Environment } from "../../core/environment.ts";
import { GpuDevError } from "../../core/error.ts";
import { sentence } from "../../core/sentence.ts";
import { clockAheadMs } from "./awsTime.ts";
import type { Caller } from "./caller.ts";
import type { AwsClients } from "./client.ts";
import type { SpotRequestKind } from "./companions.ts";
import { readInstance, type Ec2Instance } from "./ec2Instance.ts";
import { isWanted, requestFilters, type InstanceFilter } from "./filter.ts";
import { priceRequestOf, toEnvironment, type Surroundings, type VolumeInfo } from "./instances.ts";
import { isTerminated } from "./instanceState.ts";
import type { InstanceTypeInfo } from "./instanceType.ts";
import { isAccelerated } from "./instanceTypes.ts";
import type { Learned } from "./learned.ts";
import type { PriceBook, PriceRequest } from "./priceBook.ts";
import type { Transitions } from "./transitions.ts";
import { listOf, recordOf, textOf } from "./untrusted.ts";

/** What turns AWS's instances of one scope into environments. */
export interface ListingParts {
  readonly providerId: string;
  readonly clients: AwsClients;
  readonly caller: (signal: AbortSignal) => Promise<Caller>;
  readonly types: Learned<InstanceTypeInfo>;
  readonly volumes: Learned<VolumeInfo>;
  readonly spotRequests: Learned<SpotRequestKind>;
  readonly transitions: Transitions;
  readonly prices: PriceBook;
  readonly filter: () => InstanceFilter;
  readonly clock: Clock;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html */
const INSTANCES_OF_A_PAGE = 1000;
/** Disks are asked about for one page's worth of a filter: the rest follows with later listings. */
const DISKS_OF_A_PAGE = 200;
/** A server that goes on for ever is not believed. */
const MOST_PAGES = 1000;

/** An instance and what it is shown as. */
export interface Listed {
  readonly instance: Ec2Instance;
  readonly environment: Environment;
}

/** Page by page, each as soon as AWS has sent it. One request for each page, and few for what is new in it. */
export async function* listInstances(parts: ListingParts, signal: AbortSignal): AsyncGenerator<readonly Listed[]> {
  const caller = await parts.caller(signal);
  const filter = parts.filter();
  const filters = requestFilters(filter, caller.name);
  const seen = new Set<string>();
  let token: string | undefined;
  do {
    const page = await requestPage(parts, { filters, token }, signal);
    const wanted = page.instances.filter(
      (instance) => !isTerminated(instance) && isWanted(instance, filter, caller.name),
    );
    await parts.types.learn(typesOf(wanted), signal);
    const shown = wanted.filter((instance) => !filter.gpuOnly || hasGpu(instance, parts));
    await learnCompanions(shown, parts, signal);
    const surroundings = await surroundingsOf(parts, caller);
    yield shown.flatMap((instance) => listed(instance, surroundings) ?? []);
    if (page.token !== undefined && (seen.has(page.token) || seen.size >= MOST_PAGES)) throw endless(parts);
    token = page.token;
    if (token !== undefined) seen.add(token);
  } while (token !== undefined);
}

/** Of one instance, with what is known of its surroundings after asking for it. Undefined for one that is gone. */
export async function readOne(
  instance: Ec2Instance,
  parts: ListingParts,
  signal: AbortSignal,
): Promise<Listed | undefined> {
  const caller = await parts.caller(signal);
  await parts.types.learn(typesOf([instance]), signal);
  await learnCompanions([instance], parts, signal);
  return listed(instance, await surroundingsOf(parts, caller));
}

/** What the prices of these instances are asked for, each once. */
export function priceRequestsOf(instances: readonly Ec2Instance[]): readonly PriceRequest[] {
  const requests = new Map<string, PriceRequest>();
  for (const instance of instances) {
    const request = priceRequestOf(instance);
    if (request) requests.set(`${request.instanceType} ${request.market} ${request.zone ?? ""}`, request);
  }
  return [...requests.values()];
}

interface PageRequest {
  readonly filters: ReturnType<typeof requestFilters>;
  readonly token: string | undefined;
}

async function requestPage({ clients }: ListingParts, { filters, token }: PageRequest, signal: AbortSignal) {
  const { DescribeInstancesCommand } = await import("./sdk/ec2.ts");
  const command = new DescribeInstancesCommand({
    MaxResults: INSTANCES_OF_A_PAGE,
    ...(filters.length === 0 ? {} : { Filters: filters }),
    ...(token === undefined ? {} : { NextToken: token }),
  });
  const failure = sentence("The instances in {0} could not be listed", clients.scope.region);
  const answer = await clients.send(clients.ec2, command, { failure }, signal);
  return { instances: instancesOf(answer), token: textOf(answer.NextToken, 10_000) };
}

/** The instances of an answer to DescribeInstances; what is none is left out. */
export function instancesOf(answer: object): readonly Ec2Instance[] {
  return listOf(recordOf(answer)["Reservations"]).flatMap((reservation) =>
    listOf(recordOf(reservation)["Instances"]).flatMap((raw) => readInstance(raw) ?? []),
  );
}

function typesOf(instances: readonly Ec2Instance[]): readonly string[] {
  return instances.flatMap(({ instanceType }) => instanceType ?? []);
}

/** One of a type that nobody could tell about is shown rather than hidden. */
function hasGpu({ instanceType }: Ec2Instance, { types }: ListingParts): boolean {
  return instanceType === undefined || isAccelerated(types.get(instanceType)) !== false;
}

async function learnCompanions(
  instances: readonly Ec2Instance[],
  { volumes, spotRequests }: ListingParts,
  signal: AbortSignal,
): Promise<void> {
  const spot = instances.flatMap(({ spotRequestId }) => spotRequestId ?? []);
  if (spot.length > 0) await spotRequests.learn(spot, signal);
  const isUnknown = (id: string): boolean => volumes.get(id) === undefined;
  const incomplete = instances.filter(({ volumeIds }) => volumeIds.some(isUnknown));
  if (incomplete.length === 0) return;
  // Those that are off come first: there the disks are what costs.
  const byNeed = incomplete.toSorted(
    (one, other) => Number(one.state === "running") - Number(other.state === "running"),
  );
  const unknown = byNeed.flatMap(({ volumeIds }) => volumeIds.filter(isUnknown));
  try {
    await volumes.learn(unknown.slice(0, DISKS_OF_A_PAGE), signal);
  } catch {
    signal.throwIfAborted(); // a list without the sizes of disks is better than none
  }
}

function listed(instance: Ec2Instance, surroundings: Surroundings): Listed | undefined {
  const environment = toEnvironment(instance, surroundings);
  return environment && { instance, environment };
}

/** After an answer, which tells AWS's time. */
async function surroundingsOf(parts: ListingParts, { accountId }: Caller): Promise<Surroundings> {
  const aheadMs = await clockAheadMs(parts.clients, parts.clock);
  const awsNow = parts.clock() - aheadMs;
  return {
    providerId: parts.providerId,
    scope: parts.clients.scope,
    accountId,
    type: (name) => parts.types.get(name),
    volume: (id) => parts.volumes.get(id),
    spotRequest: (id) => parts.spotRequests.get(id),
    price: (request) => parts.prices.price(request),
    storagePrice: (request) => parts.prices.storagePrice(request),
    clockAheadMs: aheadMs,
    changingMs: (instance) => parts.transitions.lastingMs(instance, awsNow),
  };
}

function endless({ clients }: ListingParts): GpuDevError {
  return new GpuDevError(
    "unreadable-answer",
    sentence("The instances in {0} could not be listed. AWS's list has no end.", clients.scope.region),
  );
}
