import os from "node:os";
import { plainText } from "../core/plainText.ts";
import type { Clock } from "../core/clock.ts";
import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import { accountHome } from "../files/accountHome.ts";
import { abortable } from "../core/waiting.ts";
import { parseHostOptions, type HostOptions } from "./hostOptions.ts";
import { runProgram, type ProgramOutcome } from "./program.ts";

/** How the `ssh` program of this machine is called. */
export interface SshProgram {
  /** A name on the PATH or a path. */
  readonly file: () => string;
  /** `-F`: another configuration than the user's own. */
  readonly configFile?: () => string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
}

/** Effective options of a host; `arguments` are what `sshArguments` gives, ending in `--` and the host. */
export type ResolveHost = (sshArguments: readonly string[], signal: AbortSignal) => Promise<HostOptions>;

/** `ssh -G` reads files only, but a `Match exec` or a name look-up may take its time. */
const RESOLVE_TIMEOUT_MS = 10_000;
/** Long enough for every hop and retry of one opening, short enough that an edit of the configuration counts soon. */
const CACHE_MS = 15_000;

/** Asks `ssh -G`, once per host for a short while. */
export function createResolveHost(program: SshProgram, clock: Clock): ResolveHost {
  const answers = new Map<string, { readonly at: number; readonly options: Promise<HostOptions> }>();
  return (sshArguments, signal) => {
    const key = JSON.stringify([program.file(), program.configFile?.(), sshArguments]);
    const known = answers.get(key);
    if (known && clock() - known.at < CACHE_MS) return untilAborted(known.options, signal);
    // Not under the caller's signal: others may be waiting for the same answer, and its own time is short.
    const options = resolve(program, sshArguments);
    answers.set(key, { at: clock(), options });
    options.catch(() => {
      if (answers.get(key)?.options === options) answers.delete(key);
    });
    return untilAborted(options, signal);
  };
}

/** The first arguments of every call of the program. */
export function programArguments(program: SshProgram): readonly string[] {
  const configFile = program.configFile?.();
  return configFile === undefined ? [] : ["-F", configFile];
}

/** Messages are read in English, and nothing may put up a window to ask. */
export function programEnvironment(program: SshProgram): NodeJS.ProcessEnv {
  return { ...program.environment, LC_ALL: "C", SSH_ASKPASS_REQUIRE: "never" };
}

/** The error for an `ssh` that cannot be started. */
export function notStarted(file: string, error: NodeJS.ErrnoException): GpuDevError {
  const shown = plainText(file);
  if (error.code === "ENOENT") {
    return new GpuDevError(
      "missing-tool",
      sentence("The program “{0}” was not found. Install the OpenSSH client, or set where it is.", shown),
      { cause: error },
    );
  }
  return new GpuDevError(
    "missing-tool",
    sentence("The program “{0}” cannot be run ({1}). Set another one.", shown, plainText(error.code ?? error.message)),
    { cause: error },
  );
}

async function resolve(program: SshProgram, sshArguments: readonly string[]): Promise<HostOptions> {
  const file = program.file();
  const outcome = await runProgram(
    {
      file,
      arguments: ["-G", ...programArguments(program), ...sshArguments],
      environment: programEnvironment(program),
      platform: program.platform,
    },
    { signal: new AbortController().signal, timeoutMs: RESOLVE_TIMEOUT_MS },
  );
  const alias = sshArguments.at(-1) ?? "";
  return toOptions(outcome, { file, alias, program });
}

interface Asked {
  readonly file: string;
  readonly alias: string;
  readonly program: SshProgram;
}

function toOptions(outcome: ProgramOutcome, { file, alias, program }: Asked): HostOptions {
  if (outcome.kind === "not-started") throw notStarted(file, outcome.error);
  if (outcome.kind === "late") {
    throw new GpuDevError(
      "timeout",
      sentence(
        "“{0} -G” did not answer for {1} within {2} s. Look for a slow “Match exec” in the SSH configuration.",
        plainText(file),
        plainText(alias),
        RESOLVE_TIMEOUT_MS / 1000,
      ),
    );
  }
  const { stdout, stderr, exitCode } = outcome.result;
  const options = exitCode === 0 ? parseHostOptions(stdout, userless(alias), localUser(program)) : undefined;
  if (options) return options;
  if (/(unknown|illegal|invalid) option -- ['"]?G/i.test(stderr)) {
    throw new GpuDevError(
      "missing-tool",
      sentence("The program “{0}” is too old: it does not know “-G”. OpenSSH 6.8 or later is needed.", plainText(file)),
    );
  }
  throw new GpuDevError(
    "configuration",
    sentence(
      "“{0} -G” cannot read the SSH configuration for {1}: {2}",
      plainText(file),
      plainText(alias),
      firstLine(stderr) || firstLine(stdout) || `exit code ${String(exitCode)}`,
    ),
  );
}

/** `%n` is the host as asked for, without the user before it. */
function userless(alias: string): string {
  return alias.slice(alias.lastIndexOf("@") + 1);
}

function firstLine(text: string): string {
  return plainText(text.trim().split(/\r?\n/)[0] ?? "");
}

function localUser({ environment, platform }: SshProgram): Parameters<typeof parseHostOptions>[2] {
  return { home: accountHome(), name: os.userInfo().username, hostName: os.hostname(), environment, platform };
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return abortable(signal, (resolvePromise, reject) => {
    promise.then(resolvePromise, reject);
    return () => undefined;
  });
}
