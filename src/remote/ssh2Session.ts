import type { ClientChannel } from "ssh2";
import { plainText } from "../core/plainText.ts";
import { GpuDevError } from "../core/error.ts";
import { Emitter } from "../core/event.ts";
import { sentence } from "../core/sentence.ts";
import type { ExecOptions, ExecResult, RemoteShell, RemoteStream, Session } from "../core/session.ts";
import { abortable, withDeadline } from "../core/waiting.ts";
import { toConnectionError } from "./connectionErrors.ts";
import { CappedOutput, DEFAULT_MAX_BYTES, forwardText, MAX_STDERR_BYTES } from "./output.ts";
import { detectShell } from "./shellProbe.ts";
import type { Ssh2Connection } from "./ssh2Hop.ts";

/** A session over a held connection: every command is a channel of it. Takes over the connection, also on failure. */
export async function createSsh2Session(connection: Ssh2Connection, signal: AbortSignal): Promise<Session> {
  const answers = new Answers(connection);
  const exec = (command: string, options: ExecOptions): Promise<ExecResult> =>
    answers.awaited(execOn(connection, command, options));
  try {
    const shell = await detectShell(exec, connection.host, signal);
    return ssh2Session(connection, shell, { exec, answers });
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** While somebody waits for one, the connection hands on at once what it hears. */
class Answers {
  private readonly connection: Ssh2Connection;
  private outstanding = 0;

  constructor(connection: Ssh2Connection) {
    this.connection = connection;
  }

  async awaited<T>(answer: Promise<T>): Promise<T> {
    if (this.outstanding++ === 0) this.connection.deliver("at once");
    try {
      return await answer;
    } finally {
      if (--this.outstanding === 0) this.connection.deliver("together");
    }
  }
}

interface Speaking {
  readonly exec: Session["exec"];
  readonly answers: Answers;
}

function ssh2Session(connection: Ssh2Connection, shell: RemoteShell, { exec, answers }: Speaking): Session {
  return {
    transport: "ssh2",
    shell,
    exec,
    stream: async (command, signal, delivery = "at once") => {
      const channel = await answers.awaited(openChannel(connection, command, signal));
      const stream = startStream(channel, connection, signal);
      if (delivery === "at once") void answers.awaited(stream.ended);
      return stream;
    },
    onDidClose: connection.onDidClose,
    close: () => connection.destroy(),
  };
}

function execOn(connection: Ssh2Connection, command: string, options: ExecOptions): Promise<ExecResult> {
  const { timeoutMs, maxBytes = DEFAULT_MAX_BYTES } = options;
  const late = sentence("A command on {0} did not end within {1} s.", plainText(connection.host), timeoutMs / 1000);
  return withDeadline(timeoutMs, options.signal, late, async (signal) => {
    const channel = await openChannel(connection, command, signal);
    // No command may wait for input that nobody gives.
    channel.end();
    return collect(channel, { connection, signal, maxBytes });
  });
}

/** Rejects at once on abort; a channel that opens after that is closed again. */
function openChannel(connection: Ssh2Connection, command: string, signal: AbortSignal): Promise<ClientChannel> {
  return abortable<ClientChannel>(signal, (resolve, reject) => {
    const fail = (error: unknown): void => {
      reject(toConnectionError(error, connection.host));
    };
    const closed = connection.onDidClose((reason) => fail(reason ?? closedError(connection)));
    let wanted = true;
    try {
      connection.client.exec(command, (error, channel) => {
        closed.dispose();
        if (error) fail(noChannel(error, connection));
        else if (wanted) resolve(channel);
        else endChannel(channel);
      });
    } catch {
      // ssh2 throws where its socket has gone a moment ago.
      fail(closedError(connection));
    }
    return () => {
      wanted = false;
      closed.dispose();
    };
  });
}

interface Collecting {
  readonly connection: Ssh2Connection;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
}

function collect(channel: ClientChannel, { connection, signal, maxBytes }: Collecting): Promise<ExecResult> {
  return abortable<ExecResult>(signal, (resolve, reject) => {
    const stdout = new CappedOutput(maxBytes);
    const stderr = new CappedOutput(MAX_STDERR_BYTES);
    const lost = connection.onDidClose((reason) => reject(reason ?? closedError(connection)));
    channel.on("data", (chunk: Buffer) => stdout.add(chunk));
    channel.stderr.on("data", (chunk: Buffer) => stderr.add(chunk));
    channel.on("error", () => undefined);
    onceClosed(channel, (exitCode) => {
      lost.dispose();
      resolve({ stdout: stdout.text(), stderr: stderr.text(), exitCode, truncated: stdout.truncated });
    });
    return () => {
      lost.dispose();
      endChannel(channel);
    };
  });
}

function startStream(channel: ClientChannel, connection: Ssh2Connection, signal: AbortSignal): RemoteStream {
  const stdout = new Emitter<Uint8Array>();
  const stderr = new Emitter<string>();
  const stop = (): void => endChannel(channel);
  const ended = new Promise<{ exitCode: number | undefined }>((resolve) => {
    const finish = (exitCode: number | undefined): void => {
      signal.removeEventListener("abort", stop);
      lost.dispose();
      resolve({ exitCode });
    };
    const lost = connection.onDidClose(() => finish(undefined));
    channel.on("error", () => undefined);
    onceClosed(channel, finish);
  });
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  // The caller gets the stream first and listens; what the command says waits in the channel until then.
  setImmediate(() => {
    channel.on("data", (chunk: Buffer) => stdout.fire(chunk));
    forwardText(channel.stderr, stderr);
  });
  return { onStdout: stdout.event, onStderr: stderr.event, ended, stop };
}

/**
 * The exit code as the end of the channel tells it. The event "exit" is not waited for: when the client was busy, the
 * whole life of a short command arrives in one piece, and that event is over before anybody can listen.
 */
function onceClosed(channel: ClientChannel, closed: (exitCode: number | undefined) => void): void {
  channel.once("close", (code?: number | null) => {
    closed(code ?? undefined);
  });
}

/**
 * End of input, then a signal for what does not read it, then the channel. Without the signal a silent command would
 * live on and keep its place among the sessions that the server allows. OpenSSH passes it on except for root.
 */
function endChannel(channel: ClientChannel): void {
  const { outgoing, _client: client }: ChannelInternals = channel as unknown as ChannelInternals;
  channel.end();
  // `channel.signal` sends nothing after the end of input, where the protocol (RFC 4254, 6.9) allows it.
  if (outgoing.state !== "closed" && outgoing.state !== "closing") client._protocol.signal(outgoing.id, "TERM");
  channel.close();
  // Nothing reads on, and an unread channel would never report its end.
  channel.resume();
  channel.stderr.resume();
}

/** What ssh2 1.17 does not declare. */
interface ChannelInternals {
  readonly outgoing: { readonly id: number; readonly state: string };
  readonly _client: { readonly _protocol: { signal(id: number, name: string): void } };
}

/**
 * A server that opens no more channels holds commands that hang: only a new connection helps, so this one ends.
 * Other failures, such as the loss of the connection, are passed on.
 */
function noChannel(error: Error, connection: Ssh2Connection): Error {
  if (!("reason" in error)) return error;
  const reason = new GpuDevError(
    "busy",
    sentence("{0} runs no more commands at once: earlier ones hang there.", plainText(connection.host)),
    { cause: error },
  );
  connection.destroy(reason);
  return reason;
}

function closedError(connection: Ssh2Connection): GpuDevError {
  return new GpuDevError("unreachable", sentence("The connection to {0} is closed.", plainText(connection.host)));
}
