import os from "node:os";
import { plainText } from "../core/plainText.ts";
import type { Clock } from "../core/clock.ts";
import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import { accountHome } from "../files/accountHome.ts";
import { accountUser } from "../files/accountUser.ts";
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

export interface HostResolver {
  /** For the background: an answer may be CACHE_MS old. */
  readonly recently: ResolveHost;
  /**
   * For an act of the user, who may have edited the configuration a moment ago: no answer is older than this call, and
   * each host is asked about once.
   */
  readonly fromNow: () => ResolveHost;
}

/** `ssh -G` reads files only, but a `Match exec` or a name look-up may take its time. */
const RESOLVE_TIMEOUT_MS = 10_000;
/** Long enough for every hop and retry of one opening, short enough that an edit of the configuration counts soon. */
const CACHE_MS = 15_000;
/** An answer takes about 5 kB: enough of them for the openings that run at once and the jump hosts they share. */
const MOST_ANSWERS = 64;

/** Asks `ssh -G`, once per host for a short while. */
export function createHostResolver(program: SshProgram, clock: Clock): HostResolver {
  const answers = new Map<string, Answer>();
  let asked = 0;
  const ask = (key: string, sshArguments: readonly string[]): Answer => {
    asked += 1;
    // Not under the caller's signal: others may be waiting for the same answer, and its own time is short.
    const answer = { order: asked, at: clock(), options: resolve(program, sshArguments) };
    const drop = dropper(answers, key, asked);
    answer.options.catch(drop);
    setTimeout(drop, CACHE_MS).unref();
    answers.delete(key);
    answers.set(key, answer);
    const [oldest] = answers.keys();
    if (answers.size > MOST_ANSWERS && oldest !== undefined) answers.delete(oldest);
    return answer;
  };
  const resolveWith =
    (isFresh: (answer: Answer) => boolean): ResolveHost =>
    (sshArguments, signal) => {
      const key = JSON.stringify([program.file(), program.configFile?.(), sshArguments]);
      const known = answers.get(key);
      return untilAborted((known && isFresh(known) ? known : ask(key, sshArguments)).options, signal);
    };
  return {
    recently: resolveWith(({ at }) => clock() - at < CACHE_MS),
    fromNow: () => {
      const before = asked;
      return resolveWith(({ order }) => order > before);
    },
  };
}

/** Knows its answer by number: a timer would hold the answer itself beyond its time. */
function dropper(answers: Map<string, Answer>, key: string, order: number): () => void {
  return () => {
    if (answers.get(key)?.order === order) answers.delete(key);
  };
}

interface Answer {
  /** Counts up: a clock may stand still, or go back. */
  readonly order: number;
  readonly at: number;
  readonly options: Promise<HostOptions>;
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
  return { home: accountHome(), name: accountUser(environment), hostName: os.hostname(), environment, platform };
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return abortable(signal, (resolvePromise, reject) => {
    promise.then(resolvePromise, reject);
    return () => undefined;
  });
}
