import type { Connection, SshConnection } from "../core/connection.ts";
import type { Environment } from "../core/environment.ts";
import type { Inventory } from "../core/inventory.ts";
import { isSafeAlias, safeAlias } from "../remote/include/alias.ts";

/** Asks the environment's own provider how to reach it. */
export type ConnectionOf = (environment: Environment, signal: AbortSignal) => Promise<Connection>;

export function connections(inventory: Inventory): ConnectionOf {
  return async (environment, signal) => {
    const provider = inventory.provider(environment.providerId);
    if (!provider) throw new Error(`No provider ${environment.providerId}.`); // every environment was listed by one
    return provider.connection(environment, signal);
  };
}

/** The alias in the address of a window: a name that an editor would change there goes by one of our include file. */
export function windowAlias({ alias, entry }: SshConnection): string {
  if (entry) return entry.alias;
  return isSafeAlias(alias) ? alias : safeAlias(alias, new Set([alias]));
}
