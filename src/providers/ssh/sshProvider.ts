import type { Connection, SshConnection, SshEntry } from "../../core/connection.ts";
import type { Environment } from "../../core/environment.ts";
import { GpuDevError } from "../../core/error.ts";
import type { Event } from "../../core/event.ts";
import type { EnvironmentProvider } from "../../core/provider.ts";
import { sentence } from "../../core/sentence.ts";
import { refuseOperation, UNMANAGED_BILLING, UNMANAGED_OPERATIONS } from "../../core/unmanaged.ts";
import type { SettingsHost } from "./settingsHosts.ts";

const SSH_PROVIDER_ID = "ssh";
const KIND = sentence("SSH host");

/** Where the hosts come from; each is read anew at every listing. */
export interface SshSources {
  /** The hosts of the user's OpenSSH configuration. Rejects with "configuration" where it cannot be read. */
  readonly configHosts: (
    signal: AbortSignal,
  ) => Promise<readonly { readonly alias: string; readonly source: string }[]>;
  /** The entries of `gpuDev.ssh.hosts`, as they stand in the settings. */
  readonly settingsHosts: () => readonly unknown[];
  /** An alias for our include file, made from a name. */
  readonly safeAlias: (name: string, taken: ReadonlySet<string>) => string;
  readonly onDidChange: Event<void>;
  readonly log: (line: string) => void;
}

/** Plain SSH hosts: what `ssh <host>` reaches, as the user's configuration and settings name it. */
export function createSshProvider(sources: SshSources): EnvironmentProvider {
  const namedHosts = namedHostsOf(sources);
  return {
    id: SSH_PROVIDER_ID,
    displayName: sentence("SSH hosts"),
    async *list(signal) {
      const named = await namedHosts();
      if (named.length > 0) yield named.map(({ environment }) => environment);
      const hosts = await sources.configHosts(signal);
      yield hosts.map(({ alias, source }) => toEnvironment(`config/${alias}`, alias, source));
    },
    perform: (_request, environment) => refuseOperation(environment),
    connection: (environment) => connectionOf(environment, namedHosts),
    onDidInvalidate: sources.onDidChange,
  };
}

type NamedHosts = () => Promise<readonly NamedHost[]>;

async function connectionOf(environment: Environment, namedHosts: NamedHosts): Promise<Connection> {
  const config = /^ssh\/config\/(?<alias>.+)$/s.exec(environment.id)?.groups?.["alias"];
  if (config !== undefined) return { kind: "ssh", alias: config };
  const named = (await namedHosts()).find((candidate) => candidate.environment.id === environment.id);
  if (named) return named.connection;
  throw new GpuDevError(
    "configuration",
    sentence("{0} is no longer in the setting gpuDev.ssh.hosts. Refresh the view.", environment.name),
  );
}

interface NamedHost {
  readonly environment: Environment;
  readonly connection: SshConnection;
}

/** Reads the setting at each use, and its hosts once for each change: every connection asks for them. */
function namedHostsOf(sources: SshSources): NamedHosts {
  let last: { readonly text: string; readonly hosts: readonly NamedHost[] } = { text: "[]", hosts: [] };
  return async () => {
    const entries = sources.settingsHosts();
    const text = JSON.stringify(entries);
    if (text === last.text) return last.hosts;
    const { parseSettingsHost } = await import("./settingsHosts.ts"); // brings the validation library
    // Another asker may have read the same meanwhile.
    if (text !== last.text) last = { text, hosts: toNamedHosts(entries, parseSettingsHost, sources) };
    return last.hosts;
  };
}

/** The hosts of the setting with their aliases: the same names give the same aliases, in whatever order. */
function toNamedHosts(
  entries: readonly unknown[],
  parseHost: (entry: unknown) => SettingsHost | undefined,
  { safeAlias, log }: Pick<SshSources, "safeAlias" | "log">,
): readonly NamedHost[] {
  const taken = new Set<string>();
  return entries.flatMap((entry) => {
    const host = parseHost(entry);
    if (!host) {
      log(`An entry of gpuDev.ssh.hosts is not a host and is left out: ${JSON.stringify(entry).slice(0, 200)}`);
      return [];
    }
    // Never the plain name: our file is read first and would shadow a host of the user's configuration.
    const alias = safeAlias(host.name, new Set([...taken, host.name]));
    taken.add(alias);
    const environment = toEnvironment(`settings/${alias}`, host.name, "gpuDev.ssh.hosts");
    return [{ environment, connection: { kind: "ssh" as const, alias, entry: toEntry(alias, host) } }];
  });
}

function toEntry(alias: string, host: SettingsHost): SshEntry {
  return {
    alias,
    hostName: host.hostName,
    ...(host.port === undefined ? {} : { port: host.port }),
    ...(host.user === undefined ? {} : { user: host.user }),
    ...(host.identityFile === undefined ? {} : { identityFiles: [host.identityFile] }),
    ...(host.proxyJump === undefined ? {} : { proxyJump: host.proxyJump }),
    ...(host.forwardAgent === undefined ? {} : { forwardAgent: host.forwardAgent }),
  };
}

function toEnvironment(resource: string, name: string, source: string): Environment {
  return {
    id: `${SSH_PROVIDER_ID}/${resource}`,
    providerId: SSH_PROVIDER_ID,
    name,
    kind: KIND,
    group: source,
    state: "unmanaged",
    reach: "ssh",
    gpu: undefined,
    operations: UNMANAGED_OPERATIONS,
    billing: UNMANAGED_BILLING,
    tags: {},
  };
}
