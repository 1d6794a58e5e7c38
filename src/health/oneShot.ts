import { GpuDevError, isAbort, messageOf } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import type { ExecResult } from "../core/session.ts";
import { joinedText } from "../core/utf8.ts";
import { silentError, type Task } from "./lane.ts";
import type { RunEnd } from "./remoteRun.ts";

/** Of standard output, in bytes. The parsers take no more. */
const MAX_LENGTH = 4 * 1024 * 1024;

export interface OneShot<T> {
  readonly command: string;
  /** What it means that it is late; by default that nvidia-smi hangs. */
  readonly late?: GpuDevError;
  /** Throws GpuDevError. */
  readonly parse: (result: ExecResult) => T;
  readonly onValue: (value: T) => void;
  /** Also called while the command still runs, when it is late. `result` is absent then. */
  readonly onError: (error: GpuDevError, result?: ExecResult) => void;
}

/** A command whose whole answer is parsed once it has ended. One that was reported late still counts if it answers. */
export function oneShotTask<T>(oneShot: OneShot<T>): Task {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let late = false;
  return {
    command: oneShot.command,
    delivery: "at once",
    onStdout: (chunk) => {
      if (length <= MAX_LENGTH) chunks.push(chunk);
      length += chunk.length;
    },
    onLate: () => {
      late = true;
      oneShot.onError(oneShot.late ?? silentError());
    },
    onEnded: (end) => {
      const result = toResult(end, chunks, length);
      const parsed = parseSafely(oneShot, end, result);
      if ("value" in parsed) oneShot.onValue(parsed.value);
      else if (!late) oneShot.onError(parsed.error, result);
    },
  };
}

function toResult(end: RunEnd, chunks: readonly Uint8Array[], length: number): ExecResult {
  const stdout = joinedText(chunks).slice(0, MAX_LENGTH);
  return { stdout, stderr: end.stderr, exitCode: end.exitCode, truncated: length > MAX_LENGTH };
}

function parseSafely<T>(
  { parse }: OneShot<T>,
  end: RunEnd,
  result: ExecResult,
): { readonly value: T } | { readonly error: GpuDevError } {
  if (end.error !== undefined) return { error: toStartError(end.error) };
  try {
    return { value: parse(result) };
  } catch (error) {
    if (error instanceof GpuDevError) return { error };
    const text = sentence("The answer of nvidia-smi could not be read: {0}", messageOf(error));
    return { error: new GpuDevError("unreadable-answer", text, { cause: error }) };
  }
}

/** Why a command never started, as an error of ours. */
export function toStartError(error: unknown): GpuDevError {
  if (error instanceof GpuDevError) return error;
  const text = isAbort(error)
    ? sentence("The command was stopped before it ran.")
    : sentence("The machine refused to run a command: {0}", messageOf(error));
  return new GpuDevError("remote-command", text, { cause: error });
}
