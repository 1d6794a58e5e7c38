import { parseText } from "./placeholder.ts";
import { valueOf } from "./csv.ts";
import { failureOf, nvidiaSmiError, type SmiFailure } from "./exitCodes.ts";
import { answerOf, framed, limited, section, sectionsOf, windowsCommand } from "./framing.ts";
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

// Class 0x03 is a display controller: 0x0300 VGA, 0x0302 3D.
const EVERY_PCI_GPU =
  "for d in /sys/bus/pci/devices/*; do read v <$d/vendor; read k <$d/class; case $v$k in 0x10de0x03*) echo gpu;; esac; done 2>/dev/null";

/** Without one of these, help that cannot be had only means an old driver. */
const FATAL: readonly (SmiFailure | undefined)[] = [
  "not-installed",
  "timed-out",
  "driver-not-loaded",
  "version-mismatch",
  "nvml-unknown-error",
  "library-missing",
  "no-permission",
];

/** Throws where nvidia-smi is not installed or the driver does not answer. */
export function capabilitiesProbe(nonce: string): Probe<GpuCapabilities> {
  const script = [
    limited("nvidia-smi --help-query-gpu"),
    section(nonce, "system"),
    "uname -s -m 2>/dev/null",
    section(nonce, "driver"),
    "cat /sys/module/nvidia/version 2>/dev/null",
    section(nonce, "pci"),
    `if [ -d /sys/bus/pci/devices ]; then echo bus; fi; ${EVERY_PCI_GPU}`,
  ].join("; ");
  return {
    command: (shell) => (shell === "windows" ? windowsCommand(["--help-query-gpu"]) : framed(script, nonce)),
    parse: (result) => {
      const { body, exitCode } = answerOf(result, nonce);
      const parts = sectionsOf(body, nonce);
      const help = parts.get("") ?? "";
      const error = exitCode === 0 ? undefined : nvidiaSmiError(exitCode, `${help}\n${result.stderr}`);
      if (error && FATAL.includes(failureOf(error))) throw error;
      return { fields: chooseFields(error ? undefined : help), ...hostFacts(parts) };
    },
  };
}

function hostFacts(parts: ReadonlyMap<string, string>): Omit<GpuCapabilities, "fields"> {
  const driverVersion = firstLine(parts.get("driver"));
  const operatingSystem = firstLine(parts.get("system"));
  const bus = (parts.get("pci") ?? "").split("\n");
  return {
    ...(driverVersion === undefined ? {} : { driverVersion }),
    ...(operatingSystem === undefined ? {} : { operatingSystem }),
    ...(bus.includes("bus") ? { pciGpuCount: bus.filter((line) => line === "gpu").length } : {}),
  };
}

function firstLine(text: string | undefined): string | undefined {
  return valueOf(parseText(text?.split("\n", 1)[0]?.slice(0, 200) ?? ""));
}
