import type { GpuDevError } from "../core/error.ts";
import type { GpuDetails } from "./details.ts";
import type { XidEvent } from "./kernelLog.ts";
import type { GpuProblem } from "./problem.ts";
import type { GpuSample } from "./reading.ts";

/** Everything known of one host's GPUs; what is absent has not been asked or could not be read. */
export interface DiagnosisInput {
  readonly sample?: GpuSample;
  readonly details?: GpuDetails;
  readonly kernelLog?: readonly XidEvent[];
  /** Of the last probe, if it failed. */
  readonly error?: GpuDevError;
  /** How many GPUs the host had before, or its platform says it has. */
  readonly expectedCount?: number;
  /** How long a running nvidia-smi has printed nothing. */
  readonly stalledForMs?: number;
}

/** What is wrong, worst first. */
export function diagnose(input: DiagnosisInput): readonly GpuProblem[] {
  void input;
  return [];
}
