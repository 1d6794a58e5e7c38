import { GpuDevError, type ErrorCode } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import { sentence, type Sentence } from "../core/sentence.ts";

/** Why nvidia-smi gave no reading. */
export type SmiFailure =
  | "not-installed"
  | "driver-not-loaded"
  | "version-mismatch"
  | "nvml-unknown-error"
  | "no-devices"
  | "fallen-off-bus"
  | "no-permission"
  | "bad-field"
  | "not-available"
  | "inforom"
  | "power-cables"
  | "interrupts"
  | "library-missing"
  | "timed-out"
  | "requires-reset";

interface FailureKind {
  readonly code: ErrorCode;
  readonly sentence: Sentence;
}

const FAILURES: Readonly<Record<SmiFailure, FailureKind>> = {
  "not-installed": {
    code: "no-driver",
    sentence: sentence("nvidia-smi is not installed on this machine. It comes with NVIDIA's driver: install that."),
  },
  "driver-not-loaded": {
    code: "driver",
    sentence: sentence("NVIDIA's kernel driver is not running. Reinstall the driver or restart the machine."),
  },
  "version-mismatch": {
    code: "driver",
    sentence: sentence("The loaded driver and its library have different versions. Restart the machine."),
  },
  "nvml-unknown-error": {
    code: "driver",
    sentence: sentence("The driver's library failed to start. In a container, restart the container."),
  },
  "no-devices": {
    code: "no-gpu",
    sentence: sentence("The driver runs but finds no GPU. Check that one is attached to this machine."),
  },
  "fallen-off-bus": {
    code: "driver",
    sentence: sentence("A GPU no longer answers on the PCI bus. Restart the machine."),
  },
  "no-permission": {
    code: "permission",
    sentence: sentence("This account may not read the GPUs. Ask for access to the /dev/nvidia* devices."),
  },
  "bad-field": {
    code: "unsupported",
    sentence: sentence("The driver does not know a field that was asked for. A shorter list is tried next."),
  },
  "not-available": {
    code: "unsupported",
    sentence: sentence("The GPU does not support what was asked. Other readings are not affected."),
  },
  inforom: {
    code: "driver",
    sentence: sentence("A GPU's infoROM is damaged. Have the board checked by its vendor."),
  },
  "power-cables": {
    code: "driver",
    sentence: sentence(
      "A GPU's external power cables are not attached properly. Shut the machine down and check them.",
    ),
  },
  interrupts: {
    code: "driver",
    sentence: sentence("The kernel has an interrupt problem with a GPU. See the kernel log and restart the machine."),
  },
  "library-missing": {
    code: "driver",
    sentence: sentence("The driver's library is missing or does not fit. Install the driver again."),
  },
  "timed-out": {
    code: "timeout",
    sentence: sentence("nvidia-smi does not answer (the GPU may have fallen off the bus). See the kernel log."),
  },
  "requires-reset": {
    code: "driver",
    sentence: sentence("A GPU must be reset before it can be used again. Stop its processes and reset it."),
  },
};

// "RETURN VALUE" of the manual, https://docs.nvidia.com/deploy/nvidia-smi/; 124 and 137 are `timeout`'s, 127 the shell's,
// 9009 cmd.exe's.
const BY_EXIT_CODE: Readonly<Record<number, SmiFailure>> = {
  3: "not-available",
  4: "no-permission",
  6: "no-devices",
  8: "power-cables",
  9: "driver-not-loaded",
  10: "interrupts",
  12: "library-missing",
  13: "library-missing",
  14: "inforom",
  15: "fallen-off-bus",
  18: "version-mismatch",
  124: "timed-out",
  126: "no-permission",
  127: "not-installed",
  137: "timed-out",
  9009: "not-installed",
};

// Tried in this order where the exit code does not tell.
const BY_TEXT: readonly (readonly [pattern: RegExp, failure: SmiFailure])[] = [
  [/Driver\/library version mismatch/i, "version-mismatch"],
  [/couldn't communicate with the NVIDIA driver|Driver Not Loaded/i, "driver-not-loaded"],
  [/GPU requires reset/i, "requires-reset"],
  [/GPU is lost|device handle for GPU|fallen off the bus/i, "fallen-off-bus"],
  [/Failed to initialize NVML: (Unknown Error|GPU access blocked)/i, "nvml-unknown-error"],
  [/Failed to initialize NVML: Insufficient Permissions|Insufficient Permissions/i, "no-permission"],
  [/is not a valid field to query/i, "bad-field"],
  [/infoROM is corrupted/i, "inforom"],
  [/couldn't find libnvidia-ml|NVML Shared Library Not Found|Function Not Found/i, "library-missing"],
  [/No devices were found|No NVIDIA devices/i, "no-devices"],
  [/nvidia-smi(\.exe)?['"]?:? .{0,60}(not found|not recognized|No such file)/i, "not-installed"],
  [/command not found|is not recognized as|CommandNotFoundException|Unknown command/i, "not-installed"],
];

/** How much of an answer is looked at and kept for a diagnosis. */
const MAX_EVIDENCE = 2000;

/**
 * The error behind an exit code of nvidia-smi and what it printed (its errors are on standard output).
 * The exit code decides first, the text after it. Undefined for exit code 0 with no known error text.
 */
export function nvidiaSmiError(exitCode: number | undefined, output: string): GpuDevError | undefined {
  const evidence = output.slice(0, MAX_EVIDENCE);
  const failure = failureBehind(exitCode, evidence);
  if (failure !== undefined) return smiError(failure, evidence);
  if (exitCode === 0) return undefined;
  const shown = plainText(evidence, 200);
  const said =
    shown === ""
      ? sentence("nvidia-smi ended with exit code {0} and said nothing.", exitCode ?? "?")
      : sentence("nvidia-smi ended with exit code {0}: {1}", exitCode ?? "?", shown);
  return new GpuDevError("remote-command", said);
}

/** The error of a known failure, carrying what was printed. */
export function smiError(failure: SmiFailure, evidence = ""): GpuDevError {
  const { code, sentence: words } = FAILURES[failure];
  return new GpuDevError(code, words, { cause: new Error(`${failure}: ${evidence}`) });
}

/** Which failure an error of this file stands for; undefined for any other error. */
export function failureOf(error: GpuDevError): SmiFailure | undefined {
  return FAILURE_NAMES.find((failure) => FAILURES[failure].sentence === error.sentence);
}

const FAILURE_NAMES = Object.keys(FAILURES) as SmiFailure[];

function failureBehind(exitCode: number | undefined, text: string): SmiFailure | undefined {
  const byCode = exitCode === undefined ? undefined : BY_EXIT_CODE[exitCode];
  return byCode ?? BY_TEXT.find(([pattern]) => pattern.test(text))?.[1];
}
