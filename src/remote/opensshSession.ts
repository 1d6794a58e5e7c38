import type { GpuDevError } from "../core/error.ts";
import type { Session } from "../core/session.ts";
import { openSshError } from "./connectionErrors.ts";
import type { HostOptions } from "./hostOptions.ts";
import { pathValue } from "./include/values.ts";
import { ProcessSession, execProgram, type ProcessSessionOptions } from "./processSession.ts";
import { notStarted, programArguments, programEnvironment, type SshProgram } from "./resolve.ts";
import { detectShell } from "./shellProbe.ts";

/** `ssh` uses this code for its own failures; a remote command may do so as well. */
const SSH_FAILURE = 255;

export interface OpenSshRequest {
  readonly program: SshProgram;
  readonly options: HostOptions;
  /** From `sshArguments`: the connection's own options, `--` and the host. */
  readonly sshArguments: readonly string[];
  readonly trustFile: string;
}

/**
 * A session whose every command is a run of the `ssh` program: slower, and able to do whatever the user's `ssh` can
 * do without asking. Host keys are checked by `ssh` itself, against the same files.
 */
export async function openOpenSshSession(request: OpenSshRequest, signal: AbortSignal): Promise<Session> {
  const session = sessionOptions(request.program, request.options.hostName, openSshArguments(request));
  const shell = await detectShell(
    (command, options) => execProgram(session, command, options),
    request.options.hostName,
    signal,
  );
  return new ProcessSession(session, shell);
}

/** Takes what a session needs for its whole life: the options of the host are not among it. */
function sessionOptions(program: SshProgram, host: string, hostArguments: readonly string[]): ProcessSessionOptions {
  return {
    transport: "openssh",
    host,
    program: (command) => ({
      file: program.file(),
      arguments: [...programArguments(program), ...hostArguments, command],
      environment: programEnvironment(program),
      platform: program.platform,
    }),
    notStarted: (error) => notStarted(program.file(), error),
    failure: ({ stderr, exitCode }): GpuDevError | undefined =>
      exitCode === SSH_FAILURE ? openSshError(stderr, host) : undefined,
  };
}

/** Everything between the program and the command. The first value that `ssh` reads of an option is the one it uses. */
export function openSshArguments({ program, options, sshArguments, trustFile }: OpenSshRequest): readonly string[] {
  // ssh_config(5): the files of the machine are read by `ssh` beside these.
  const files = [trustFile, ...options.userKnownHostsFiles];
  const knownHosts = files.map((file) => pathValue(file, program.platform)).join(" ");
  const settings = [
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${knownHosts}`,
    `ConnectTimeout=${String(connectTimeoutS(options))}`,
    // Gives up at the third silent interval: within 20 s.
    "ServerAliveInterval=5",
    "ServerAliveCountMax=2",
    // An open connection of the user's own serves us too, but none is left behind.
    "ControlMaster=no",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "ForwardX11=no",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "RequestTTY=no",
    "LogLevel=ERROR",
  ];
  return [...settings.flatMap((setting) => ["-o", setting]), ...sshArguments];
}

function connectTimeoutS(options: HostOptions): number {
  const seconds = Number(options.printed.get("connecttimeout")?.[0]);
  return seconds > 0 ? seconds : 15;
}
