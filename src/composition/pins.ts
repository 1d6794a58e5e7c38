import type { SshConnection } from "../core/connection.ts";
import type { Environment } from "../core/environment.ts";
import { isAbort, messageOf } from "../core/error.ts";
import type { Inventory } from "../core/inventory.ts";
import type { Log } from "../ui/log.ts";
import type { ConnectionOf } from "./connections.ts";

/** A platform tells the host keys seconds to minutes after the start: it is asked often at first, then now and then. */
const ASK_AGAIN_MS = { first: 500, later: 5_000 } as const;
const FIRST_TIMES = 10;

/** Sees to it that the host keys which a platform tells of are on record before the first contact. */
export type Pin = (environment: Environment, signal: AbortSignal) => Promise<void>;

export interface Pinned {
  readonly environment: Environment;
  readonly connection: SshConnection;
  readonly keys: readonly string[];
}

export function pinning(
  inventory: Inventory,
  connectionOf: ConnectionOf,
  record: (pinned: Pinned, signal: AbortSignal) => Promise<void>,
  log: Pick<Log, "info">,
): Pin {
  const pinned = new Set<string>();
  const asked = new Map<string, { readonly at: number; readonly times: number }>();
  const isDue = ({ id }: Environment): boolean => {
    const { at, times } = asked.get(id) ?? { at: 0, times: 0 };
    return !pinned.has(id) && Date.now() - at >= (times < FIRST_TIMES ? ASK_AGAIN_MS.first : ASK_AGAIN_MS.later);
  };
  const pin: Pin = async (environment, signal) => {
    const keys = (await inventory.provider(environment.providerId)?.hostKeys?.(environment, signal)) ?? [];
    const connection = keys.length === 0 ? undefined : await connectionOf(environment, signal);
    if (connection?.kind !== "ssh") return;
    await record({ environment, connection, keys }, signal);
    pinned.add(environment.id);
  };
  return async (environment, signal) => {
    if (!isDue(environment)) return;
    asked.set(environment.id, { at: Date.now(), times: (asked.get(environment.id)?.times ?? 0) + 1 });
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
