import type { Sentence } from "../../../core/sentence.ts";
import type { Market } from "../priceBook.ts";

/** A limit of vCPUs, as Service Quotas counts it. */
export interface QuotaLimit {
  /** "L-DB2E81BA" */
  readonly code: string;
  readonly counts: (instanceType: string) => boolean;
}

/** A limit as it stands, or why nobody could tell. */
export type Quota =
  | { readonly kind: "known"; readonly code: string; readonly limit: number; readonly used: number }
  | { readonly kind: "unknown"; readonly reason: Sentence };

/** A machine that counts against a limit. */
export interface QuotaUse {
  readonly instanceType: string;
  readonly market: Market;
  readonly vCpus: number;
}

const limit = (code: string, pattern: RegExp): QuotaLimit => ({ code, counts: (type) => pattern.test(type) });

/**
 * The limits of families with GPUs, by how their types begin. On-demand, all P instances share one limit; on the Spot
 * market, P5 has its own. A family that is not named here has no code that we could be sure of.
 * https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
 */
const LIMITS: Readonly<Record<Market, readonly QuotaLimit[]>> = {
  "on-demand": [limit("L-DB2E81BA", /^(g|gr|vt)\d/), limit("L-417A185B", /^p\d/), limit("L-6E869C2A", /^dl\d/)],
  spot: [
    limit("L-3819A6DF", /^(g|gr|vt)\d/),
    limit("L-7212CCBC", /^p[2-4]/),
    limit("L-C4BD4855", /^p5/),
    limit("L-85EED4F7", /^dl\d/),
  ],
};

export function limitOf(instanceType: string, market: Market): QuotaLimit | undefined {
  return LIMITS[market].find(({ counts }) => counts(instanceType));
}

/** vCPUs of a limit that are taken. */
export function usedVCpus({ counts }: QuotaLimit, market: Market, uses: readonly QuotaUse[]): number {
  return uses
    .filter((use) => use.market === market && counts(use.instanceType))
    .reduce((sum, { vCpus }) => sum + vCpus, 0);
}

/** vCPUs that may still be started; undefined where nobody could tell. */
export function vCpusLeft(quota: Quota): number | undefined {
  return quota.kind === "known" ? Math.max(0, quota.limit - quota.used) : undefined;
}

/** Where a higher limit is asked for. */
export function quotaPage(region: string, code: string): string {
  return `https://${region}.console.aws.amazon.com/servicequotas/home/services/ec2/quotas/${code}`;
}
