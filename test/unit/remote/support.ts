import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { SshConnection } from "../../../src/core/connection.ts";
import { GpuDevError } from "../../../src/core/error.ts";
import type { RemoteStream, Session } from "../../../src/core/session.ts";
import type { AnswersQuestion, Ask, HostKeyQuestion, PassphraseQuestion } from "../../../src/core/ask.ts";
import { createRemote, type Remote, type RemoteDependencies } from "../../../src/remote/openSession.ts";
import type { Sshd } from "../../sandbox/sshd.ts";

/** Fault runs are short with every commit and of full length when asked. */
export function faultCount(short: number, full: number): number {
  return process.env["GPU_DEV_FAULTS"] === "full" ? full : short;
}

export interface FakeAsk extends Ask {
  readonly hostKeys: HostKeyQuestion[];
  readonly passphrases: PassphraseQuestion[];
  readonly prompts: AnswersQuestion[];
}

/** Answers as told, and keeps the questions. What it was not told about, it dismisses. */
export function createFakeAsk(replies: {
  readonly trust?: boolean;
  readonly passphrases?: readonly string[];
  readonly answers?: readonly (readonly string[])[];
}): FakeAsk {
  const ask: FakeAsk = {
    hostKeys: [],
    passphrases: [],
    prompts: [],
    trustHostKey: (question) => {
      ask.hostKeys.push(question);
      return Promise.resolve(replies.trust ?? false);
    },
    passphrase: (question) => {
      const asked = ask.passphrases.push(question);
      return Promise.resolve(replies.passphrases?.[asked - 1]);
    },
    answers: (question) => {
      const asked = ask.prompts.push(question);
      return Promise.resolve(replies.answers?.[asked - 1]);
    },
  };
  return ask;
}

/** A folder with an SSH configuration, a known_hosts file and a trust file of its own. */
export interface Home {
  readonly directory: string;
  readonly configFile: string;
  readonly knownHosts: string;
  readonly trustFile: string;
  readonly file: (name: string) => string;
  readonly configure: (...blocks: readonly string[]) => Promise<void>;
  readonly know: (...servers: readonly Sshd[]) => Promise<void>;
  readonly remove: () => Promise<void>;
}

export async function createHome(): Promise<Home> {
  // A space, a letter beyond ASCII and a percent sign: what user folders hold, and what SSH configurations expand.
  const directory = await mkdtemp(path.join(os.tmpdir(), "gpu dév 100% "));
  const file = (name: string): string => path.join(directory, name);
  const knownHosts = file("known_hosts");
  const configFile = file("config");
  const configure = (...blocks: readonly string[]): Promise<void> =>
    writeFile(
      configFile,
      [...blocks, "Host *", `  UserKnownHostsFile "${knownHosts.replaceAll("%", "%%")}"`, ""].join("\n"),
    );
  await configure();
  return {
    directory,
    configFile,
    knownHosts,
    trustFile: file("ours/known_hosts"),
    file,
    configure,
    know: (...servers) => writeFile(knownHosts, servers.map((server) => server.knownHosts).join("")),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

export function createTestRemote(home: Home, overrides: Partial<RemoteDependencies> = {}): Remote {
  return createRemote({
    ask: createFakeAsk({}),
    sshProgram: () => "ssh",
    configFile: () => home.configFile,
    trustFile: home.trustFile,
    log: () => undefined,
    environment: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" },
    platform: process.platform,
    ...overrides,
  });
}

export const forever = new AbortController().signal;

export function host(alias: string): SshConnection {
  return { kind: "ssh", alias };
}

/** Collapses a session's exec to its standard output. */
export async function output(session: Session, command: string): Promise<string> {
  const { stdout } = await session.exec(command, { signal: forever, timeoutMs: 15_000 });
  return stdout;
}

/** The GpuDevError that a promise rejects with; fails where it does anything else. */
export async function errorOf(promise: Promise<unknown>): Promise<GpuDevError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof GpuDevError) return outcome;
  throw new Error(`Expected a GpuDevError, got ${String(outcome)}`, { cause: outcome });
}

/** Polls until the condition holds; fails with `what` past the deadline. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, deadlineMs = 10_000) {
  const deadline = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Until two pieces of a stream were told in one turn of the event loop. */
export async function severalInATurn(stream: RemoteStream): Promise<void> {
  let turn = 0;
  const turns: number[] = [];
  const heard = stream.onStdout(() => {
    if (turns.at(-1) !== turn) setImmediate(() => turn++);
    turns.push(turn);
  });
  await until("two pieces have come in one turn of the event loop", () => new Set(turns).size < turns.length);
  heard.dispose();
}
