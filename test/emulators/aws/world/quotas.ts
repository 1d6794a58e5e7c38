import { AwsError } from "../awsError.ts";
import { instanceType } from "../data/instanceTypes.ts";
import { QUOTAS, quotaOf, type QuotaFacts } from "../data/quotas.ts";
import type { Instance } from "./model.ts";
import type { RegionWorld } from "./region.ts";

export interface StartPlan {
  readonly instanceType: string;
  readonly zone: string;
  readonly market: QuotaFacts["market"];
  readonly count: number;
}

export function quotaValue({ quotas }: RegionWorld, quota: QuotaFacts): number {
  return quotas.get(quota.code) ?? quota.value;
}

export function setQuota({ quotas }: RegionWorld, code: string, value: number): void {
  if (!QUOTAS.some((quota) => quota.code === code)) throw new Error(`The emulator knows no quota ${code}.`);
  quotas.set(code, value);
}

export function checkQuota(region: RegionWorld, plan: StartPlan): void {
  if (roomInQuota(region, plan) >= plan.count) return;
  if (plan.market === "spot") throw new AwsError("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded");
  const limit = quotaValue(region, quotaOf(plan.instanceType, plan.market) ?? missingQuota(plan));
  throw new AwsError(
    "VcpuLimitExceeded",
    `You have requested more vCPU capacity than your current vCPU limit of ${limit} allows for the instance bucket of ${plan.instanceType}.`,
  );
}

/** How many further instances of the type may run. */
export function roomInQuota(region: RegionWorld, { instanceType: name, market }: StartPlan): number {
  const quota = quotaOf(name, market);
  if (!quota) return Infinity;
  const used = region.instances
    .values()
    .filter((instance) => isRunning(instance) && quotaOf(instance.instanceType, marketOf(instance)) === quota)
    .reduce((sum, instance) => sum + vCpus(instance.instanceType), 0);
  return Math.floor((quotaValue(region, quota) - used) / vCpus(name));
}

export function marketOf({ spotRequestId }: Instance): QuotaFacts["market"] {
  return spotRequestId === undefined ? "on-demand" : "spot";
}

function isRunning({ state }: Instance): boolean {
  return state === "pending" || state === "running";
}

function vCpus(name: string): number {
  return instanceType(name)?.vCpus ?? 1;
}

function missingQuota({ instanceType: name }: StartPlan): never {
  throw new Error(`No quota counts ${name}.`);
}
