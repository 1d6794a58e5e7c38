import { execFile } from "node:child_process";

export interface ProgramResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs a program by its argument list: no shell, no standard input, English messages. Rejects if it cannot start. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<ProgramResult>;

const LIMIT_MS = 10_000;

export const runProgram: RunProgram = (program, args) =>
  new Promise((resolve, reject) => {
    const options = { timeout: LIMIT_MS, windowsHide: true, env: { ...process.env, LC_ALL: "C" } };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr, exitCode: 0 });
      else if (typeof error.code === "number") resolve({ stdout, stderr, exitCode: error.code });
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an Error, typed by its fields only
      else reject(error);
    });
    child.stdin?.end();
  });
