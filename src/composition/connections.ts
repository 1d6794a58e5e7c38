import type { Connection, SshConnection } from "../core/connection.ts";
import type { Environment } from "../core/environment.ts";
import { GpuDevError } from "../core/error.ts";
import type { Inventory } from "../core/inventory.ts";
import { sentence } from "../core/sentence.ts";
import { isSafeAlias, safeAlias } from "../remote/include/alias.ts";

/**
 * Asks the environment's own provider how to reach it. Throws "configuration" for a ProxyCommand: ssh runs it, so it may
 * come only from the user's own SSH configuration, which ssh reads by itself. What a cloud or a setting says is data; a
 * provider that needs a program as the way names its words one by one, and each of them is checked.
 */
export type ConnectionOf = (environment: Environment, signal: AbortSignal) => Promise<Connection>;

export function connections(inventory: Inventory): ConnectionOf {
  return async (environment, signal) => {
    const provider = inventory.provider(environment.providerId);
    if (!provider) throw new Error(`No provider ${environment.providerId}.`); // every environment was listed by one
    const connection = await provider.connection(environment, signal);
    if (connection.kind === "ssh" && connection.entry?.proxyCommand !== undefined) {
      const words = sentence('"{0}" brings a proxy command that is not from your own configuration.', environment.name);
      throw new GpuDevError("configuration", words);
    }
    return connection;
  };
}

/** The alias in the address of a window: a name that an editor would change there goes by one of our include file. */
export function windowAlias({ alias, entry }: SshConnection): string {
  if (entry) return entry.alias;
  return isSafeAlias(alias) ? alias : safeAlias(alias, new Set([alias]));
}
