import { sentence, type Sentence } from "../core/sentence.ts";
import type { GpuDevError } from "../core/error.ts";
import { failureOf, type SmiFailure } from "./exitCodes.ts";
import type { GpuProblem, Severity } from "./problem.ts";

interface FailureWords {
  readonly severity: Severity;
  readonly title: Sentence;
  readonly explanation: Sentence;
  readonly nextStep: Sentence;
}

const HANGS: FailureWords = {
  severity: "critical",
  title: sentence("nvidia-smi does not answer"),
  explanation: sentence("It hangs, as it does when a GPU has fallen off the bus or the driver waits for one."),
  nextStep: sentence("Look for XID entries in the kernel log. A hanging driver usually ends only with a restart."),
};

const RESTART = sentence("Restart the machine. If it returns, have the hardware checked.");

/** What a failed probe says of the host. Undefined: it says nothing, as the fields or readings of one GPU. */
const WORDS: Readonly<Record<SmiFailure, FailureWords | undefined>> = {
  "not-installed": {
    severity: "information",
    title: sentence("There is no nvidia-smi"),
    explanation: sentence("Without NVIDIA's driver the GPUs of this machine, if it has any, cannot be read."),
    nextStep: sentence("Install NVIDIA's driver, or in a container give it the driver's utilities."),
  },
  "driver-not-loaded": {
    severity: "critical",
    title: sentence("The NVIDIA driver is not running"),
    explanation: sentence(
      "nvidia-smi is there, but the kernel module behind it is not loaded. A kernel update can do that.",
    ),
    nextStep: sentence("Try sudo modprobe nvidia. If that fails, install the driver again for the running kernel."),
  },
  "version-mismatch": {
    severity: "critical",
    title: sentence("Driver and library have different versions"),
    explanation: sentence(
      "The driver was updated while its former version stayed loaded. New programs cannot use the GPUs.",
    ),
    nextStep: sentence("Restart the machine. Programs that already run go on until then."),
  },
  "nvml-unknown-error": {
    severity: "critical",
    title: sentence("The container has lost its GPUs"),
    explanation: sentence(
      "Its access to the devices was taken away, as happens when systemd reloads its units on the host.",
    ),
    nextStep: sentence("Restart the container. Outside a container, restart the machine."),
  },
  "no-devices": {
    severity: "critical",
    title: sentence("The driver finds no GPU"),
    explanation: sentence("The driver runs, but no GPU is attached, or none could be started."),
    nextStep: sentence("Check that the machine has a GPU attached and look for XID entries in the kernel log."),
  },
  "fallen-off-bus": {
    severity: "critical",
    title: sentence("A GPU has fallen off the bus"),
    explanation: sentence("The driver cannot reach it over PCI Express any more."),
    nextStep: RESTART,
  },
  "no-permission": {
    severity: "warning",
    title: sentence("This account may not read the GPUs"),
    explanation: sentence("The driver refused the account, so nothing can be said about the GPUs."),
    nextStep: sentence("Ask the administrator for access to the /dev/nvidia* devices."),
  },
  "bad-field": undefined,
  "not-available": undefined,
  inforom: {
    severity: "critical",
    title: sentence("A GPU's infoROM is damaged"),
    explanation: sentence(
      "The board's permanent memory, which holds its identity and error counts, cannot be trusted.",
    ),
    nextStep: sentence("Have the board checked by its vendor."),
  },
  "power-cables": {
    severity: "critical",
    title: sentence("A GPU's power cables are not right"),
    explanation: sentence("The board does not get the power it needs from its external connectors."),
    nextStep: sentence("Switch the machine off and check the connectors."),
  },
  interrupts: {
    severity: "critical",
    title: sentence("The kernel has an interrupt problem with a GPU"),
    explanation: sentence("The GPU's signals do not reach the driver."),
    nextStep: RESTART,
  },
  "library-missing": {
    severity: "critical",
    title: sentence("The driver's library is missing or does not fit"),
    explanation: sentence("nvidia-smi is there without the library it needs."),
    nextStep: sentence("Install the driver again, or in a container give it the driver's utilities."),
  },
  "timed-out": HANGS,
  "requires-reset": {
    severity: "critical",
    title: sentence("A GPU waits for a reset"),
    explanation: sentence("After an error the driver does not let anything run on it until it has been reset."),
    nextStep: sentence("Stop what runs on it, then run sudo nvidia-smi --gpu-reset, or restart the machine."),
  },
};

/** A reading every two seconds is expected; the slowest hosts need six. */
const STALLED_MS = 10_000;

/** What is wrong with the host as a whole. */
export function hostProblems(error: GpuDevError | undefined, stalledForMs: number | undefined): readonly GpuProblem[] {
  const failure = error && failureOf(error);
  const words = failure && WORDS[failure];
  const problems = words ? [{ id: failure, ...words }] : [];
  // Whether the far side's time limit ended it or ours, a probe without an answer is a nvidia-smi that hangs.
  const hangs = error?.code === "timeout" || (stalledForMs ?? 0) >= STALLED_MS;
  return hangs ? [{ id: "timed-out", ...HANGS }] : problems;
}

/** Fewer GPUs than there were. */
export function missingGpus(seen: number, expected: number): GpuProblem {
  return {
    id: "missing-gpus",
    severity: "critical",
    title: sentence("{0} of {1} GPUs are visible", seen, expected),
    explanation: sentence(
      "The machine had more before. A GPU that fell off the bus, or is reserved elsewhere, is not listed.",
    ),
    nextStep: sentence("Look for XID entries in the kernel log. If none explains it, restart the machine."),
  };
}
