import type { Clock } from "../core/clock.ts";
import type { Connection, SshConnection } from "../core/connection.ts";
import { GpuDevError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import type { ProxyProgram } from "../core/proxyProgram.ts";
import { inEnglish, sentence, type Sentence } from "../core/sentence.ts";
import type { OpenSession, Session, SessionMode } from "../core/session.ts";
import type { Ask } from "../core/ask.ts";
import type { HostOptions } from "./hostOptions.ts";
import type { HostKeyPolicy } from "./hostKeyPolicy.ts";
import { proxyProgramValue } from "./include/values.ts";
import { createLocalSession } from "./localSession.ts";
import { OpenSshNeeded } from "./needsOpenSsh.ts";
import { openOpenSshSession } from "./opensshSession.ts";
import { pinHostKeys } from "./pin.ts";
import { Reception } from "./reception.ts";
import { createHostResolver, type ResolveHost, type SshProgram } from "./resolve.ts";
import { sshArguments } from "./sshArguments.ts";
import { createSsh2Session } from "./ssh2Session.ts";
import type { StaleRecord } from "./staleRecords.ts";
import type { UnlockedKeys } from "./unlockedKeys.ts";

export interface RemoteDependencies {
  readonly ask: Ask;
  /** The `ssh` program: a name on the PATH or a path. */
  readonly sshProgram: () => string;
  /** Another SSH configuration than the user's own, as `ssh -F` takes it. */
  readonly configFile?: () => string | undefined;
  /** Our own known_hosts; made when the first key is trusted. */
  readonly trustFile: string;
  readonly log: (line: string) => void;
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly clock?: Clock;
}

export interface Remote {
  readonly openSession: OpenSession;
  /**
   * Replaces the key on record for a host that shows another one, after the user has confirmed the new fingerprint.
   * Only ever called by the user's own act. Resolves with what the user's own files still hold against the new key, for
   * only our own file is changed. Throws "host-key-changed" where the user does not confirm.
   */
  retrust(connection: SshConnection, signal: AbortSignal): Promise<readonly StaleRecord[]>;
  /**
   * Sees to it that the host key is trusted, asking the user about an unknown one, and stops before authentication.
   * Throws "host-key-unknown" where the user does not trust it, "host-key-changed" where it is another one.
   */
  verify(connection: SshConnection, signal: AbortSignal): Promise<void>;
  /** Puts the keys that a platform saw its machine make on record, where none is: see `pinHostKeys`. */
  pin(connection: SshConnection, keys: readonly string[], signal: AbortSignal): Promise<void>;
  /** The options with which `ssh` would connect. */
  readonly resolve: (connection: SshConnection, signal: AbortSignal) => Promise<HostOptions>;
}

/** The ways to reach environments. What the user unlocks with a passphrase stays unlocked as long as this lives. */
export function createRemote(dependencies: RemoteDependencies): Remote {
  const { environment, platform } = dependencies;
  const program: SshProgram = {
    file: dependencies.sshProgram,
    ...(dependencies.configFile ? { configFile: dependencies.configFile } : {}),
    environment,
    platform,
  };
  const resolver = createHostResolver(program, dependencies.clock ?? Date.now);
  const background: Ways = {
    ...{ dependencies, program, unlocked: new Map(), servedByProgram: new Map(), reception: new Reception() },
    resolveHost: resolver.recently,
  };
  const interactive = (): Ways => ({ ...background, resolveHost: resolver.fromNow() });
  return {
    openSession: (connection, mode, signal) =>
      openConnection(mode === "interactive" ? interactive() : background, connection, mode, signal),
    retrust: async (connection, signal) => {
      const ways = interactive();
      const target = await resolveTarget(ways, connection, signal);
      const stale: StaleRecord[] = [];
      const onStale = (found: readonly StaleRecord[]): void => void stale.push(...found);
      await verifyOnly(ways, target, { kind: "replace", ask: dependencies.ask, onStale }, signal);
      return stale;
    },
    verify: async (connection, signal) => {
      const ways = interactive();
      const target = await resolveTarget(ways, connection, signal);
      await verifyOnly(ways, target, { kind: "ask", ask: dependencies.ask }, signal);
    },
    pin: async (connection, keys, signal) => {
      const { options } = await resolveTarget(interactive(), connection, signal);
      await pinHostKeys(options, keys, dependencies.trustFile);
    },
    resolve: async (connection, signal) => (await resolveTarget(interactive(), connection, signal)).options,
  };
}

export function createOpenSession(dependencies: RemoteDependencies): OpenSession {
  return createRemote(dependencies).openSession;
}

interface Ways {
  readonly dependencies: RemoteDependencies;
  readonly program: SshProgram;
  /** Of this opening: the user's own acts are not served from what was read before. */
  readonly resolveHost: ResolveHost;
  readonly unlocked: UnlockedKeys;
  readonly reception: Reception;
  /** Why the `ssh` program serves a host, by its arguments: spares the host a refused attempt each time. */
  readonly servedByProgram: Map<string, Sentence>;
}

interface Target {
  readonly arguments: readonly string[];
  readonly options: HostOptions;
}

async function openConnection(
  ways: Ways,
  connection: Connection,
  mode: SessionMode,
  signal: AbortSignal,
): Promise<Session> {
  switch (connection.kind) {
    case "local":
      return createLocalSession(ways.dependencies.environment, ways.dependencies.platform);
    case "ssh": {
      const target = await resolveTarget(ways, connection, signal);
      return openSsh(ways, target, mode, signal);
    }
  }
}

async function resolveTarget(ways: Ways, connection: SshConnection, signal: AbortSignal): Promise<Target> {
  const own = sshArguments(connection, ways.dependencies.platform);
  const options = await ways.resolveHost(own, signal);
  const program = connection.entry?.proxyProgram;
  return { arguments: own, options: program ? throughProgram(options, program) : options };
}

/** ssh must read the way as it was meant: the built-in client and the `ssh` program take the same one. */
function throughProgram(options: HostOptions, proxyProgram: ProxyProgram): HostOptions {
  if (options.proxyCommand === proxyProgramValue(proxyProgram)) return { ...options, proxyProgram };
  const name = plainText(options.alias);
  throw new GpuDevError("configuration", sentence("ssh does not read the way to {0} as it was meant.", name));
}

async function openSsh(ways: Ways, target: Target, mode: SessionMode, signal: AbortSignal): Promise<Session> {
  const policy: HostKeyPolicy =
    mode === "interactive" ? { kind: "ask", ask: ways.dependencies.ask } : { kind: "refuse" };
  const key = target.arguments.join("\0");
  try {
    // What the user has just changed is judged anew.
    const known = mode === "interactive" ? undefined : ways.servedByProgram.get(key);
    if (known) throw new OpenSshNeeded(known);
    const session = await openWithSsh2(ways, target, policy, signal);
    ways.servedByProgram.delete(key);
    return session;
  } catch (error) {
    if (!(error instanceof OpenSshNeeded)) throw error;
    ways.servedByProgram.delete(key);
    ways.dependencies.log(`${target.options.alias}: ${inEnglish(error.reason)}`);
    const session = await openWithProgram(ways, target, policy, { signal, refusal: error.cause });
    ways.servedByProgram.set(key, error.reason);
    return session;
  }
}

async function openWithSsh2(ways: Ways, target: Target, policy: HostKeyPolicy, signal: AbortSignal): Promise<Session> {
  const { openRoute } = await import("./ssh2Route.ts");
  const connection = await openRoute(target.options, { ...routeOf(ways), policy, purpose: "log-in" }, signal);
  return createSsh2Session(connection, signal);
}

interface Fallback {
  readonly signal: AbortSignal;
  /** Why ssh2 was refused, when it was: tells more than the `ssh` program, which was told not to ask. */
  readonly refusal: unknown;
}

async function openWithProgram(
  ways: Ways,
  target: Target,
  policy: HostKeyPolicy,
  { signal, refusal }: Fallback,
): Promise<Session> {
  const { program, dependencies } = ways;
  const request = {
    program,
    options: target.options,
    sshArguments: target.arguments,
    trustFile: dependencies.trustFile,
  };
  try {
    return await openOpenSshSession(request, signal);
  } catch (error) {
    if (!(error instanceof GpuDevError)) throw error;
    if (error.code === "authentication" && refusal instanceof GpuDevError) throw refusal;
    if (error.code !== "host-key-unknown") throw error;
    // Says which key it is, and in interactive mode asks; after that the program knows the host too.
    await verifyOnly(ways, target, policy, signal);
    return openOpenSshSession(request, signal);
  }
}

/** Looks at the host key of the last hop and stops before authentication. */
async function verifyOnly(ways: Ways, target: Target, policy: HostKeyPolicy, signal: AbortSignal): Promise<void> {
  const { verifyRoute } = await import("./ssh2Route.ts");
  await verifyRoute(target.options, { ...routeOf(ways), policy }, signal);
}

function routeOf({ dependencies, resolveHost, unlocked, reception }: Ways) {
  const { trustFile, environment, platform } = dependencies;
  return { resolveHost, unlocked, reception, trustFile, environment, platform };
}
