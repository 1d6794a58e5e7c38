import { nvidiaSmiCommand } from "./framing.ts";
import type { Probe } from "./probe.ts";
import { chooseFields } from "./queryFields.ts";

/** What the host's driver can be asked, and what is known of the host. Asked once a session. */
export interface GpuCapabilities {
  /** For `gpuStreamCommand` and `sampleProbe`. */
  readonly fields: readonly string[];
  readonly driverVersion?: string;
  /** What `uname -s -m` says, e.g. "Linux aarch64". */
  readonly operatingSystem?: string;
  /**
   * NVIDIA display controllers on the PCI bus. An information, not an expectation: a container sees all of the
   * machine's, whichever it may use.
   */
  readonly pciGpuCount?: number;
}

/** Throws where nvidia-smi is not installed or the driver does not answer. */
export function capabilitiesProbe(nonce: string): Probe<GpuCapabilities> {
  return {
    command: (shell) => nvidiaSmiCommand(shell, ["--help-query-gpu"], nonce),
    parse: () => ({ fields: chooseFields(undefined) }),
  };
}
