import type { Connection } from "../core/connection.ts";
import type { Environment } from "../core/environment.ts";
import { GpuDevError } from "../core/error.ts";
import type { Inventory } from "../core/inventory.ts";
import { sentence } from "../core/sentence.ts";

/** Asks the environment's own provider how to reach it. */
export type ConnectionOf = (environment: Environment, signal: AbortSignal) => Promise<Connection>;

export function connections(inventory: Inventory): ConnectionOf {
  return async (environment, signal) => {
    const provider = inventory.provider(environment.providerId);
    if (!provider) throw gone(environment.name);
    return provider.connection(environment, signal);
  };
}

export function existing(inventory: Inventory, environmentId: string): Environment {
  const environment = inventory.environment(environmentId);
  if (!environment) throw gone(environmentId);
  return environment;
}

function gone(name: string): GpuDevError {
  return new GpuDevError("configuration", sentence("{0} is no longer listed. Refresh the view.", name));
}
