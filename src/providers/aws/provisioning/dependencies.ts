import type { Clock } from "../../../core/clock.ts";
import type { Environment } from "../../../core/environment.ts";
import type { AwsClients } from "../client.ts";
import type { PriceBook } from "../priceBook.ts";

/** Where the private keys of machines made here are kept. A name is one of ours: [a-z0-9-]. */
export interface KeyStore {
  /** Writes or replaces the file, for its owner's eyes only (0600). Resolves with its absolute path. */
  save(name: string, privateKey: string): Promise<string>;
  /** The file of a key saved earlier; undefined where there is none. */
  file(name: string): Promise<string | undefined>;
  remove(name: string): Promise<void>;
  /** The public keys that the user has besides, as ~/.ssh/*.pub: file and its one line. Unreadable ones are left out. */
  publicKeys(): Promise<readonly { readonly file: string; readonly publicKey: string }[]>;
}

/** What provisioning in one region of one account takes from outside. */
export interface ProvisioningDependencies {
  readonly clients: AwsClients;
  readonly prices: PriceBook;
  readonly keys: KeyStore;
  /** The IP address from which this machine reaches the internet; undefined where it cannot be found out. */
  readonly callerAddress: (signal: AbortSignal) => Promise<string | undefined>;
  /** The machine as the tree shows it; undefined where AWS does not know it (yet). */
  readonly readEnvironment: (instanceId: string, signal: AbortSignal) => Promise<Environment | undefined>;
  readonly clock: Clock;
  /** Between two looks at what AWS is doing. `delay` of core/waiting.ts. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}
