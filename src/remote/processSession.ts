import type { ChildProcess } from "node:child_process";
import { plainText } from "../core/plainText.ts";
import { GpuDevError } from "../core/error.ts";
import { Emitter } from "../core/event.ts";
import { sentence } from "../core/sentence.ts";
import type { ExecOptions, ExecResult, RemoteShell, RemoteStream, Session } from "../core/session.ts";
import { forwardText } from "./output.ts";
import { endProgram, runProgram, startProgram, whenEnded, type Program } from "./program.ts";

/** A session whose every command is a process of this machine. */
export interface ProcessSessionOptions {
  readonly transport: string;
  /** Named in errors. */
  readonly host: string;
  /** The process that runs a command. */
  readonly program: (command: string) => Program;
  readonly notStarted: (error: NodeJS.ErrnoException) => GpuDevError;
  /** The failure of the way itself, as opposed to the command's; ends the session. */
  readonly failure: (result: Pick<ExecResult, "stderr" | "exitCode">) => GpuDevError | undefined;
}

/** Opens without starting anything; the first command shows whether the way is there. */
export class ProcessSession implements Session {
  readonly transport: string;
  readonly shell: RemoteShell;
  private readonly options: ProcessSessionOptions;
  private readonly closed = new Emitter<GpuDevError | undefined>();
  private readonly life = new AbortController();
  readonly onDidClose = this.closed.event;

  constructor(options: ProcessSessionOptions, shell: RemoteShell) {
    this.options = options;
    this.transport = options.transport;
    this.shell = shell;
  }

  async exec(command: string, options: ExecOptions): Promise<ExecResult> {
    const signal = AbortSignal.any([options.signal, this.life.signal]);
    try {
      return await execProgram(this.options, command, { ...options, signal });
    } catch (error) {
      if (this.life.signal.aborted && !options.signal.aborted) throw this.closedError();
      if (error instanceof GpuDevError && error.code !== "timeout") this.end(error);
      throw error;
    }
  }

  stream(command: string, signal: AbortSignal): Promise<RemoteStream> {
    if (this.life.signal.aborted) return Promise.reject(this.closedError());
    signal.throwIfAborted();
    const program = this.options.program(command);
    const child = startProgram(program, "pipe");
    const stream = childStream(child, AbortSignal.any([signal, this.life.signal]), program.platform);
    void stream.failed.then(({ stderr, exitCode, error }) => {
      const failure = error ? this.options.notStarted(error) : this.options.failure({ stderr, exitCode });
      if (failure) this.end(failure);
    });
    return Promise.resolve(stream);
  }

  close(): void {
    this.end(undefined);
  }

  private end(reason: GpuDevError | undefined): void {
    if (this.life.signal.aborted) return;
    this.life.abort();
    this.closed.fire(reason);
    this.closed.dispose();
  }

  private closedError(): GpuDevError {
    return new GpuDevError("unreachable", sentence("The connection to {0} is closed.", plainText(this.options.host)));
  }
}

/** Runs one command. Throws GpuDevError where the way fails or the time is over, and on abort. */
export async function execProgram(
  { host, program, notStarted, failure }: ProcessSessionOptions,
  command: string,
  options: ExecOptions,
): Promise<ExecResult> {
  const outcome = await runProgram(program(command), options);
  switch (outcome.kind) {
    case "not-started":
      throw notStarted(outcome.error);
    case "late":
      throw new GpuDevError(
        "timeout",
        sentence("A command on {0} did not end within {1} s.", plainText(host), options.timeoutMs / 1000),
      );
    case "ended": {
      const failed = failure(outcome.result);
      if (failed) throw failed;
      return outcome.result;
    }
  }
}

interface Failed {
  readonly stderr: string;
  readonly exitCode: number | undefined;
  readonly error?: NodeJS.ErrnoException;
}

/** As much of the standard error as tells why the way failed. */
const STDERR_TAIL = 8192;

function childStream(
  child: ChildProcess,
  signal: AbortSignal,
  platform: NodeJS.Platform,
): RemoteStream & { readonly failed: Promise<Failed> } {
  const stdout = new Emitter<Uint8Array>();
  const stderr = new Emitter<string>();
  let tail = "";
  const stop = (): void => {
    child.stdin?.end();
    endProgram(child, platform);
  };
  child.stdin?.on("error", () => undefined);
  stderr.event((text) => (tail = (tail + text).slice(-STDERR_TAIL)));
  const failed = new Promise<Failed>((resolve) => {
    child.once("error", (error) => resolve({ stderr: tail, exitCode: undefined, error }));
    whenEnded(child, (exitCode) => resolve({ stderr: tail, exitCode }));
  });
  const ended = failed.then(({ exitCode }) => {
    signal.removeEventListener("abort", stop);
    return { exitCode };
  });
  signal.addEventListener("abort", stop);
  // The caller gets the stream first and listens; what the command says waits in the pipe until then.
  setImmediate(() => {
    child.stdout?.on("data", (chunk: Buffer) => stdout.fire(chunk));
    if (child.stderr) forwardText(child.stderr, stderr);
  });
  return { onStdout: stdout.event, onStderr: stderr.event, ended, failed, stop };
}
