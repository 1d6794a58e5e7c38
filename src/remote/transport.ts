import { Duplex } from "node:stream";
import { abortable } from "../core/waiting.ts";
import { plainText } from "../core/plainText.ts";
import { isProxyProgram } from "../core/proxyProgram.ts";
import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import type { Delivery } from "../core/session.ts";
import { programOnPath } from "../files/programOnPath.ts";
import { expandTokens, proxyTokens, type HostOptions } from "./hostOptions.ts";
import { CappedOutput, MAX_STDERR_BYTES } from "./output.ts";
import { endProgram, startProgram, type Program } from "./program.ts";
import type { PieceMemory, Receiver, Reception } from "./reception.ts";

/** A ProxyCommand that gives up closes its output a moment before its last words are read. */
const COMPLAINT_MS = 300;

/** A name, or an address with its zone. */
const SHELL_HOST = /^[\p{L}\p{N}_:][\p{L}\p{N}_.:-]{0,252}(?:%[\w.-]{1,32})?$/u;
/** An account name, also of a domain; a backslash at the end would join it with what follows. */
const SHELL_USER = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_.+@\\-]{0,253}[\p{L}\p{N}_.+@-])?$/u;

/** With what programs of this machine are started. */
type LocalPrograms = Pick<Program, "environment" | "platform">;

/** Bytes to and from an SSH server, however they travel. */
export interface Transport {
  readonly stream: Duplex;
  /** The last thing a ProxyCommand said on its standard error; tells why a connection failed. */
  complaint(): Promise<string>;
  /** Where it goes over TCP, what arrives may wait a moment for what arrives for others: see `Receiver`. */
  deliver(delivery: Delivery, memory: PieceMemory): void;
  /** Lets go of everything at once, also of a peer that does not answer. */
  destroy(): void;
}

/** A TCP connection without Nagle's algorithm, which would hold back each small packet for 40 ms. */
export async function connectTcp(options: HostOptions, reception: Reception, signal: AbortSignal): Promise<Transport> {
  const family = { inet: 4, inet6: 6 }[options.printed.get("addressfamily")?.[0] ?? ""];
  const localAddress = options.printed.get("bindaddress")?.[0];
  const receiver = reception.connect({
    host: options.hostName,
    port: options.port,
    noDelay: true,
    ...(family === undefined ? {} : { family }),
    ...(localAddress === undefined ? {} : { localAddress }),
  });
  const { socket } = receiver;
  // Held to the end: an error that nobody hears would end the process.
  socket.on("error", ignore);
  await abortable<undefined>(signal, (resolve, reject) => {
    socket.once("error", reject).once("connect", () => {
      socket.off("error", reject);
      resolve(undefined);
    });
    return () => socket.destroy();
  });
  return overTcp(receiver);
}

/** For errors that are told in another way. Made here, where it holds nothing of a connection. */
export const ignore = (): void => undefined;

/** By itself, so that its functions, which live as long as the connection, hold nothing of how it was opened. */
function overTcp(receiver: Receiver): Transport {
  const { socket } = receiver;
  return {
    stream: socket,
    complaint: () => Promise.resolve(""),
    deliver: (delivery, memory) => {
      receiver.delivery = delivery;
      receiver.memory = memory;
    },
    destroy: () => socket.destroy(),
  };
}

/** The user's ProxyCommand as a process, its tokens replaced, in a group of its own. */
export function startProxyCommand(options: HostOptions, command: string, local: LocalPrograms): Transport {
  // A shell reads the command, and OpenSSH does not check what comes from a configuration file.
  if (!SHELL_HOST.test(options.hostName) || !SHELL_USER.test(options.user)) throw unsafeForProxy(options);
  const line = expandTokens(command, proxyTokens(options));
  const windows = local.platform === "win32";
  return overProgram({
    file: windows ? "cmd.exe" : "/bin/sh",
    arguments: windows ? ["/d", "/s", "/c", `"${line}"`] : ["-c", `exec ${line}`],
    environment: local.environment,
    platform: local.platform,
    verbatim: windows,
  });
}

/** A program as the way to a host, without a shell: each word reaches it as it is. Throws where it is not there. */
export async function startProxyProgram(
  words: readonly string[],
  { environment, platform }: LocalPrograms,
): Promise<Transport> {
  const name = plainText(words[0] ?? "", 80);
  if (!isProxyProgram(words)) {
    const refused = sentence(
      "The program “{0}” was not started: its arguments contain signs that are not allowed.",
      name,
    );
    throw new GpuDevError("configuration", refused);
  }
  // Looked for by us: Windows itself would begin in the folder that happens to be the current one.
  const file = await programOnPath(words[0], environment, platform);
  if (file !== undefined) return overProgram({ file, arguments: words.slice(1), environment, platform });
  const absent = sentence(
    "The program “{0}” was not found on the PATH. It is the way to this machine: install it.",
    name,
  );
  throw new GpuDevError("missing-tool", absent);
}

function overProgram(program: Program): Transport {
  const { platform } = program;
  const child = startProgram(program, "pipe");
  const closed = new Promise((resolve) => child.once("close", resolve));
  const stderr = new CappedOutput(MAX_STDERR_BYTES);
  child.stderr?.on("data", (chunk: Buffer) => stderr.add(chunk));
  // A far end that closes first turns the next write into an error, which the stream reports too.
  child.stdin?.on("error", () => undefined);
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  stream.on("error", () => undefined);
  child.once("error", (error) => stream.destroy(error));
  child.once("exit", () => stream.destroy());
  return {
    stream,
    complaint: async () => {
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, COMPLAINT_MS))]);
      return stderr.text().trim().split("\n").at(-1) ?? "";
    },
    deliver: ignore,
    destroy: () => {
      stream.destroy();
      endProgram(child, platform);
    },
  };
}

function unsafeForProxy(options: HostOptions): GpuDevError {
  return new GpuDevError(
    "configuration",
    sentence(
      "The host name or user of {0} contains characters that a ProxyCommand must not be given.",
      plainText(options.alias),
    ),
  );
}
