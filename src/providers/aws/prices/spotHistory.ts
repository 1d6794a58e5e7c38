import type { SpotPrice as SpotRecord } from "@aws-sdk/client-ec2";
import { isInstanceType, isZone } from "../provisioning/names.ts";
import { parseAmount } from "./amount.ts";

/** What a type costs in a zone on the Spot market, US dollars an hour. */
export interface SpotPrice {
  readonly instanceType: string;
  readonly zone: string;
  readonly perHour: number;
}

/** The newest price of each type in each zone; records of another form are passed over. */
export function newestSpotPrices(records: readonly SpotRecord[]): readonly SpotPrice[] {
  const newest = new Map<string, { readonly price: SpotPrice; readonly since: number }>();
  for (const record of records) {
    const price = toSpotPrice(record);
    if (!price) continue;
    const key = `${price.instanceType}/${price.zone}`;
    const since = record.Timestamp?.getTime() ?? 0;
    const known = newest.get(key);
    if (!known || since > known.since) newest.set(key, { price, since });
  }
  return [...newest.values()].map(({ price }) => price);
}

function toSpotPrice({ InstanceType, AvailabilityZone, SpotPrice }: SpotRecord): SpotPrice | undefined {
  const perHour = parseAmount(SpotPrice);
  if (perHour === undefined || !isInstanceType(InstanceType) || !isZone(AvailabilityZone)) return undefined;
  return { instanceType: InstanceType, zone: AvailabilityZone, perHour };
}
