import type { Instance } from "@aws-sdk/client-ec2";
import { GpuDevError, isAbort } from "../../../core/error.ts";
import { sentence } from "../../../core/sentence.ts";
import { awsCodeOf } from "../answer.ts";
import type { AwsClients } from "../client.ts";
import type { Market } from "../priceBook.ts";
import { allPages } from "./paging.ts";
import { limitOf, usedVCpus, type Quota, type QuotaUse } from "./quota.ts";
import { isInstanceType } from "./names.ts";

const MAX_PAGES = 20;

/**
 * How many vCPUs of a type's family the account may run in this market, and how many it runs. What cannot be read is
 * unknown with its reason, and keeps nobody from trying.
 */
export async function readQuota(
  clients: AwsClients,
  { instanceType, market }: { readonly instanceType: string; readonly market: Market },
  uses: (signal: AbortSignal) => Promise<readonly QuotaUse[]>,
  signal: AbortSignal,
): Promise<Quota> {
  const limit = limitOf(instanceType, market);
  if (!limit) return { kind: "unknown", reason: sentence("the limit of {0} is not known to us", instanceType) };
  try {
    const value = await quotaValue(clients, limit.code, signal);
    if (value === undefined) return { kind: "unknown", reason: sentence("AWS does not tell the limit") };
    return { kind: "known", code: limit.code, limit: value, used: usedVCpus(limit, market, await uses(signal)) };
  } catch (error) {
    if (isAbort(error)) throw error;
    return { kind: "unknown", reason: whyUnknown(error) };
  }
}

function whyUnknown(error: unknown) {
  if (error instanceof GpuDevError && error.code === "permission") {
    return sentence("the permission to read the limit is missing");
  }
  return sentence("the limit could not be read: {0}", awsCodeOf(error) ?? "?");
}

async function quotaValue(clients: AwsClients, code: string, signal: AbortSignal): Promise<number | undefined> {
  const { GetServiceQuotaCommand } = await import("../sdk/serviceQuotas.ts");
  const command = new GetServiceQuotaCommand({ ServiceCode: "ec2", QuotaCode: code });
  const failure = sentence("The limit {0} of {1} could not be read", code, clients.scope.region);
  const { Quota: quota } = await clients.send(clients.serviceQuotas, command, { failure }, signal);
  const value = quota?.Value;
  return value !== undefined && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** The machines that count against limits: those that run, or are about to. */
export async function readQuotaUses(clients: AwsClients, signal: AbortSignal): Promise<readonly QuotaUse[]> {
  const { DescribeInstancesCommand } = await import("../sdk/ec2.ts");
  const failure = sentence("The running machines of {0} could not be counted", clients.scope.region);
  const filter = { Name: "instance-state-name", Values: ["pending", "running"] };
  const pages = await allPages(MAX_PAGES, (token) => {
    const command = new DescribeInstancesCommand({ Filters: [filter], MaxResults: 1000, ...token });
    return clients.send(clients.ec2, command, { failure }, signal);
  });
  return pages.flatMap(({ Reservations = [] }) =>
    Reservations.flatMap(({ Instances = [] }) => Instances.flatMap((instance) => toUse(instance) ?? [])),
  );
}

function toUse({ InstanceType, InstanceLifecycle, CpuOptions }: Instance): QuotaUse | undefined {
  if (!isInstanceType(InstanceType)) return undefined;
  const vCpus = (CpuOptions?.CoreCount ?? 0) * (CpuOptions?.ThreadsPerCore ?? 0);
  const market = InstanceLifecycle === "spot" ? "spot" : "on-demand";
  return Number.isSafeInteger(vCpus) && vCpus > 0 ? { instanceType: InstanceType, market, vCpus } : undefined;
}
