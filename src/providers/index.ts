import type { EnvironmentProvider } from "../core/provider.ts";
import { createLocalProvider, type LocalMachine } from "./local/localProvider.ts";
import { createSshProvider, type SshSources } from "./ssh/sshProvider.ts";

/** What the providers take from the composition root. */
export interface ProviderSources {
  readonly ssh: SshSources;
  readonly local: LocalMachine;
}

/** Every kind of environment there is, in the order of the tree. */
export function createProviders(sources: ProviderSources): readonly EnvironmentProvider[] {
  return [createSshProvider(sources.ssh), createLocalProvider(sources.local)];
}
