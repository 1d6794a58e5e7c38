import { INSTANCE_TYPES, isOfferedInZone } from "../data/instanceTypes.ts";
import { spotPrice } from "../data/prices.ts";
import { zoneId, zoneNames } from "../data/regions.ts";
import { texts, type Parameters } from "../wire/parameters.ts";
import type { XmlMembers, XmlValue } from "../wire/xml.ts";
import type { SpotRequest } from "../world/model.ts";
import { setStatus } from "../world/spotRequests.ts";
import type { Ec2Call } from "./call.ts";
import { filterOf, plainFilterOf } from "./filters.ts";
import { tagSet } from "./instanceXml.ts";
import { pageOf } from "./paging.ts";
import { named } from "./places.ts";

const NOT_FOUND = "InvalidSpotInstanceRequestID.NotFound";
/** How often a price changes here. */
const PRICE_PERIOD_MS = 6 * 3_600_000;
const MOST_PERIODS = 90 * 4;

export function describeSpotInstanceRequests(call: Ec2Call): XmlMembers {
  const { region, parameters } = call;
  const all = named(region.spotRequests, texts(parameters, "SpotInstanceRequestId"), NOT_FOUND);
  const passes = filterOf<SpotRequest>(parameters, {
    "spot-instance-request-id": ({ id }) => [id],
    state: ({ state }) => [state],
    "status-code": ({ status }) => [status.code],
    "instance-id": ({ instanceId }) => [instanceId],
    type: ({ persistent }) => [kind(persistent)],
    "launched-availability-zone": ({ zone }) => [zone],
    "launch.instance-type": ({ instanceType }) => [instanceType],
  });
  const { items, nextToken } = pageOf(call, all.filter(passes), { least: 5, most: 1000 });
  return { spotInstanceRequestSet: items.map(requestMembers), nextToken };
}

function requestMembers(request: SpotRequest): XmlValue {
  const { status } = request;
  return {
    spotInstanceRequestId: request.id,
    spotPrice: request.maxPrice,
    type: kind(request.persistent),
    state: request.state,
    status: { code: status.code, updateTime: new Date(status.at), message: status.message },
    launchSpecification: {
      imageId: request.imageId,
      instanceType: request.instanceType,
      placement: { availabilityZone: request.zone },
    },
    instanceId: request.instanceId,
    createTime: new Date(request.createdAt),
    productDescription: "Linux/UNIX",
    launchedAvailabilityZone: request.zone,
    instanceInterruptionBehavior: request.interruption,
    tagSet: tagSet(request.tags),
  };
}

function kind(persistent: boolean): string {
  return persistent ? "persistent" : "one-time";
}

/** The instance is left as it is: whoever cancels a request still pays for what runs. */
export function cancelSpotInstanceRequests({ region, parameters }: Ec2Call): XmlMembers {
  const requests = named(region.spotRequests, texts(parameters, "SpotInstanceRequestId"), NOT_FOUND);
  const runs = ({ instanceId }: SpotRequest): boolean =>
    instanceId !== undefined && region.instances.get(instanceId)?.state === "running";
  const cancelled = requests.map((request) => {
    if (request.state === "closed" || request.state === "cancelled") return request;
    const code = runs(request) ? "request-canceled-and-instance-running" : "canceled-before-fulfillment";
    return setStatus(region, request, "cancelled", code);
  });
  return { spotInstanceRequestSet: cancelled.map(({ id, state }) => ({ spotInstanceRequestId: id, state })) };
}

interface SpotPrice {
  readonly instanceType: string;
  readonly zone: string;
  readonly price: number;
  readonly at: number;
}

/** The price at the beginning of the span, and every later one up to its end; the newest first. */
export function describeSpotPriceHistory(call: Ec2Call): XmlMembers {
  const { region, parameters } = call;
  const passes = plainFilterOf<SpotPrice>(parameters, {
    "instance-type": ({ instanceType }) => [instanceType],
    "availability-zone": ({ zone }) => [zone],
    "product-description": () => ["Linux/UNIX"],
    "spot-price": ({ price }) => [price.toFixed(6)],
  });
  const { items, nextToken } = pageOf(call, pricesOf(call).filter(passes), { least: 1, most: 1000, usual: 1000 });
  const history = items.map(({ instanceType, zone, price, at }) => ({
    instanceType,
    productDescription: "Linux/UNIX",
    spotPrice: price.toFixed(6),
    timestamp: new Date(at),
    availabilityZone: zone,
    availabilityZoneId: zoneId(region.facts, zone),
  }));
  return { spotPriceHistorySet: history, nextToken };
}

function pricesOf({ region, parameters }: Ec2Call): readonly SpotPrice[] {
  const names = texts(parameters, "InstanceType");
  const products = texts(parameters, "ProductDescription");
  if (products.length > 0 && !products.some((name) => name.startsWith("Linux/UNIX"))) return [];
  const zones = zoneNames(region.facts).filter((zone) => zone === (parameters["AvailabilityZone"] ?? zone));
  const types = INSTANCE_TYPES.filter(({ name }) => names.length === 0 || names.includes(name));
  const moments = momentsOf(parameters, region.cloud.clock.now());
  return types.flatMap((type) =>
    zones
      .filter((zone) => isOfferedInZone(type, zone))
      .flatMap((zone) => {
        const price = spotPrice(type.name, zone) ?? 0;
        return moments.map((at) => ({ instanceType: type.name, zone, price: price * swing(at), at }));
      }),
  );
}

function momentsOf(parameters: Parameters, now: number): readonly number[] {
  const end = Math.min(now, timeOf(parameters["EndTime"], now));
  const start = Math.min(end, timeOf(parameters["StartTime"], now));
  const last = Math.floor(end / PRICE_PERIOD_MS);
  const first = Math.max(Math.floor(start / PRICE_PERIOD_MS), last - MOST_PERIODS);
  return Array.from({ length: last - first + 1 }, (_, index) => (last - index) * PRICE_PERIOD_MS);
}

function timeOf(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : Date.parse(text);
}

/** Up to 4 % up or down, the same for the same moment. */
function swing(at: number): number {
  return 1 + (((at / PRICE_PERIOD_MS) % 9) - 4) / 100;
}
