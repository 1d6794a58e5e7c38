import { AwsError } from "../awsError.ts";
import { instanceType, isOfferedInZone } from "../data/instanceTypes.ts";
import { zoneNames } from "../data/regions.ts";
import type { Instance } from "./model.ts";
import type { StartPlan } from "./quotas.ts";
import type { CapacityLimit, RegionWorld } from "./region.ts";

export interface CapacityTerms {
  /** Any where absent. */
  readonly instanceType?: string;
  /** Any where absent. */
  readonly zone?: string;
  /** How many further machines there is room for. */
  readonly available: number;
}

/** The latest word on the same type and zone counts. */
export function setCapacity(region: RegionWorld, { instanceType: type, zone, available }: CapacityTerms): void {
  const limit: CapacityLimit = { instanceType: type, zone, total: 0 };
  const same = region.capacity.findIndex((known) => known.instanceType === type && known.zone === zone);
  if (same !== -1) region.capacity.splice(same, 1);
  region.capacity.push({ ...limit, total: available + held(region, limit) });
}

/** How many further instances of the type the zone has room for. */
export function roomInZone(region: RegionWorld, type: string, zone: string): number {
  const limits = region.capacity.filter(
    (limit) => (limit.instanceType ?? type) === type && (limit.zone ?? zone) === zone,
  );
  return Math.min(Infinity, ...limits.map((limit) => limit.total - held(region, limit)));
}

export function checkCapacity(region: RegionWorld, { instanceType: type, zone, count }: StartPlan): void {
  if (roomInZone(region, type, zone) < count) throw noCapacity(region, type, zone);
}

export function noCapacity(region: RegionWorld, type: string, zone: string): AwsError {
  const known = instanceType(type);
  const others = zoneNames(region.facts).filter(
    (other) => other !== zone && known && isOfferedInZone(known, other) && roomInZone(region, type, other) > 0,
  );
  const hint = others.length > 0 ? ` There is capacity in ${others.join(", ")}.` : "";
  return new AwsError(
    "InsufficientInstanceCapacity",
    `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}).${hint}`,
  );
}

/** A machine is given back once it is stopped or terminated. */
function held({ instances }: RegionWorld, limit: CapacityLimit): number {
  return instances.values().filter((instance) => holds(instance) && falls(instance, limit)).length;
}

function holds({ state }: Instance): boolean {
  return state !== "stopped" && state !== "terminated";
}

function falls(instance: Instance, limit: CapacityLimit): boolean {
  return (
    (limit.instanceType ?? instance.instanceType) === instance.instanceType &&
    (limit.zone ?? instance.zone) === instance.zone
  );
}
