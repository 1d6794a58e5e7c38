import { GpuDevError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import { sentence } from "../core/sentence.ts";
import type { Session } from "../core/session.ts";
import type { Program } from "./program.ts";
import { ProcessSession } from "./processSession.ts";

/** The machine the extension runs on, as a session. */
export function createLocalSession(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): Session {
  const shell = platform === "win32" ? "windows" : "posix";
  return new ProcessSession(
    {
      transport: "local",
      host: "localhost",
      program: (command) => localProgram(command, environment, platform),
      notStarted: (error) =>
        new GpuDevError(
          "missing-tool",
          sentence("The shell of this machine cannot be started: {0}", plainText(error.message)),
          { cause: error },
        ),
      failure: () => undefined,
    },
    shell,
  );
}

/** `sh -c`, or cmd without its AutoRun, which takes the line between the outer quotes as it is. */
export function localProgram(command: string, environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): Program {
  return platform === "win32"
    ? { file: "cmd.exe", arguments: ["/d", "/s", "/c", `"${command}"`], environment, platform, verbatim: true }
    : { file: "/bin/sh", arguments: ["-c", command], environment, platform };
}
