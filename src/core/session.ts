import type { Connection } from "./connection.ts";
import type { GpuDevError } from "./error.ts";
import type { Event } from "./event.ts";

/** What a finished remote command left behind. */
export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Absent when a signal ended the command or the channel closed without saying. */
  readonly exitCode: number | undefined;
  /** True when output beyond the limit was dropped. */
  readonly truncated: boolean;
}

export interface ExecOptions {
  readonly signal: AbortSignal;
  /** The channel is ended and a "timeout" GpuDevError thrown past this. */
  readonly timeoutMs: number;
  /** Of stdout; more is dropped and `truncated` set. Default 4 MiB. */
  readonly maxBytes?: number;
}

/** A command that runs until it ends or is stopped, and what it says meanwhile. */
export interface RemoteStream {
  /** Bytes as they arrive, not to be changed: a text of every reading would be garbage at once. */
  readonly onStdout: Event<Uint8Array>;
  readonly onStderr: Event<string>;
  /** Resolves, never rejects, once the far side has let go of the channel. */
  readonly ended: Promise<{ readonly exitCode: number | undefined }>;
  /** Closes its standard input and then the channel. The remote command is expected to end by that. */
  stop(): void;
}

/** How what a command says is handed on: as it arrives, or up to a quarter of a second later, with what others say. */
export type Delivery = "at once" | "together";

/** An open, verified channel to one environment. */
export interface Session {
  /** How it was made, for diagnostics: "ssh2", "openssh", "local". */
  readonly transport: string;
  /** Which shell answers: decides the form of every command. */
  readonly shell: RemoteShell;
  exec(command: string, options: ExecOptions): Promise<ExecResult>;
  /** "together" is for what nobody waits for, and costs less; "at once" where absent. */
  stream(command: string, signal: AbortSignal, delivery?: Delivery): Promise<RemoteStream>;
  /** Fires once, with the reason unless `close` was called. */
  readonly onDidClose: Event<GpuDevError | undefined>;
  close(): void;
}

/** `posix` runs `sh -c '…'` whatever the login shell; `windows` runs a bare program with arguments. */
export type RemoteShell = "posix" | "windows";

/**
 * background: never asks and never makes first contact; what it lacks is an error that names the next step.
 * interactive: the user is there and waiting; unknown host keys, passphrases and passwords may be asked for.
 */
export type SessionMode = "background" | "interactive";

/** Opens sessions. `remote/` implements it; tests fake it. */
export type OpenSession = (connection: Connection, mode: SessionMode, signal: AbortSignal) => Promise<Session>;
