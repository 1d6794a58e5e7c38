import { GpuDevError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import { sentence } from "../core/sentence.ts";
import type { ExecResult, RemoteShell } from "../core/session.ts";
import { parseCsv } from "./csv.ts";
import { nvidiaSmiError } from "./exitCodes.ts";
import { answerOf, nvidiaSmiCommand, queryArguments } from "./framing.ts";
import type { GpuSample } from "./reading.ts";

/** A probe whose parser is also told when the answer arrived: local wall-clock milliseconds. */
export interface SampleProbe {
  command(shell: RemoteShell): string;
  /** Throws GpuDevError and nothing else. */
  parse(result: ExecResult, at: number): GpuSample;
}

/** One reading of every GPU. */
export function sampleProbe(fields: readonly string[], nonce: string): SampleProbe {
  return {
    command: (shell) => nvidiaSmiCommand(shell, queryArguments(fields), nonce),
    parse: (result, at) => {
      const { body, exitCode } = answerOf(result, nonce);
      return { at, ...readAnswer(body, exitCode, result.stderr) };
    },
  };
}

/** Codes of a partial success: one GPU of several could not be read, the rows of the others follow. */
const PARTIAL: readonly (number | undefined)[] = [0, 15, 255];

function readAnswer(body: string, exitCode: number | undefined, stderr: string): Omit<GpuSample, "at"> {
  if (!PARTIAL.includes(exitCode)) throw failure(exitCode, body, stderr);
  const readings = parseCsv(body);
  if (readings.gpus.length === 0) throw failure(exitCode, body, stderr);
  return readings;
}

function failure(exitCode: number | undefined, body: string, stderr: string): GpuDevError {
  const said = `${body}\n${stderr}`.trim();
  return (
    nvidiaSmiError(exitCode, said) ??
    new GpuDevError("unreadable-answer", sentence("The answer held no reading of a GPU: {0}", plainText(said, 200)))
  );
}
