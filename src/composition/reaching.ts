import type { Connection } from "../core/connection.ts";
import type { Environment } from "../core/environment.ts";
import { Emitter, type Event } from "../core/event.ts";
import type { Inventory } from "../core/inventory.ts";
import { lazily } from "../core/lazily.ts";
import type { OpenSession, Session } from "../core/session.ts";
import type { Log } from "../ui/log.ts";
import { connections, type ConnectionOf } from "./connections.ts";
import { pinnedConnections, pinning, type Pin, type Pinned } from "./pins.ts";
import { openRemote, type RemoteParts } from "./remote.ts";

/** The ways from an environment to a session on it. */
export interface Reaching {
  readonly remote: () => Promise<RemoteParts>;
  readonly connectionOf: ConnectionOf;
  /** For the user's own acts: the platform is asked for the host keys first. */
  readonly pinnedConnectionOf: ConnectionOf;
  readonly pin: Pin;
  /** The id of an environment whose host keys are on record from now on. */
  readonly onDidPin: Event<string>;
  readonly health: {
    readonly openSession: OpenSession;
    readonly connectionOf: (environmentId: string, signal: AbortSignal) => Promise<Connection>;
  };
  /** Of a machine that was made here a moment ago. */
  readonly openMade: (environment: Environment, signal: AbortSignal) => Promise<Session>;
}

export function reaching(inventory: Inventory, log: Log): Reaching {
  const remote = lazily(() => openRemote(log));
  const connectionOf = connections(inventory);
  const pinned = new Emitter<string>();
  const record = async ({ environment, connection, keys }: Pinned, signal: AbortSignal): Promise<void> => {
    await (await remote()).sessions.pin(connection, keys, signal);
    pinned.fire(environment.id);
  };
  const pin = pinning(inventory, connectionOf, record, log);
  const pinnedConnectionOf = pinnedConnections(connectionOf, pin);
  const openSession: OpenSession = async (...call) => (await remote()).sessions.openSession(...call);
  return {
    remote,
    connectionOf,
    pinnedConnectionOf,
    pin,
    onDidPin: pinned.event,
    health: {
      openSession,
      connectionOf: (id, signal) => {
        const environment = inventory.existing(id);
        // To ask for the keys of every machine of an account would be a request for each; those made here are few.
        const isOwn = environment.operationId !== undefined;
        return (isOwn ? pinnedConnectionOf : connectionOf)(environment, signal);
      },
    },
    openMade: async (environment, signal) =>
      openSession(await pinnedConnectionOf(environment, signal), "background", signal),
  };
}
