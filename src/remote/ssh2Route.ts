// The entry of the lazily loaded chunk that holds ssh2: reached by `await import()` only.
import type { ClientChannel } from "ssh2";
import { GpuDevError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import { sentence } from "../core/sentence.ts";
import { abortable, withDeadline } from "../core/waiting.ts";
import { toConnectionError } from "./connectionErrors.ts";
import { findMaterial } from "./hostFacts.ts";
import type { HostOptions } from "./hostOptions.ts";
import { readHostRecords } from "./hostKeyPolicy.ts";
import { jumpArguments, MAX_HOPS } from "./jumps.ts";
import { needsOpenSsh, OpenSshNeeded } from "./needsOpenSsh.ts";
import type { Reception } from "./reception.ts";
import type { ResolveHost } from "./resolve.ts";
import { connectHop, connectTimeoutMs, HostKeyVerified, tooSlow, type Hop, type Ssh2Connection } from "./ssh2Hop.ts";
import { connectTcp, startProxyCommand, startProxyProgram, type Transport } from "./transport.ts";

/** What every hop of a route shares, and what the last one is for. */
export interface Route extends Pick<Hop, "policy" | "unlocked" | "trustFile" | "purpose"> {
  readonly resolveHost: ResolveHost;
  readonly reception: Reception;
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
}

/**
 * Connects to a host through its jump hosts; each hop is resolved and verified by itself.
 * Throws OpenSshNeeded where a hop is beyond ssh2, GpuDevError where it fails, and on abort.
 */
export async function openRoute(
  options: HostOptions,
  route: Route,
  signal: AbortSignal,
  depth = 0,
): Promise<Ssh2Connection> {
  const records = await readHostRecords(options, route.trustFile);
  const material = await findMaterial(options, records, route);
  const reason = route.purpose === "log-in" ? needsOpenSsh(options, material.facts) : undefined;
  if (reason) throw new OpenSshNeeded(reason);
  const transport = await openTransport(options, { route, signal, depth });
  try {
    return await connectHop({ ...route, options, records, material, transport }, signal);
  } catch (error) {
    const complaint = error instanceof GpuDevError && error.code === "unreachable" ? await transport.complaint() : "";
    transport.destroy();
    if (complaint.length > 0) throw toConnectionError(new Error(complaint, { cause: error }), options.hostName);
    throw error;
  }
}

function forward(jump: Ssh2Connection, options: HostOptions, signal: AbortSignal): Promise<ClientChannel> {
  return abortable<ClientChannel>(signal, (resolve, reject) => {
    const closed = jump.onDidClose((reason) => {
      reject(reason ?? new Error("The jump host closed the connection."));
    });
    jump.client.forwardOut("127.0.0.1", 0, options.hostName, options.port, (error, channel) => {
      closed.dispose();
      if (error) reject(error);
      else resolve(channel);
    });
    return () => closed.dispose();
  });
}

/** Verifies the key of the last host and ends before authentication. Throws where the key is not trusted. */
export async function verifyRoute(
  options: HostOptions,
  route: Omit<Route, "purpose">,
  signal: AbortSignal,
): Promise<void> {
  try {
    const connection = await openRoute(options, { ...route, purpose: "verify" }, signal);
    connection.destroy();
  } catch (error) {
    if (!(error instanceof HostKeyVerified)) throw error;
  }
}

interface Way {
  readonly route: Route;
  readonly signal: AbortSignal;
  readonly depth: number;
}

async function openTransport(options: HostOptions, way: Way): Promise<Transport> {
  const { route, signal } = way;
  if (options.proxyProgram !== undefined) return startProxyProgram(options.proxyProgram, route);
  if (options.proxyJump !== undefined) return openJump(options, options.proxyJump, way);
  if (options.proxyCommand !== undefined) return startProxyCommand(options, options.proxyCommand, route);
  const timeoutMs = connectTimeoutMs(options);
  const late = tooSlow(options.hostName, timeoutMs);
  try {
    return await withDeadline(timeoutMs, signal, late, (own) => connectTcp(options, route.reception, own));
  } catch (error) {
    throw toConnectionError(error, options.hostName);
  }
}

async function openJump(options: HostOptions, proxyJump: string, { route, signal, depth }: Way): Promise<Transport> {
  if (depth >= MAX_HOPS) {
    const name = plainText(options.alias);
    throw new GpuDevError("configuration", sentence("The jump hosts of {0} lead in a circle.", name));
  }
  const jumpOptions = await route.resolveHost(jumpArguments(proxyJump), signal);
  const jump = await openRoute(jumpOptions, { ...route, purpose: "log-in" }, signal, depth + 1);
  try {
    const late = sentence("{0} did not answer through its jump host in time.", plainText(options.hostName));
    const stream = await withDeadline(connectTimeoutMs(options), signal, late, (own) => forward(jump, options, own));
    return throughJump(jump, stream);
  } catch (error) {
    jump.destroy();
    throw toConnectionError(error, options.hostName);
  }
}

/** By itself, so that its functions, which live as long as the connection, hold nothing of how it was opened. */
function throughJump(jump: Ssh2Connection, stream: ClientChannel): Transport {
  stream.on("error", () => undefined);
  return {
    stream,
    complaint: () => Promise.resolve(""),
    // Only the first hop receives by itself; what it may lend is for its own cipher to say.
    deliver: (delivery) => jump.deliver(delivery),
    destroy: () => jump.destroy(),
  };
}
