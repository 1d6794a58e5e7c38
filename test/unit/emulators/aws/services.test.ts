import { DescribeInstancesCommand } from "@aws-sdk/client-ec2";
import { GetProductsCommand, PricingClient, type Filter } from "@aws-sdk/client-pricing";
import { GetServiceQuotaCommand, paginateListServiceQuotas, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import {
  DescribeInstanceInformationCommand,
  GetParameterCommand,
  GetParametersCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../emulators/aws/emulator.ts";
import { clientConfig, ec2Client, errorName, instancesOf, only, setUp } from "./clients.ts";

const WORK: AwsAccount = { accountId: "444455556666", accessKeyId: "AKIAWORK", userName: "at-work" };
const HOME: AwsAccount = {
  accountId: "111122223333",
  accessKeyId: clientConfig("").credentials.accessKeyId,
  userName: "developer",
};
const current = setUp({ accounts: [HOME, WORK] });

/** A client that is closed when it has answered. */
async function ask<Client extends { destroy(): void }, Answer>(
  client: Client,
  call: (client: Client) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await call(client);
  } finally {
    client.destroy();
  }
}

const config = () => clientConfig(current().aws.endpoint);

describe("accounts", () => {
  it("are told apart by their keys and have machines of their own", async () => {
    const { aws } = current();
    aws.addInstance({ accountId: WORK.accountId });
    const credentials = { accessKeyId: WORK.accessKeyId, secretAccessKey: "secret" };
    const identity = await ask(new STSClient({ ...config(), credentials }), (sts) =>
      sts.send(new GetCallerIdentityCommand({})),
    );
    expect(identity).toMatchObject({ Account: WORK.accountId, Arn: "arn:aws:iam::444455556666:user/at-work" });
    const list = (more = {}) => ask(ec2Client(aws.endpoint, more), (ec2) => ec2.send(new DescribeInstancesCommand({})));
    expect(instancesOf((await list()).Reservations)).toHaveLength(0);
    expect(instancesOf((await list({ credentials })).Reservations)).toHaveLength(1);
    expect(aws.requests.map(({ service, accountId }) => [service, accountId])).toEqual([
      ["sts", WORK.accountId],
      ["ec2", HOME.accountId],
      ["ec2", WORK.accountId],
    ]);
    expect(JSON.stringify(aws.requests)).not.toContain(WORK.accessKeyId);
  });

  it.each<["expired" | "revoked", readonly string[]]>([
    ["expired", ["RequestExpired", "ExpiredToken", "ExpiredTokenException"]],
    ["revoked", ["AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException"]],
  ])("whose keys are %s are refused in the words of each service", async (state, expected) => {
    const { aws, ec2 } = current();
    aws.setCredentials(HOME.accessKeyId, state);
    const names = [
      await errorName(ec2.send(new DescribeInstancesCommand({}))),
      await ask(new STSClient(config()), (sts) => errorName(sts.send(new GetCallerIdentityCommand({})))),
      await ask(new SSMClient(config()), (ssm) => errorName(ssm.send(new GetParameterCommand({ Name: "/a" })))),
    ];
    expect(names).toEqual(expected);
  });
});

describe("Systems Manager", () => {
  const BASE = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id";
  const send = <Answer>(call: (ssm: SSMClient) => Promise<Answer>) => ask(new SSMClient(config()), call);

  it("resolves public parameters to images of the region", async () => {
    const { Parameter } = await send((ssm) => ssm.send(new GetParameterCommand({ Name: BASE })));
    expect(Parameter?.Value).toBe(current().aws.region("us-east-1").imageId("ubuntu-24.04-amd64"));
    expect(Parameter?.LastModifiedDate).toBeInstanceOf(Date);
    const both = await send((ssm) => ssm.send(new GetParametersCommand({ Names: [BASE, "/aws/service/no"] })));
    expect([both.Parameters?.length, both.InvalidParameters]).toEqual([1, ["/aws/service/no"]]);
    const absent = send((ssm) => ssm.send(new GetParameterCommand({ Name: "/aws/service/no" })));
    expect(await errorName(absent)).toBe("ParameterNotFound");
  });

  it("knows the instances whose role lets them report", async () => {
    const { aws } = current();
    aws.addInstance();
    const id = aws.addInstance({ instanceProfile: "SessionManager" });
    const { InstanceInformationList } = await send((ssm) => ssm.send(new DescribeInstanceInformationCommand({})));
    expect(only(InstanceInformationList)).toMatchObject({ InstanceId: id, PingStatus: "Online" });
  });
});

describe("Service Quotas", () => {
  const send = <Answer>(call: (quotas: ServiceQuotasClient) => Promise<Answer>) =>
    ask(new ServiceQuotasClient(config()), call);

  it("shows what a launch is measured by, page by page", async () => {
    current().aws.setQuota("L-DB2E81BA", 12);
    const get = (QuotaCode: string) =>
      send((quotas) => quotas.send(new GetServiceQuotaCommand({ ServiceCode: "ec2", QuotaCode })));
    expect((await get("L-DB2E81BA")).Quota).toMatchObject({
      QuotaName: "Running On-Demand G and VT instances",
      Value: 12,
      Adjustable: true,
      UsageMetric: { MetricDimensions: { Class: "G/OnDemand", Resource: "vCPU" } },
    });
    expect(await errorName(get("L-00000000"))).toBe("NoSuchResourceException");
    const codes = await send(async (client) => {
      const found: (string | undefined)[] = [];
      for await (const { Quotas } of paginateListServiceQuotas({ client, pageSize: 4 }, { ServiceCode: "ec2" }))
        found.push(...(Quotas ?? []).map(({ QuotaCode }) => QuotaCode));
      return found;
    });
    expect(new Set(codes).size).toBe(9);
  });
});

describe("Pricing", () => {
  const terms = (fields: Readonly<Record<string, string>>): Filter[] =>
    Object.entries(fields).map(([Field, Value]) => ({ Type: "TERM_MATCH", Field, Value }));
  const G5 = { instanceType: "g5.xlarge", regionCode: "us-east-1" };
  const EXACT = { operatingSystem: "Linux", tenancy: "Shared", preInstalledSw: "NA", capacitystatus: "Used" };
  /** The SDK gives each product as a String object and has no type for it. */
  const products = async (
    fields: Readonly<Record<string, string>>,
    region = "us-east-1",
  ): Promise<readonly string[]> => {
    const answer: { readonly PriceList?: unknown } = await ask(new PricingClient({ ...config(), region }), (pricing) =>
      pricing.send(new GetProductsCommand({ ServiceCode: "AmazonEC2", Filters: terms(fields) })),
    );
    return Array.isArray(answer.PriceList) ? answer.PriceList.map(String) : [];
  };

  it("has one price for exact terms, and several where a term is missing", async () => {
    const text = only(await products({ ...G5, ...EXACT }));
    expect(JSON.parse(text)).toMatchObject({
      product: { attributes: { instanceType: "g5.xlarge", location: "US East (N. Virginia)", vcpu: "4" } },
    });
    expect(text).toContain('"pricePerUnit":{"USD":"1.0060000000"}');
    expect(text).toContain('"effectiveDate":"2026-10-01T00:00:00Z"');
    expect(await products(G5)).toHaveLength(6);
    expect(await products({ ...G5, ...EXACT, instanceType: "g9.xlarge" })).toEqual([]);
  });

  it("is at home in three regions only and gives a hundred at a time", async () => {
    expect(await products(G5, "eu-central-1")).toHaveLength(6);
    expect(await errorName(products(G5, "us-west-2"))).toBe("InvalidSignatureException");
    expect(await products({ regionCode: "us-east-1" })).toHaveLength(100);
  });
});
