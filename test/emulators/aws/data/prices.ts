import { instanceType } from "./instanceTypes.ts";

/** US dollars an hour, Linux, on demand, us-east-1, of some day in 2026. */
const LISTED: Readonly<Record<string, number>> = {
  "t3.medium": 0.0416,
  "t4g.medium": 0.0336,
  "m5.large": 0.096,
  "m5.2xlarge": 0.384,
  "m7g.large": 0.0816,
  "g4dn.xlarge": 0.526,
  "g4ad.xlarge": 0.37853,
  "g5.xlarge": 1.006,
  "g5.12xlarge": 5.672,
  "g5g.xlarge": 0.42,
  "g6.xlarge": 0.8048,
  "g6f.large": 0.202,
  "g6e.xlarge": 1.861,
  "p4d.24xlarge": 21.9576,
  "p5.48xlarge": 55.04,
  "inf2.xlarge": 0.7582,
  "vt1.3xlarge": 0.65,
};

/** Invented for what is not listed, and for every region but the first: only their order of size is meant. */
export function onDemandPrice(typeName: string, region: string): number | undefined {
  const type = instanceType(typeName);
  if (!type) return undefined;
  const base = LISTED[typeName] ?? type.vCpus * 0.04 + (type.memoryMiB / 1024) * 0.002;
  return region === "us-east-1" ? base : base * 1.1;
}

/** Invented: a third of the price, a little dearer in each further zone. */
export function spotPrice(typeName: string, zone: string): number | undefined {
  const price = onDemandPrice(typeName, zone.slice(0, -1));
  const letter = zone.charCodeAt(zone.length - 1) - "a".charCodeAt(0);
  return price === undefined ? undefined : price * (0.33 + letter * 0.01);
}
