import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { EnvironmentProvider } from "../../src/core/provider.ts";
import { createAwsProviders, type AwsSources } from "../../src/providers/aws/awsProviders.ts";
import { REGION } from "./ec2Sdk.ts";

export interface AccountGround {
  /** For keys and prices. */
  readonly directory: string;
  readonly clock?: AwsSources["clock"];
  readonly wait?: NonNullable<AwsSources["wait"]>;
  readonly ssh?: Readonly<Record<string, unknown>>;
}

export interface Account {
  readonly provider: EnvironmentProvider;
  /** Where the private key of a key pair that was made here is. */
  readonly keyFile: (name: string) => string;
  dispose(): void;
}

/** One region of an account, as the composition root opens it, without an editor. */
export function openAccount({ directory, clock = Date.now, wait, ssh = {} }: AccountGround): Account {
  const keyFile = (name: string): string => path.join(directory, "keys", name);
  const saved = new Set<string>();
  const providers = createAwsProviders({
    ...(wait ? { wait } : {}),
    clock,
    folder: path.join(directory, "prices"),
    filter: () => ({ gpuOnly: true, mine: false }),
    prices: () => ({}),
    log: () => undefined,
    callerAddress: () => Promise.resolve("192.0.2.7"),
    keys: {
      save: async (name, privateKey) => {
        await mkdir(path.dirname(keyFile(name)), { recursive: true });
        await writeFile(keyFile(name), privateKey, { mode: 0o600 });
        saved.add(name);
        return keyFile(name);
      },
      file: (name) => Promise.resolve(saved.has(name) ? keyFile(name) : undefined),
      remove: (name) => Promise.resolve(void saved.delete(name)),
      publicKeys: () => Promise.resolve([]),
    },
  });
  const [provider] = providers.providers([{ profile: "default", regions: [REGION], ssh }]);
  if (!provider) throw new Error("The account has no provider.");
  return { provider, keyFile, dispose: () => providers.dispose() };
}
