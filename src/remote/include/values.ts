// The values of an SSH configuration come from clouds, tags and other people: each is checked against what it may be,
// and only then written, into a file or after `-o`: ssh reads both by the same rules. What cannot be written safely is
// refused, never repaired.
import { isIP } from "node:net";
import path from "node:path";
import { isAccountName } from "../../core/accountName.ts";
import { GpuDevError } from "../../core/error.ts";
import { plainText } from "../../core/plainText.ts";
import { isProxyProgram } from "../../core/proxyProgram.ts";
import { sentence, type Sentence } from "../../core/sentence.ts";
import { isSafeAlias } from "./alias.ts";

const HOST_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?$/;
/** What a field of known_hosts can hold and a cloud's resource id consists of. */
const HOST_KEY_ALIAS = /^[A-Za-z0-9/][A-Za-z0-9._:/-]{0,1023}$/;
const OWNER = /^[a-z0-9][a-z0-9.-]{0,63}$/;
const LONGEST_PATH = 1024;
const MOST_HOPS = 8;
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\0-\x1f\x7f-\x9f\u2028\u2029]/;

/** The name under which a part of the extension keeps its entries, e.g. "azure.vm". */
export function ownerValue(owner: string): string {
  if (OWNER.test(owner)) return owner;
  throw refusal(sentence('"{0}" cannot own SSH hosts.', shown(owner)));
}

export function aliasValue(alias: string): string {
  if (isSafeAlias(alias)) return alias;
  throw refusal(sentence('"{0}" is not an SSH alias: those are made of a-z, 0-9 and single hyphens.', shown(alias)));
}

/** A DNS name or an address. The "%" before an IPv6 zone is doubled, because `HostName` expands `%h`. */
export function hostNameValue(hostName: string): string {
  if (isIP(hostName) > 0 || HOST_NAME.test(hostName)) return doublePercent(hostName);
  throw refusal(
    sentence('"{0}" is neither a host name nor an address. Correct the machine\'s address.', shown(hostName)),
  );
}

export function portValue(port: number): string {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return String(port);
  throw refusal(sentence('"{0}" is not a port: a port is a number from 1 to 65535.', shown(String(port))));
}

export function userValue(user: string): string {
  if (isAccountName(user)) return user;
  throw refusal(sentence('"{0}" cannot be used as an SSH user name. Set another one.', shown(user)));
}

/** A stable id by which host keys are remembered. */
export function hostKeyAliasValue(hostKeyAlias: string): string {
  if (HOST_KEY_ALIAS.test(hostKeyAlias)) return hostKeyAlias;
  throw refusal(sentence('"{0}" cannot be used to remember a host key.', shown(hostKeyAlias)));
}

/**
 * An absolute path, or one in the home folder ("~/…"), quoted. Backslashes are written as slashes where they separate
 * folders (Windows) and refused elsewhere: versions of ssh disagree on them, as they do on `${…}`.
 */
export function pathValue(file: string, platform: NodeJS.Platform): string {
  const slashed = platform === "win32" ? file.replaceAll("\\", "/") : file;
  const absolute = slashed.startsWith("~/") || (platform === "win32" ? path.win32 : path.posix).isAbsolute(slashed);
  const unwritable = CONTROL.test(slashed) || /["\\]|\$\{/.test(slashed) || slashed.length > LONGEST_PATH;
  if (absolute && !unwritable) return `"${doublePercent(slashed)}"`;
  throw refusal(sentence('"{0}" cannot be written as a path. Give an absolute one without quotes.', shown(file)));
}

/**
 * The path of our file as an argument of `Include`. What globbing and the expansions of newer versions of ssh would
 * read differently is refused, because no one way to escape it serves all versions.
 */
export function includeValue(file: string): string {
  if (!CONTROL.test(file) && !/["\\%*?[\]{}]|\$\{/.test(file)) return `"${file}"`;
  throw refusal(sentence('"{0}" cannot be included by an SSH configuration: its path has special signs.', shown(file)));
}

/**
 * `[user@]host[:port]`, several separated by commas, addresses in brackets; or "none".
 * ssh starts another ssh for the jump, through a shell and without quotes: what a shell would replace is refused.
 */
export function proxyJumpValue(proxyJump: string): string {
  const hops = proxyJump.split(",");
  if (/[\\$]/.test(proxyJump)) {
    throw refusal(
      sentence(
        '"{0}" names a user with a backslash or a dollar sign for a jump host, and ssh would lose that sign. Write the jump host with its User into your SSH configuration, and use its name here.',
        shown(proxyJump),
      ),
    );
  }
  if (proxyJump === "none" || (hops.length <= MOST_HOPS && hops.every(isHop))) return proxyJump;
  throw refusal(
    sentence('"{0}" is not a list of jump hosts. Write user@host:port, separated by commas.', shown(proxyJump)),
  );
}

function isHop(hop: string): boolean {
  const match = /^(?:(.*)@)?(?:\[([^\]]*)\]|([^@:[\]]*))(?::(\d{1,5}))?$/.exec(hop);
  if (!match) return false;
  const [, user, address, name, port] = match;
  const reachable = address === undefined ? HOST_NAME.test(name ?? "") : isIP(address) > 0 && !address.includes("%");
  return reachable && (user === undefined || isAccountName(user)) && (port === undefined || isPort(Number(port)));
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535;
}

/**
 * A command line that a shell runs: nothing in it can be judged, so it may come only from the user's own
 * configuration. It takes the rest of its line as it is.
 */
export function proxyCommandValue(proxyCommand: string): string {
  const whole = proxyCommand === proxyCommand.trim() && !proxyCommand.startsWith("=") && proxyCommand !== "";
  if (whole && !CONTROL.test(proxyCommand)) return proxyCommand;
  throw refusal(sentence('"{0}" cannot be used as a proxy command: it must be one line of text.', shown(proxyCommand)));
}

/**
 * A program and its arguments as the line that ssh gives to a shell: every word is of signs that mean nothing to either,
 * and those with a space are quoted, as sh, cmd.exe and Windows' own splitting all read it. None holds a percent sign.
 */
export function proxyProgramValue(words: readonly string[]): string {
  if (isProxyProgram(words)) return words.map((word) => (word.includes(" ") ? `"${word}"` : word)).join(" ");
  throw refusal(
    sentence(
      '"{0}" cannot be the way to a machine: a word of it has signs other than letters, digits and _ . : / @ + = , -',
      shown(words.join(" ")),
    ),
  );
}

function doublePercent(text: string): string {
  return text.replaceAll("%", "%%");
}

function shown(value: string): string {
  return plainText(value, 60);
}

function refusal(words: Sentence): GpuDevError {
  return new GpuDevError("configuration", words);
}
