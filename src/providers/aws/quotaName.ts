import type { Market } from "./priceBook.ts";

/**
 * Families that share one limit of vCPUs, by how their types begin, as the names of the limits say:
 * https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
 */
const BUCKETS: readonly (readonly [RegExp, string])[] = [
  [/^(g\d|gr\d|vt\d)/, "G and VT"],
  [/^p\d/, "P"],
  [/^dl\d/, "DL"],
  [/^inf\d/, "Inf"],
  [/^trn\d/, "Trn"],
  [/^f\d/, "F"],
  [/^x\d/, "X"],
];

/** What Service Quotas calls the limit of vCPUs that a type counts against. */
export function quotaName(instanceType: string, market: Market): string {
  const bucket = BUCKETS.find(([pattern]) => pattern.test(instanceType))?.[1] ?? "Standard (A, C, D, H, I, M, R, T, Z)";
  return market === "spot" ? `All ${bucket} Spot Instance Requests` : `Running On-Demand ${bucket} instances`;
}
