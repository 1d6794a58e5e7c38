import { isIP } from "node:net";
import { isAccountName } from "../core/accountName.ts";
import { plainText } from "../core/plainText.ts";
import type { SshConnection, SshEntry } from "../core/connection.ts";
import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";

/**
 * What follows `ssh` on a command line for this connection, ending with `--` and the host.
 * Throws a "configuration" GpuDevError where a value could be read as anything but itself.
 */
export function sshArguments(connection: SshConnection): readonly string[] {
  const alias = checked("host", connection.alias, isSafeHost);
  const options = connection.entry ? entryOptions(connection.entry) : [];
  return [...options.flatMap((option) => ["-o", option]), "--", alias];
}

function entryOptions(entry: SshEntry): readonly string[] {
  const { hostName, port, user, identityFiles = [], proxyJump, proxyCommand, hostKeyAlias, forwardAgent } = entry;
  const option = (name: string, value: string | undefined, isSafe: (value: string) => boolean): readonly string[] =>
    value === undefined ? [] : [`${name}=${checked(name, value, isSafe)}`];
  return [
    ...option("HostName", hostName, isSafeHostName),
    ...option("Port", port?.toString(), isPort),
    ...option("User", user, isAccountName),
    ...identityFiles.map((file) => `IdentityFile=${quotedPath(file)}`),
    ...(identityFiles.length > 0 ? ["IdentitiesOnly=yes"] : []),
    ...option("ProxyJump", proxyJump, isSafeJump),
    ...option("ProxyCommand", proxyCommand, isOneLine),
    ...option("HostKeyAlias", hostKeyAlias, isSafeHostName),
    ...(forwardAgent === undefined ? [] : [`ForwardAgent=${forwardAgent ? "yes" : "no"}`]),
  ];
}

/**
 * A path as a value in an SSH configuration or after `-o`. Percent signs would be expanded; backslashes, which
 * OpenSSH for Windows takes as slashes, would escape.
 */
export function quotedPath(file: string): string {
  const slashed = /^([A-Za-z]:)?\\/.test(file) ? file.replaceAll("\\", "/") : file;
  return `"${checked("path", slashed, isSafePath).replaceAll("%", "%%")}"`;
}

/** What OpenSSH 9.6 and later let through from a command line, for the sake of every older one. */
function isSafeHost(host: string): boolean {
  const at = host.lastIndexOf("@");
  const user = at < 0 ? undefined : host.slice(0, at);
  const name = host.slice(at + 1);
  return isPlain(name) && !name.includes("\\") && (user === undefined || isPlain(user));
}

/** A name or an address: what may be put into a ProxyCommand, a known_hosts file or a configuration. */
export function isSafeHostName(name: string): boolean {
  return (
    isIP(name) !== 0 ||
    isIP(name.replace(/%[\w.-]{1,32}$/, "")) === 6 ||
    /^[\p{L}\p{N}_][\p{L}\p{N}._-]{0,252}$/u.test(name)
  );
}

/** As `isSafeHost` for its user part: domain accounts carry a backslash, e-mail shaped ones an `@`. */
export function isSafeUser(user: string): boolean {
  return isPlain(user) && !user.endsWith("\\");
}

function isPort(port: string): boolean {
  return /^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535;
}

/** `none`, or hosts separated by commas, each with an optional user and port. */
function isSafeJump(jump: string): boolean {
  return (
    !jump.includes("\\") && jump.split(",").every((hop) => isSafeHost(hop.replace(/^ssh:\/\//, "").replace(/\/$/, "")))
  );
}

function isPlain(text: string): boolean {
  return /^[^-\s\p{Cc}\p{Cf}'"`$;&<>|(){}!*?,#][^\s\p{Cc}\p{Cf}'"`$;&<>|(){}!*?,#]{0,254}$/u.test(text);
}

function isOneLine(text: string): boolean {
  return text.length > 0 && text.length <= 4096 && !/[\p{Cc}]/u.test(text);
}

function isSafePath(file: string): boolean {
  return file.length > 0 && file.length <= 4096 && !/[\p{Cc}"\\]/u.test(file);
}

function checked(what: string, value: string, isSafe: (value: string) => boolean): string {
  if (isSafe(value)) return value;
  throw new GpuDevError(
    "configuration",
    sentence(
      "The {0} “{1}” cannot be used for SSH: it contains characters that are not allowed.",
      what,
      plainText(value, 80),
    ),
  );
}
