import { spawn } from "node:child_process";
import type { SpawnOptions } from "node:child_process";

export interface ProgramOptions extends Pick<SpawnOptions, "cwd" | "env"> {
  /** Called with each piece of output as it comes; both streams. */
  readonly onOutput?: (text: string) => void;
}

export interface ProgramResult {
  /** -1 when a signal ended it. */
  readonly exitCode: number;
  /** Standard output and standard error in the order they came. */
  readonly output: string;
}

/** Runs a program to its end with no standard input. Rejects only when it cannot be started. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const { onOutput, ...spawnOptions } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...spawnOptions, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (chunk: Buffer) => {
      const text = chunk.toString("utf8");
      output += text;
      onOutput?.(text);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", (code) => resolve({ exitCode: code ?? -1, output }));
  });
}

/** As runProgram, but an exit code other than 0 is an error that carries the output. */
export async function mustRun(program: string, args: readonly string[], options: ProgramOptions = {}): Promise<string> {
  const { exitCode, output } = await runProgram(program, args, options);
  if (exitCode !== 0) throw new Error(`${[program, ...args].join(" ")} ended with ${exitCode}\n${output}`);
  return output;
}
