import type { SshEntry } from "../../core/connection.ts";
import { GpuDevError } from "../../core/error.ts";
import { sentence } from "../../core/sentence.ts";
import * as values from "./values.ts";

/** The name of a setting of ssh_config(5), and its value with the quotes that it needs there and after `-o`. */
export type Directive = readonly [name: string, value: string];

/**
 * What an entry says of its host; not its alias, and not agent forwarding, whose absence means something else in a file
 * and on a command line. Throws "configuration" for a value that could be read as anything but itself.
 */
export function hostDirectives(entry: SshEntry, platform: NodeJS.Platform): readonly Directive[] {
  const directives: readonly (readonly [string, string | undefined])[] = [
    ["HostName", values.hostNameValue(entry.hostName)],
    ["Port", written(entry.port, values.portValue)],
    ["User", written(entry.user, values.userValue)],
    ...identities(entry, platform),
    ["HostKeyAlias", written(entry.hostKeyAlias, values.hostKeyAliasValue)],
    ...proxy(entry),
  ];
  return directives.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

function identities({ identityFiles = [] }: SshEntry, platform: NodeJS.Platform): readonly Directive[] {
  if (identityFiles.length === 0) return []; // IdentitiesOnly would then shut out the agent's keys
  const files = [...new Set(identityFiles)].map((file) => ["IdentityFile", values.pathValue(file, platform)] as const);
  return [...files, ["IdentitiesOnly", "yes"]];
}

function proxy({ alias, proxyJump, proxyCommand, proxyProgram }: SshEntry): (readonly [string, string | undefined])[] {
  const ways = [proxyJump, proxyCommand, proxyProgram].filter((way) => way !== undefined);
  if (ways.length > 1)
    throw new GpuDevError(
      "configuration",
      sentence('"{0}" has both jump hosts and a proxy command. Keep one of them.', alias),
    );
  return [
    ["ProxyJump", written(proxyJump, values.proxyJumpValue)],
    ["ProxyCommand", written(proxyCommand, values.proxyCommandValue)],
    ["ProxyCommand", written(proxyProgram, values.proxyProgramValue)],
  ];
}

function written<T>(value: T | undefined, check: (value: T) => string): string | undefined {
  return value === undefined ? undefined : check(value);
}
