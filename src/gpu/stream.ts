import type { GpuDevError } from "../core/error.ts";
import type { RemoteShell } from "../core/session.ts";
import { nvidiaSmiCommand } from "./framing.ts";
import type { GpuSample } from "./reading.ts";

export type GpuStreamEvent =
  { readonly kind: "sample"; readonly sample: GpuSample } | { readonly kind: "ended"; readonly error: GpuDevError };

/** Takes the output of `gpuStreamCommand` piece by piece. `at` is the local wall-clock time of the call. */
export interface GpuStreamParser {
  push(chunk: string, at: number): readonly GpuStreamEvent[];
  /** After a quiet moment: gives out what has arrived of a batch whose end cannot be told. */
  flush(at: number): readonly GpuStreamEvent[];
  /** The channel is gone. Gives the "ended" event unless it was given before. */
  end(exitCode: number | undefined, at: number): readonly GpuStreamEvent[];
}

/** A command that prints a reading of every GPU each `intervalMs` until its standard input closes. */
export function gpuStreamCommand(
  shell: RemoteShell,
  fields: readonly string[],
  intervalMs: number,
  nonce: string,
): string {
  return nvidiaSmiCommand(
    shell,
    [`--query-gpu=${fields.join(",")}`, "--format=csv,nounits", "-lms", String(intervalMs)],
    nonce,
  );
}

export function createGpuStreamParser(shell: RemoteShell, nonce: string): GpuStreamParser {
  void shell;
  void nonce;
  return { push: () => [], flush: () => [], end: () => [] };
}
