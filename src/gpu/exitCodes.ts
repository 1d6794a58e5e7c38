import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";

/** The error behind an exit code of nvidia-smi and what it printed. Undefined for success. */
export function nvidiaSmiError(exitCode: number | undefined, output: string): GpuDevError | undefined {
  if (exitCode === 0) return undefined;
  void output;
  return new GpuDevError("remote-command", sentence("nvidia-smi ended with exit code {0}.", exitCode ?? "?"));
}
