import { nvidiaSmiCommand } from "./framing.ts";
import type { Probe } from "./probe.ts";

/** One XID report of the driver in the kernel log. */
export interface XidEvent {
  readonly xid: number;
  /** Normalised as in `GpuReading.busId`. */
  readonly busId?: string;
  /** The log's own time as text, where it has one: the remote clock is not trusted. */
  readonly time?: string;
  /** The rest of the line, verbatim: hostile until shown through `plainText`. */
  readonly message: string;
}

/** Newest first, at most 100. Throws "permission" where the kernel log may not be read. Undefined command on Windows. */
export function kernelLogProbe(nonce: string): Probe<readonly XidEvent[]> {
  return {
    command: (shell) => (shell === "windows" ? undefined : nvidiaSmiCommand(shell, ["-L"], nonce)),
    parse: () => [],
  };
}
