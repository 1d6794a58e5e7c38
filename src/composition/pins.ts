import type { SshConnection } from "../core/connection.ts";
import type { Environment } from "../core/environment.ts";
import { isAbort, messageOf } from "../core/error.ts";
import type { Inventory } from "../core/inventory.ts";
import type { Log } from "../ui/log.ts";
import type { ConnectionOf } from "./connections.ts";

/** A platform tells the host keys minutes after the start, and may be asked only so often. */
const ASK_AGAIN_MS = 3_000;

/** Sees to it that the host keys which a platform tells of are on record before the first contact. */
export type Pin = (environment: Environment, signal: AbortSignal) => Promise<void>;

export function pinning(
  inventory: Inventory,
  connectionOf: ConnectionOf,
  record: (connection: SshConnection, keys: readonly string[], signal: AbortSignal) => Promise<void>,
  log: Pick<Log, "info">,
): Pin {
  const pinned = new Set<string>();
  const askedAt = new Map<string, number>();
  const isDue = ({ id }: Environment): boolean =>
    !pinned.has(id) && Date.now() - (askedAt.get(id) ?? 0) >= ASK_AGAIN_MS;
  const pin: Pin = async (environment, signal) => {
    const keys = (await inventory.provider(environment.providerId)?.hostKeys?.(environment, signal)) ?? [];
    const connection = keys.length === 0 ? undefined : await connectionOf(environment, signal);
    if (connection?.kind !== "ssh") return;
    await record(connection, keys, signal);
    pinned.add(environment.id);
  };
  return async (environment, signal) => {
    if (!isDue(environment)) return;
    askedAt.set(environment.id, Date.now());
    try {
      await pin(environment, signal);
    } catch (error) {
      // The key is asked about like that of any other host.
      if (isAbort(error)) throw error;
      log.info(`${environment.name}: its platform does not tell its host keys: ${messageOf(error)}`);
    }
  };
}

/** The connection of a machine whose platform was asked for its host keys before. */
export function pinnedConnections(connectionOf: ConnectionOf, pin: Pin): ConnectionOf {
  return async (environment, signal) => {
    await pin(environment, signal);
    return connectionOf(environment, signal);
  };
}
