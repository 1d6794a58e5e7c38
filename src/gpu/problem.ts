import type { Sentence } from "../core/sentence.ts";

export type Severity = "critical" | "warning" | "information";

/** Something wrong with a host's GPUs, in plain words with the next step. */
export interface GpuProblem {
  /** Stable while the problem lasts: kind and GPU, e.g. "xid-79 00000000:0A:00.0". */
  readonly id: string;
  readonly severity: Severity;
  /** Which GPU, as the user knows it ("GPU 3"); absent when it concerns the host. */
  readonly gpuIndex?: number;
  readonly title: Sentence;
  readonly explanation: Sentence;
  readonly nextStep: Sentence;
  /** The line it was read from, fit for display as text, e.g. that of the kernel log. */
  readonly evidence?: string;
  /** https only. */
  readonly link?: string;
}
