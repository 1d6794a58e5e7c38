import type { EC2Client } from "@aws-sdk/client-ec2";
import type { PricingClient } from "@aws-sdk/client-pricing";
import type { ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import type { SSMClient } from "@aws-sdk/client-ssm";
import type { STSClient } from "@aws-sdk/client-sts";
import type { Disposable } from "../../core/event.ts";
import { lazily } from "../../core/lazily.ts";
import { delay } from "../../core/waiting.ts";
import { createCredentials, quietLogger, type CredentialsOf, type ProfileCredentials } from "./credentials.ts";
import { DEFAULT_PROFILE, type AwsScope } from "./scopes.ts";
import { createSend, type Send, type SendingDependencies } from "./sending.ts";

export type AwsDependencies = Pick<SendingDependencies, "clock" | "log"> &
  Partial<Pick<SendingDependencies, "random" | "wait" | "requestDeadlineMs">> & {
    /** Of a profile. Default: resolved for these clients alone. */
    readonly credentialsOf?: CredentialsOf;
  };

/**
 * The clients of one scope. Each is loaded and made when it is first asked for; requests go through `send` only:
 * `clients.send(clients.ec2, new StartInstancesCommand(…), { failure: sentence("{0} could not be started", name) }, signal)`.
 * `send` rejects with GpuDevError, or with the AbortError of the signal.
 */
export interface AwsClients extends Disposable {
  readonly scope: AwsScope;
  readonly credentials: ProfileCredentials;
  readonly ec2: () => Promise<EC2Client>;
  readonly sts: () => Promise<STSClient>;
  readonly ssm: () => Promise<SSMClient>;
  /** In us-east-1 whatever the scope's region: the Price List API is in few regions, and tells of all. */
  readonly pricing: () => Promise<PricingClient>;
  readonly serviceQuotas: () => Promise<ServiceQuotasClient>;
  readonly send: Send;
}

const CONNECTION_TIMEOUT_MS = 5000;
const REQUEST_DEADLINE_MS = 10_000;
/** https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html */
const PRICING_REGION = "us-east-1";

export function createAwsClients(scope: AwsScope, dependencies: AwsDependencies): AwsClients {
  const made: Disposable[] = [];
  const kept = <Client extends { destroy(): void }>(create: () => Promise<Client>): (() => Promise<Client>) =>
    lazily(async () => {
      const client = await create();
      made.push({ dispose: () => client.destroy() });
      return client;
    });
  const requestDeadlineMs = dependencies.requestDeadlineMs ?? REQUEST_DEADLINE_MS;
  const credentials = (dependencies.credentialsOf ?? createCredentials(dependencies.log))(scope.profile);
  const settings = { ...settingsOf(scope, requestDeadlineMs, dependencies.log), credentials: credentials.provide };
  return {
    scope,
    credentials,
    ec2: kept(async () => new (await import("./sdk/ec2.ts")).EC2Client(settings)),
    sts: kept(async () => new (await import("./sdk/sts.ts")).STSClient(settings)),
    ssm: kept(async () => new (await import("./sdk/ssm.ts")).SSMClient(settings)),
    pricing: kept(async () => {
      const { PricingClient } = await import("./sdk/pricing.ts");
      return new PricingClient({ ...settings, region: PRICING_REGION });
    }),
    serviceQuotas: kept(async () => new (await import("./sdk/serviceQuotas.ts")).ServiceQuotasClient(settings)),
    send: createSend(scope, { random: Math.random, wait: delay, ...dependencies, requestDeadlineMs }),
    dispose: () => {
      for (const client of made.splice(0)) client.dispose();
    },
  };
}

/** Endpoints come from where the SDK takes them itself: AWS_ENDPOINT_URL, or `endpoint_url` of the profile. */
function settingsOf({ profile, region }: AwsScope, requestTimeout: number, log: (line: string) => void) {
  return {
    region,
    ...(profile === DEFAULT_PROFILE ? {} : { profile }),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout,
      throwOnRequestTimeout: true,
    },
    logger: quietLogger(log),
    // For what else is read of the profile files, such as endpoints: see credentials.ts.
    ignoreCache: true,
  };
}
