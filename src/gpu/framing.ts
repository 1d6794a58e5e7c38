import { GpuDevError } from "../core/error.ts";
import { sentence, type Sentence } from "../core/sentence.ts";
import type { ExecResult, RemoteShell } from "../core/session.ts";

/**
 * Commands that any login shell passes on unharmed: one line, `exec sh -c '…'`, and in the quotes neither a newline, a
 * single quote, a backslash nor an exclamation mark before anything but a space, which csh and fish would change. Markers with a nonce fence the
 * answer off from what a chatty profile prints, and carry nvidia-smi's own exit code, which ssh's 255 would hide.
 */

/** Where nvidia-smi is found on distributions, WSL and NixOS, behind whatever the account has. */
const EXTRA_PATH = "/usr/bin:/usr/local/bin:/usr/lib/wsl/lib:/run/opengl-driver/bin";

/** A call that takes longer hangs: the slowest seen, 8 GPUs without persistence mode, takes 6 s. */
const ONE_SHOT_SECONDS = 10;

/** Sets `$g` to what gives a command its own process group, where the machine has that. */
export const OWN_GROUP = "g=; if setsid true >/dev/null 2>&1; then g=setsid; fi";

/** Ends whatever is left of the group `$p`; nothing happens where there is none. */
export const END_GROUP = "kill -s KILL -- -$p 2>/dev/null";

export interface Answer {
  readonly body: string;
  /** Absent when the far side ended without saying. */
  readonly exitCode: number | undefined;
}

/** A line of sh with the environment set and the markers around; it must leave its exit code in `$c`. */
export function framed(script: string, nonce: string): string {
  const line = [
    `PATH=$PATH:${EXTRA_PATH}`,
    "LC_ALL=C",
    "export PATH LC_ALL",
    `echo ${checked(nonce)}-begin`,
    script,
    `echo ${nonce}-end $c`,
  ].join("; ");
  if (/['\\\r\n]|!(?! )/.test(line))
    throw new TypeError("A framed command holds a character that a login shell may change.");
  return `exec sh -c '${line}'`;
}

/** One nvidia-smi call as a remote command. `args` are constant words of ours. `nonce`: `[a-z0-9]+`, new for each command. */
export function nvidiaSmiCommand(shell: RemoteShell, args: readonly string[], nonce: string): string {
  if (shell === "windows") return windowsCommand(args);
  return framed(limited(`nvidia-smi ${words(args).join(" ")}`), nonce);
}

/**
 * sh for a command under a time limit where `timeout` exists, in a group of its own, whose stragglers are ended: a child
 * that keeps the output open would otherwise keep the channel open for ever.
 */
export function limited(command: string): string {
  return [
    OWN_GROUP,
    `t=; if timeout -k 2 1 true >/dev/null 2>&1; then t="timeout -k 2 ${ONE_SHOT_SECONDS}"; fi`,
    `$g $t ${command} </dev/null & p=$! ; wait $p; c=$?; ${END_GROUP}`,
  ].join("; ");
}

/** The bare program: quotes keep PowerShell from splitting an argument at its commas, and cmd.exe passes them on. */
export function windowsCommand(args: readonly string[]): string {
  return ["nvidia-smi", ...words(args).map((arg) => (arg.includes(",") ? `"${arg}"` : arg))].join(" ");
}

/** The same Windows command by full path, for a PATH without System32. */
export function byFullPathOnWindows(command: string): string {
  return command.replace(/^nvidia-smi(?= |$)/, () => "C:\\Windows\\System32\\nvidia-smi.exe");
}

/** A line that begins a part of a framed answer, and the text of such a part. */
export function section(nonce: string, name: string): string {
  return `echo ${nonce}-part-${name}`;
}

/** The parts of a framed body by name; what stands before the first one is under "". */
export function sectionsOf(body: string, nonce: string): ReadonlyMap<string, string> {
  const pieces = body.split(new RegExp(`^${checked(nonce)}-part-([a-z]+)\r?$\n?`, "m"));
  const sections = new Map([["", pieces[0] ?? ""]]);
  for (let i = 1; i < pieces.length; i += 2) sections.set(pieces[i] ?? "", pieces[i + 1] ?? "");
  return sections;
}

/** What stood between the markers, and the exit code; undefined where a marker is missing. */
export function unframe(stdout: string, nonce: string): Answer | undefined {
  const marker = `${checked(nonce)}-begin`;
  const begin = stdout.indexOf(marker);
  const end = stdout.lastIndexOf(`${nonce}-end `);
  if (begin < 0 || end < begin) return undefined;
  const code = /^(\d{1,5})\r?\n/.exec(stdout.slice(end + nonce.length + "-end ".length))?.[1];
  if (code === undefined) return undefined;
  return { body: stdout.slice(begin + marker.length, end).replace(/^\r?\n/, ""), exitCode: Number(code) };
}

/**
 * The answer of a one-shot command. A Windows answer has no markers and is taken whole, with the channel's exit code;
 * so is that of a shell which never came to run the command, and the caller's parser refuses it.
 * Throws "unreadable-answer" for an answer that was cut off.
 */
export function answerOf(result: ExecResult, nonce: string): Answer {
  const answer = unframe(result.stdout, nonce);
  if (result.truncated) throw unreadable(sentence("The answer of nvidia-smi was too long and was left out."));
  if (answer) return answer;
  if (result.stdout.includes(`${nonce}-begin`)) {
    throw unreadable(sentence("The answer of nvidia-smi broke off before its end. The next one may be whole."));
  }
  return { body: result.stdout.replaceAll("\r\n", "\n"), exitCode: result.exitCode };
}

function unreadable(words: Sentence): GpuDevError {
  return new GpuDevError("unreadable-answer", words);
}

function checked(nonce: string): string {
  if (!/^[a-z0-9]{1,64}$/.test(nonce)) throw new TypeError("A nonce is made of small letters and digits.");
  return nonce;
}

function words(args: readonly string[]): readonly string[] {
  if (!args.every((arg) => /^[\w.,=-]+$/.test(arg))) {
    throw new TypeError("An argument holds a character that a shell may change.");
  }
  return args;
}

/** The arguments that ask for a reading of every GPU. Without `nounits` each cell would repeat the header's unit. */
export function queryArguments(fields: readonly string[]): readonly string[] {
  return [`--query-gpu=${words(fields).join(",")}`, "--format=csv,nounits"];
}
