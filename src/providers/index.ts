import type { EnvironmentProvider } from "../core/provider.ts";
import type { AwsProviders, AwsSources } from "./aws/awsProviders.ts";
import { createLocalProvider, type LocalMachine } from "./local/localProvider.ts";
import { createSshProvider, type SshSources } from "./ssh/sshProvider.ts";

/** What the providers take from the composition root. */
export interface ProviderSources {
  readonly ssh: SshSources;
  readonly local: LocalMachine;
}

/** What is there without any cloud, in the order of the tree. */
export function createProviders(sources: ProviderSources): readonly EnvironmentProvider[] {
  return [createSshProvider(sources.ssh), createLocalProvider(sources.local)];
}

/** Loaded, with AWS's SDK, when the first account of it is chosen. */
export async function openAws(sources: AwsSources): Promise<AwsProviders> {
  const { createAwsProviders } = await import("./aws/awsProviders.ts");
  return createAwsProviders(sources);
}
