import { sentence, type Sentence } from "../../../core/sentence.ts";
import type { GpuType } from "./gpuType.ts";
import { quotaPage, vCpusLeft, type Quota } from "./quota.ts";

/** What is left of a limit, in vCPUs and in machines of a type. */
export function quotaText(quota: Quota, { vCpus }: Pick<GpuType, "vCpus">): Sentence {
  if (quota.kind === "unknown") return sentence("unknown, {0}", quota.reason);
  const left = vCpusLeft(quota) ?? 0;
  return sentence("{0} of {1} vCPUs left, enough for {2}", left, quota.limit, Math.floor(left / vCpus));
}

/** Why a limit does not allow one more of a type; undefined where it does, or where nobody could tell. */
export function shortage(quota: Quota, { name, vCpus }: Pick<GpuType, "name" | "vCpus">, region: string) {
  if (quota.kind === "unknown") return undefined;
  const left = vCpusLeft(quota) ?? 0;
  if (left >= vCpus) return undefined;
  return sentence(
    "The account's limit leaves {0} of {1} vCPUs, while {2} needs {3}. Ask for more in Service Quotas: {4}",
    left,
    quota.limit,
    name,
    vCpus,
    quotaPage(region, quota.code),
  );
}
