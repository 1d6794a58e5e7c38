import { mkdirSync } from "node:fs";
import path from "node:path";
import { createHash } from "node:crypto";
import { messageOf } from "../../core/error.ts";
import type { Disposable } from "../../core/event.ts";
import type { EnvironmentProvider } from "../../core/provider.ts";
import { sentence } from "../../core/sentence.ts";
import { delay } from "../../core/waiting.ts";
import { readCallerAddress } from "./callerAddress.ts";
import { createAwsClients, type AwsDependencies } from "./client.ts";
import { createCredentials } from "./credentials.ts";
import { createEc2Provider } from "./ec2Provider.ts";
import type { InstanceFilter } from "./filter.ts";
import { AwsPriceBook } from "./prices/awsPriceBook.ts";
import { createPriceSources } from "./prices/priceSources.ts";
import { readProfiles } from "./profiles.ts";
import type { KeyStore } from "./provisioning/dependencies.ts";
import { createEc2Provisioning } from "./provisioning/ec2Provisioning.ts";
import { parseScopes, scopeKey, type AwsScope } from "./scopes.ts";
import { formOf, listOf, recordOf } from "./untrusted.ts";

/** What AWS takes from the composition root. */
export interface AwsSources extends AwsDependencies {
  readonly keys: KeyStore;
  /** Where prices are kept. Made when there is something to keep. */
  readonly folder: string;
  readonly filter: () => InstanceFilter;
  /** The setting `gpuDev.prices`, as it stands. */
  readonly prices: () => unknown;
  /** Default: AWS itself is asked. */
  readonly callerAddress?: (signal: AbortSignal) => Promise<string | undefined>;
}

/** The accounts of AWS that the user chose, as providers. */
export interface AwsProviders extends Disposable {
  /**
   * One for each region of each account of the setting `gpuDev.aws.accounts`. What has not changed since the last call
   * is the same provider; what is gone is ended.
   */
  providers(accounts: readonly unknown[]): readonly EnvironmentProvider[];
  /** The names of the profiles of this machine. */
  profiles(): Promise<readonly string[]>;
  /** The regions that the account of a profile may use. */
  regions(profile: string, signal: AbortSignal): Promise<readonly string[]>;
}

interface Opened extends Disposable {
  readonly provider: EnvironmentProvider;
}

export function createAwsProviders(given: AwsSources): AwsProviders {
  const sources = { credentialsOf: createCredentials(given.log), ...given };
  let opened: ReadonlyMap<string, Opened> = new Map();
  const replace = (next: ReadonlyMap<string, Opened>): void => {
    for (const [key, scope] of opened) if (next.get(key) !== scope) scope.dispose();
    opened = next;
  };
  return {
    providers: (accounts) => {
      const scopes = parseScopes(accounts, sources.log);
      const keys = scopes.map((scope) => [JSON.stringify(scope), scope] as const);
      replace(new Map(keys.map(([key, scope]) => [key, opened.get(key) ?? openScope(scope, sources)])));
      return [...opened.values()].map(({ provider }) => provider);
    },
    profiles: async () => (await readProfiles()).map(({ name }) => name),
    regions: (profile, signal) => readRegions(profile, sources, signal),
    dispose: () => replace(new Map()),
  };
}

function openScope(scope: AwsScope, sources: AwsSources): Opened {
  const lifetime = new AbortController();
  const dependencies = { ...sources, wait: sources.wait ?? delay };
  const clients = createAwsClients(scope, dependencies);
  const prices = new AwsPriceBook({
    ...sources,
    region: scope.region,
    sources: createPriceSources(clients),
    file: priceFile(scope, sources),
    overrides: sources.prices,
  });
  const provider = createEc2Provider({
    ...dependencies,
    clients,
    prices,
    keyFile: (name) => sources.keys.file(name),
    forgetKey: (name) => sources.keys.remove(name),
    lifetime: lifetime.signal,
    provisioning: (readEnvironment) =>
      createEc2Provisioning({
        ...dependencies,
        clients,
        prices,
        readEnvironment,
        callerAddress: sources.callerAddress ?? readCallerAddress,
      }),
  });
  return {
    provider,
    dispose: () => {
      lifetime.abort();
      prices.dispose();
      clients.dispose();
    },
  };
}

/** A profile's name may hold what a file's name may not. */
function priceFile(scope: AwsScope, { folder, log }: AwsSources): string {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    log(`Prices cannot be kept: ${messageOf(error)}`);
  }
  const name = createHash("sha256").update(scopeKey(scope)).digest("hex").slice(0, 16);
  return path.join(folder, `prices-${name}.json`);
}

/** Where a profile names no region, one that every account of the main partition has. */
const FIRST_REGION = "us-east-1";

async function readRegions(profile: string, sources: AwsSources, signal: AbortSignal): Promise<readonly string[]> {
  const known = (await readProfiles()).find(({ name }) => name === profile);
  const region = known?.region ?? process.env["AWS_REGION"] ?? FIRST_REGION;
  const clients = createAwsClients({ profile, region, ssh: {} }, sources);
  try {
    const { DescribeRegionsCommand } = await import("./sdk/ec2.ts");
    const failure = sentence("The regions of the AWS profile {0} could not be read", profile);
    const answer = await clients.send(clients.ec2, new DescribeRegionsCommand({}), { failure }, signal);
    const names = listOf(answer.Regions).flatMap(
      (raw) => formOf(recordOf(raw)["RegionName"], /^[a-z0-9-]{1,40}$/) ?? [],
    );
    return names.sort();
  } finally {
    clients.dispose();
  }
}
