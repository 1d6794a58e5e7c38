import { GpuDevError } from "../../core/error.ts";
import { plainText } from "../../core/plainText.ts";
import { sentence } from "../../core/sentence.ts";
import { runProgram as run } from "../program.ts";

export interface ProgramResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

/** Runs a program by its argument list: no shell, no standard input, English messages. Rejects if it cannot start. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<ProgramResult>;

const LIMIT_MS = 10_000;

export const runProgram: RunProgram = async (file, args) => {
  const environment = { ...process.env, LC_ALL: "C" };
  const outcome = await run(
    { file, arguments: args, environment, platform: process.platform },
    { signal: new AbortController().signal, timeoutMs: LIMIT_MS },
  );
  switch (outcome.kind) {
    case "ended":
      return outcome.result;
    case "late":
      throw new GpuDevError(
        "timeout",
        sentence("{0} did not finish within {1} s. Nothing was changed.", plainText(file), LIMIT_MS / 1000),
      );
    case "not-started":
      throw outcome.error;
  }
};
