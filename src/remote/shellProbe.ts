import { plainText } from "../core/plainText.ts";
import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import type { ExecOptions, ExecResult, RemoteShell } from "../core/session.ts";

/** A log-in shell on a busy cluster may take long to read its profile. */
const PROBE_TIMEOUT_MS = 20_000;

/** The sum is worked out by a real `sh` only: a shell that merely repeats the command in its complaint does not pass. */
const POSIX_QUESTION = "exec sh -c 'echo gpu-dev-$((6*7))-posix'";
const POSIX_ANSWER = "gpu-dev-42-posix";
/** Read alike by cmd and PowerShell, in every language of Windows; %OS% is Windows_NT on all of them. */
const WINDOWS_QUESTION = "cmd /c echo gpu-dev-%OS%";
const WINDOWS_ANSWER = "gpu-dev-Windows_NT";

/** What the first question brings from shells that do not know `exec`. */
const WINDOWS_COMPLAINTS = [
  /is not recognized as (an internal or external command|the name of a cmdlet|a name of a cmdlet)/i,
  /CommandNotFoundException/,
  /^#< CLIXML/m,
];

type Exec = (command: string, options: ExecOptions) => Promise<ExecResult>;

/** Which shell answers, whatever the profile prints around it. Throws "unsupported" where neither does. */
export async function detectShell(exec: Exec, host: string, signal: AbortSignal): Promise<RemoteShell> {
  const limits = { signal, timeoutMs: PROBE_TIMEOUT_MS, maxBytes: 64 * 1024 };
  const first = await exec(POSIX_QUESTION, limits);
  const shell = readPosixAnswer(first);
  if (shell) return shell;
  const second = await exec(WINDOWS_QUESTION, limits);
  if (second.stdout.includes(WINDOWS_ANSWER)) return "windows";
  const said = plainText(`${first.stdout} ${first.stderr}`);
  throw new GpuDevError(
    "unsupported",
    said.length > 0
      ? sentence("{0} lets you in, but its shell runs no commands. It says: {1}", plainText(host), said)
      : sentence("{0} lets you in, but its shell runs no commands.", plainText(host)),
  );
}

/** Undefined where the answer does not tell. */
function readPosixAnswer({ stdout, stderr }: ExecResult): RemoteShell | undefined {
  if (stdout.includes(POSIX_ANSWER)) return "posix";
  const said = `${stdout}\n${stderr}`;
  return WINDOWS_COMPLAINTS.some((complaint) => complaint.test(said)) ? "windows" : undefined;
}
