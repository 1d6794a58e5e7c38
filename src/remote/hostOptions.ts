import { createHash } from "node:crypto";
import path from "node:path";
import type { ProxyProgram } from "../core/proxyProgram.ts";
import { PrintedOptions } from "./printedOptions.ts";

/** The options that `ssh` itself would use for a host, as `ssh -G` prints them; paths expanded. */
export interface HostOptions {
  /** What was asked for: `%n`. */
  readonly alias: string;
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  readonly hostKeyAlias?: string;
  readonly identityFiles: readonly string[];
  readonly certificateFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** "none", a socket or pipe; absent where the environment decides. */
  readonly identityAgent?: string;
  readonly proxyJump?: string;
  readonly proxyCommand?: string;
  /** What `proxyCommand` was made of, where we made it: it needs no shell then. */
  readonly proxyProgram?: ProxyProgram;
  readonly userKnownHostsFiles: readonly string[];
  /** The user's files before the machine's, in the order in which `ssh` reads them. */
  readonly knownHostsFiles: readonly string[];
  readonly printed: PrintedOptions;
}

/** Where the paths of a configuration start from. */
export interface LocalUser {
  readonly home: string;
  readonly name: string;
  readonly hostName: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
}

/** Undefined where the text is not an answer of `ssh -G`. */
export function parseHostOptions(text: string, alias: string, local: LocalUser): HostOptions | undefined {
  const printed = new PrintedOptions(text);
  const address = parseAddress(printed, alias);
  if (!address) return undefined;
  const tokens = hostTokens(address, local);
  const paths = (name: string): readonly string[] =>
    (printed.get(name) ?? []).filter((value) => value !== "none").map((value) => expandPath(value, tokens, local));
  const knownHosts = (name: string): readonly string[] =>
    // Their tokens are expanded by `ssh -G` already, so that a `%` in them is one.
    splitPaths(printed.get(name)?.[0] ?? "").map((file) => expandPath(file, new Map(), local));
  const userKnownHostsFiles = knownHosts("userknownhostsfile");
  const identityAgent = printed.get("identityagent")?.[0];
  return {
    ...address,
    identityFiles: paths("identityfile"),
    certificateFiles: paths("certificatefile"),
    identitiesOnly: printed.get("identitiesonly")?.[0] === "yes",
    ...(identityAgent === undefined ? {} : { identityAgent: expandAgent(identityAgent, local) }),
    ...optional("proxyJump", printed),
    ...optional("proxyCommand", printed),
    userKnownHostsFiles,
    knownHostsFiles: [...userKnownHostsFiles, ...knownHosts("globalknownhostsfile")],
    printed,
  };
}

type Address = Pick<HostOptions, "alias" | "hostName" | "port" | "user" | "hostKeyAlias">;

function parseAddress(printed: PrintedOptions, alias: string): Address | undefined {
  const [hostName, user] = ["hostname", "user"].map((name) => unlessNone(printed.get(name)?.[0]));
  const port = Number(printed.get("port")?.[0]);
  if (hostName === undefined || user === undefined) return undefined;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  return { alias, hostName, port, user, ...optional("hostKeyAlias", printed) };
}

function optional<Name extends "hostKeyAlias" | "proxyJump" | "proxyCommand">(
  name: Name,
  printed: PrintedOptions,
): Partial<Record<Name, string>> {
  const value = unlessNone(printed.get(name.toLowerCase())?.[0]);
  return value === undefined ? {} : ({ [name]: value } as Record<Name, string>);
}

/** True where the option is printed with one of these values. */
export function hasOption(options: HostOptions, name: string, ...values: readonly string[]): boolean {
  return options.printed.get(name)?.some((value) => values.includes(value)) ?? false;
}

/** The list of a comma-separated option; undefined where it is not printed. */
export function listOption(options: HostOptions, name: string): readonly string[] | undefined {
  const value = options.printed.get(name)?.[0];
  return value === undefined || value === "none" ? undefined : value.split(",").filter((item) => item.length > 0);
}

/**
 * Replaces `%h` and its kind (ssh_config(5), TOKENS) by the values of this host. Tokens that are not known stay as
 * they are.
 */
export function expandTokens(text: string, tokens: ReadonlyMap<string, string>): string {
  return text.replace(/%(.)/gu, (token, name: string) => (name === "%" ? "%" : (tokens.get(name) ?? token)));
}

/** The tokens that ssh_config(5) allows in a ProxyCommand. */
export function proxyTokens(options: HostOptions): ReadonlyMap<string, string> {
  return new Map([
    ["h", options.hostName],
    ["n", options.alias],
    ["p", String(options.port)],
    ["r", options.user],
  ]);
}

function hostTokens(host: Address, local: LocalUser): ReadonlyMap<string, string> {
  const port = String(host.port);
  return new Map([
    ["d", local.home],
    ["h", host.hostName],
    ["k", host.hostKeyAlias ?? host.alias],
    ["l", local.hostName],
    ["L", local.hostName.split(".")[0] ?? local.hostName],
    ["n", host.alias],
    ["p", port],
    ["r", host.user],
    ["u", local.name],
    ["C", createHash("sha1").update(`${local.hostName}${host.hostName}${port}${host.user}`).digest("hex")],
  ]);
}

function expandPath(value: string, tokens: ReadonlyMap<string, string>, local: LocalUser): string {
  const paths = local.platform === "win32" ? path.win32 : path.posix;
  const unquoted = value.replace(/^"(.*)"$/, "$1").replace(PROGRAM_DATA, () => programData(local));
  const inHome = /^~[/\\]/.test(unquoted) ? paths.join(local.home, unquoted.slice(2)) : unquoted;
  const expanded = tokens.size > 0 ? expandTokens(inHome, tokens) : inHome;
  return expanded.replace(/\$\{(\w+)\}/g, (whole, name: string) => local.environment[name] ?? whole);
}

/** How OpenSSH for Windows prints the folder of the machine's own files: its placeholder, not yet replaced. */
const PROGRAM_DATA = /^__PROGRAMDATA__(?=[\\/])/i;

function programData({ environment }: LocalUser): string {
  return environment["ProgramData"] ?? String.raw`C:\ProgramData`;
}

/** `IdentityAgent $NAME` and `SSH_AUTH_SOCK` name an environment variable that holds the path. */
function expandAgent(value: string, local: LocalUser): string {
  const variable = value === "SSH_AUTH_SOCK" ? value : /^\$(\w+)$/.exec(value)?.[1];
  // Its tokens are expanded by `ssh -G` already.
  return variable === undefined ? expandPath(value, new Map(), local) : (local.environment[variable] ?? "none");
}

/**
 * `ssh -G` prints several files in one line without quotes, so that a space may be part of a path. A new path starts
 * where a word looks like the start of one.
 */
function splitPaths(value: string): readonly string[] {
  const files: string[] = [];
  for (const word of value.split(" ")) {
    const last = files.at(-1);
    if (last === undefined || /^(\/|~|"|[A-Za-z]:[/\\]|\\\\|%d|\$\{|__PROGRAMDATA__[\\/]|none$)/.test(word))
      files.push(word);
    else files[files.length - 1] = `${last} ${word}`;
  }
  return files.filter((file) => file.length > 0 && file !== "none");
}

function unlessNone(value: string | undefined): string | undefined {
  return value === undefined || value === "none" || value.length === 0 ? undefined : value;
}
