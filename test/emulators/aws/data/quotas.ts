export interface QuotaFacts {
  readonly code: string;
  readonly name: string;
  /** What the emulated account has; the real default of a new account is 0 for everything with an accelerator. */
  readonly value: number;
  /** Leading letters of the instance types that it counts. */
  readonly families: readonly string[];
  readonly market: "on-demand" | "spot";
  readonly usageClass: string;
}

const STANDARD = ["a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"] as const;

/**
 * In vCPUs. Codes and names: https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html;
 * they are the same in every region.
 */
export const QUOTAS: readonly QuotaFacts[] = [
  {
    code: "L-1216C47A",
    name: "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
    value: 256,
    families: STANDARD,
    market: "on-demand",
    usageClass: "Standard/OnDemand",
  },
  {
    code: "L-DB2E81BA",
    name: "Running On-Demand G and VT instances",
    value: 64,
    families: ["g", "gr", "vt"],
    market: "on-demand",
    usageClass: "G/OnDemand",
  },
  {
    code: "L-417A185B",
    name: "Running On-Demand P instances",
    value: 192,
    families: ["p"],
    market: "on-demand",
    usageClass: "P/OnDemand",
  },
  {
    code: "L-1945791B",
    name: "Running On-Demand Inf instances",
    value: 8,
    families: ["inf"],
    market: "on-demand",
    usageClass: "Inf/OnDemand",
  },
  {
    code: "L-34B43A08",
    name: "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests",
    value: 256,
    families: STANDARD,
    market: "spot",
    usageClass: "Standard/Spot",
  },
  {
    code: "L-3819A6DF",
    name: "All G and VT Spot Instance Requests",
    value: 64,
    families: ["g", "gr", "vt"],
    market: "spot",
    usageClass: "G/Spot",
  },
  {
    code: "L-7212CCBC",
    name: "All P4, P3 and P2 Spot Instance Requests",
    value: 96,
    families: ["p2", "p3", "p4"],
    market: "spot",
    usageClass: "P/Spot",
  },
  {
    code: "L-C4BD4855",
    name: "All P5 Spot Instance Requests",
    value: 192,
    families: ["p5"],
    market: "spot",
    usageClass: "P5/Spot",
  },
  {
    code: "L-B5D1601B",
    name: "All Inf Spot Instance Requests",
    value: 8,
    families: ["inf"],
    market: "spot",
    usageClass: "Inf/Spot",
  },
];

export function quotaOf(instanceType: string, market: QuotaFacts["market"]): QuotaFacts | undefined {
  const [, letters = "", generation = ""] = /^([a-z]+)(\d*)/.exec(instanceType) ?? [];
  return QUOTAS.find(
    (quota) =>
      quota.market === market && (quota.families.includes(letters) || quota.families.includes(letters + generation)),
  );
}
