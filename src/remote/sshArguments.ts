import type { SshConnection } from "../core/connection.ts";
import { GpuDevError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import { sentence } from "../core/sentence.ts";
import { hostDirectives } from "./include/directives.ts";
import { pathValue } from "./include/values.ts";

/**
 * What follows `ssh` on a command line for this connection, ending with `--` and the host.
 * Throws a "configuration" GpuDevError where a value could be read as anything but itself.
 */
export function sshArguments({ alias, entry }: SshConnection, platform: NodeJS.Platform): readonly string[] {
  if (!isDestination(alias)) {
    const words = sentence("“{0}” cannot be a host of ssh: it contains characters that are not allowed.", shown(alias));
    throw new GpuDevError("configuration", words);
  }
  const forwardAgent = entry?.forwardAgent;
  const options = [
    ...(entry ? hostDirectives(entry, platform) : []),
    ...(forwardAgent === undefined ? [] : [["ForwardAgent", forwardAgent ? "yes" : "no"] as const]),
  ];
  return [...options.flatMap(([name, value]) => ["-o", `${name}=${value}`]), "--", alias];
}

/**
 * By which the user's own `ssh` knows what was pinned in `trustFile`, too. A key that it learns by itself goes to the
 * first of the files, which stays the user's.
 */
export function knownHostsArguments(
  userFiles: readonly string[],
  trustFile: string,
  platform: NodeJS.Platform,
): readonly string[] {
  const files = [...new Set([...userFiles, trustFile])].map((file) => pathValue(file, platform));
  return ["-o", `UserKnownHostsFile=${files.join(" ")}`];
}

/** `[user@]host`, as OpenSSH 9.6 and later let it through from a command line, for the sake of every older one. */
function isDestination(text: string): boolean {
  const at = text.lastIndexOf("@");
  const user = at < 0 ? undefined : text.slice(0, at);
  const host = text.slice(at + 1);
  return isPlain(host) && !host.includes("\\") && (user === undefined || isPlain(user));
}

function isPlain(text: string): boolean {
  return /^[^-\s\p{Cc}\p{Cf}'"`$;&<>|(){}!*?,#][^\s\p{Cc}\p{Cf}'"`$;&<>|(){}!*?,#]{0,254}$/u.test(text);
}

function shown(text: string): string {
  return plainText(text, 80);
}
