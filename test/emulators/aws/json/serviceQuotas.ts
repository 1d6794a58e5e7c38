import { AwsError } from "../awsError.ts";
import { QUOTAS, type QuotaFacts } from "../data/quotas.ts";
import { quotaValue } from "../world/quotas.ts";
import type { RegionWorld } from "../world/region.ts";
import { pageOfList, requiredText, type JsonAction, type JsonCall } from "./call.ts";

/** What the emulator can do of Service Quotas: those of EC2 that count accelerated and ordinary machines. */
export const SERVICE_QUOTAS_ACTIONS: Readonly<Record<string, JsonAction>> = {
  GetServiceQuota: getServiceQuota,
  ListServiceQuotas: listServiceQuotas,
};

function getServiceQuota({ region, parameters }: JsonCall): object {
  const code = requiredText(parameters, "QuotaCode");
  checkService(requiredText(parameters, "ServiceCode"));
  const quota = QUOTAS.find((candidate) => candidate.code === code);
  if (!quota) throw new AwsError("NoSuchResourceException", `There is no quota ${code}.`);
  return { Quota: shown(region, quota) };
}

function listServiceQuotas({ region, parameters }: JsonCall): object {
  checkService(requiredText(parameters, "ServiceCode"));
  const { items, more } = pageOfList(parameters, QUOTAS, 100);
  return { Quotas: items.map((quota) => shown(region, quota)), ...more };
}

function checkService(code: string): void {
  if (code !== "ec2") throw new AwsError("NoSuchResourceException", `There is no service ${code}.`);
}

function shown(region: RegionWorld, quota: QuotaFacts): object {
  const { facts, account } = region;
  return {
    ServiceCode: "ec2",
    ServiceName: "Amazon Elastic Compute Cloud (Amazon EC2)",
    QuotaArn: `arn:aws:servicequotas:${facts.name}:${account.accountId}:ec2/${quota.code}`,
    QuotaCode: quota.code,
    QuotaName: quota.name,
    Value: quotaValue(region, quota),
    Unit: "None",
    Adjustable: true,
    GlobalQuota: false,
    UsageMetric: {
      MetricNamespace: "AWS/Usage",
      MetricName: "ResourceCount",
      MetricDimensions: { Class: quota.usageClass, Resource: "vCPU", Service: "EC2", Type: "Resource" },
      MetricStatisticRecommendation: "Maximum",
    },
    QuotaAppliedAtLevel: "ACCOUNT",
  };
}
