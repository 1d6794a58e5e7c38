import os from "node:os";
import type { Environment } from "../../src/core/environment.ts";
import type { EnvironmentProvider, OperationContext } from "../../src/core/provider.ts";
import { createAwsClients, type AwsClients } from "../../src/providers/aws/client.ts";
import { createEc2Provider } from "../../src/providers/aws/ec2Provider.ts";
import { EMPTY_PRICE_BOOK } from "../../src/providers/aws/priceBook.ts";
import type { AwsScope } from "../../src/providers/aws/scopes.ts";

export const SCOPE: AwsScope = { profile: "default", region: "us-east-1", ssh: {} };

/** A provider of EC2 as it is in the product, but for the time and the prices. */
export function openEc2(time: {
  readonly clock: () => number;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly requestDeadlineMs?: number;
}): { readonly provider: EnvironmentProvider; readonly clients: AwsClients; readonly dispose: () => void } {
  const lifetime = new AbortController();
  const dependencies = { ...time, log: () => undefined };
  const clients = createAwsClients(SCOPE, dependencies);
  const provider = createEc2Provider({
    ...dependencies,
    clients,
    prices: EMPTY_PRICE_BOOK,
    filter: () => ({ gpuOnly: false, mine: false }),
    keyFile: () => Promise.resolve(undefined),
    forgetKey: () => Promise.resolve(),
    lifetime: lifetime.signal,
  });
  return {
    provider,
    clients,
    dispose: () => {
      lifetime.abort();
      clients.dispose();
    },
  };
}

/** Whatever the machine's own AWS configuration says is out of the way. */
export function pointSdkAt(endpoint: string): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret-of-tests",
    AWS_CONFIG_FILE: os.devNull,
    AWS_SHARED_CREDENTIALS_FILE: os.devNull,
    AWS_EC2_METADATA_DISABLED: "true",
  });
}

export async function listAll(provider: EnvironmentProvider): Promise<readonly Environment[]> {
  const environments: Environment[] = [];
  for await (const page of provider.list(new AbortController().signal)) environments.push(...page);
  return environments;
}

export function aContext(): OperationContext {
  const kept = new Map<string, string>();
  return {
    signal: new AbortController().signal,
    report: () => undefined,
    steps: { get: (key) => kept.get(key), put: (key, value) => Promise.resolve(void kept.set(key, value)) },
  };
}
