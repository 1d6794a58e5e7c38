import { execFile, spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { abortable } from "../core/waiting.ts";
import type { ExecResult } from "../core/session.ts";
import { CappedOutput, DEFAULT_MAX_BYTES, MAX_STDERR_BYTES } from "./output.ts";

/** A program on this machine, as an argument array: no shell reads it. */
export interface Program {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /** The arguments are one command line for cmd.exe, which has quoting rules of its own. */
  readonly verbatim?: boolean;
}

export interface ProgramLimits {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly maxBytes?: number;
}

export type ProgramOutcome =
  | { readonly kind: "ended"; readonly result: ExecResult }
  /** It was ended by us; what it had said until then may tell why. */
  | { readonly kind: "late"; readonly stderr: string }
  | { readonly kind: "not-started"; readonly error: NodeJS.ErrnoException };

/** Between asking a program to end and ending it. */
const KILL_AFTER_MS = 2000;
/** A background child may hold the output open long after the program itself has ended. */
const OUTPUT_GRACE_MS = 500;

/** Starts it in a process group of its own, so that what it starts can be ended with it. */
export function startProgram(program: Program, stdin: "ignore" | "pipe"): ChildProcess {
  return spawn(program.file, [...program.arguments], {
    env: program.environment,
    stdio: [stdin, "pipe", "pipe"],
    detached: program.platform !== "win32",
    windowsHide: true,
    windowsVerbatimArguments: program.verbatim ?? false,
  });
}

/** Runs a program with its standard input closed, under its own kill timer. Rejects on abort only. */
export function runProgram(program: Program, limits: ProgramLimits): Promise<ProgramOutcome> {
  const { platform } = program; // the functions below hold this, and not a whole environment
  return abortable<ProgramOutcome>(limits.signal, (resolve) => {
    const child = startProgram(program, "ignore");
    const stdout = new CappedOutput(limits.maxBytes ?? DEFAULT_MAX_BYTES);
    const stderr = new CappedOutput(MAX_STDERR_BYTES);
    child.stdout?.on("data", (chunk: Buffer) => stdout.add(chunk));
    child.stderr?.on("data", (chunk: Buffer) => stderr.add(chunk));
    const timer = setTimeout(() => {
      abandon(child, platform);
      resolve({ kind: "late", stderr: stderr.text() });
    }, limits.timeoutMs);
    child.once("error", (error) => {
      clearTimeout(timer);
      resolve({ kind: "not-started", error });
    });
    whenEnded(child, (exitCode) => {
      clearTimeout(timer);
      const result = { stdout: stdout.text(), stderr: stderr.text(), exitCode, truncated: stdout.truncated };
      resolve({ kind: "ended", result });
    });
    return () => {
      clearTimeout(timer);
      abandon(child, platform);
    };
  });
}

/** Calls back once the program has ended and its output is read, or is held by somebody else. */
export function whenEnded(child: ChildProcess, ended: (exitCode: number | undefined) => void): void {
  child.once("exit", () => {
    const grace = setTimeout(() => {
      releasePipes(child);
    }, OUTPUT_GRACE_MS);
    child.once("close", () => {
      clearTimeout(grace);
    });
  });
  child.once("close", (code) => {
    // The handles of the system live on for a while, and through the listeners all that the program has said.
    for (const emitter of [child, child.stdout, child.stderr]) emitter?.removeAllListeners();
    ended(code ?? undefined);
  });
}

/** Ends the program and everything it started: politely, and two seconds later by force. */
export function endProgram(child: ChildProcess, platform: NodeJS.Platform): void {
  if (hasEnded(child)) return;
  if (platform === "win32") {
    endWindowsTree(child);
    return;
  }
  signalGroup(child, "SIGTERM");
  const force = setTimeout(() => {
    signalGroup(child, "SIGKILL");
  }, KILL_AFTER_MS);
  force.unref();
  child.once("exit", () => {
    clearTimeout(force);
    // What it started may have ignored the polite signal.
    signalGroup(child, "SIGKILL");
  });
}

function abandon(child: ChildProcess, platform: NodeJS.Platform): void {
  endProgram(child, platform);
  releasePipes(child);
}

function releasePipes(child: ChildProcess): void {
  child.stdin?.destroy();
  child.stdout?.destroy();
  child.stderr?.destroy();
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The whole group has ended by itself.
  }
}

/** Windows has no process groups to signal; taskkill walks the tree. */
function endWindowsTree(child: ChildProcess): void {
  const windows = process.env["SystemRoot"] ?? "C:\\Windows";
  const taskkill = path.win32.join(windows, "System32", "taskkill.exe");
  execFile(taskkill, ["/pid", String(child.pid), "/T", "/F"], () => {
    child.kill();
  });
}
