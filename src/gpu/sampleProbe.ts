import type { ExecResult, RemoteShell } from "../core/session.ts";
import { nvidiaSmiCommand } from "./framing.ts";
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
    command: (shell) => nvidiaSmiCommand(shell, [`--query-gpu=${fields.join(",")}`, "--format=csv,nounits"], nonce),
    parse: (_result, at) => ({ at, gpus: [], notices: [] }),
  };
}
