import { plainText } from "../core/plainText.ts";
import { sentence, type Sentence } from "../core/sentence.ts";
import type { GpuDetail } from "./details.ts";
import type { Severity } from "./problem.ts";
import type { Absence, GpuReading, ThrottleReason } from "./reading.ts";

/** One GPU as far as it is known: from a reading, the detailed report, or both. */
export type Subject = GpuReading & Partial<GpuDetail>;

/** What one look at a GPU found. */
export interface Finding {
  readonly kind: string;
  readonly severity: Severity;
  readonly title: Sentence;
  readonly explanation: Sentence;
  readonly nextStep: Sentence;
  readonly link?: string;
}

/** `label`: "3", or the bus id where the number is not known. */
type Check = (gpu: Subject, label: string) => Finding | undefined;

const RESET = sentence("Stop what runs on it, then run sudo nvidia-smi --gpu-reset, or restart the machine.");
const MEMORY_LINK = "https://docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt/";

/** The driver can no longer reach it. */
export function isLost(gpu: Subject): boolean {
  return gpu.lost !== undefined || hasAbsence(gpu, "lost");
}

const lost: Check = (gpu, label) =>
  isLost(gpu)
    ? {
        kind: "lost",
        severity: "critical",
        title: sentence("GPU {0} is lost", label),
        explanation: sentence("The driver cannot reach it any more. What ran on it has failed."),
        nextStep: sentence("Restart the machine. If it returns, have power supply, seating and cables checked."),
      }
    : undefined;

const requiresReset: Check = (gpu, label) =>
  hasAbsence(gpu, "requires-reset")
    ? {
        kind: "requires-reset",
        severity: "critical",
        title: sentence("GPU {0} waits for a reset", label),
        explanation: sentence("After an error the driver does not let anything run on it until it has been reset."),
        nextStep: RESET,
      }
    : undefined;

const RECOVERY_STEPS: Readonly<Record<string, Sentence>> = {
  Reset: RESET,
  "GPU Reset Required": RESET,
  Reboot: sentence("Restart the machine."),
  "Node Reboot Required": sentence("Restart the machine."),
  "Drain P2P": sentence("End the programs that use several GPUs at once, and keep new ones off this GPU until then."),
  "Drain and Reset": sentence("Let the programs on this GPU finish, start no new ones, then reset it."),
};

const recovery: Check = ({ recoveryAction }, label) => {
  if (recoveryAction === undefined || recoveryAction === "None") return undefined;
  const known = Object.hasOwn(RECOVERY_STEPS, recoveryAction) ? RECOVERY_STEPS[recoveryAction] : undefined;
  return {
    kind: "recovery-action",
    severity: "critical",
    title: sentence("GPU {0} needs recovery: {1}", label, plainText(recoveryAction, 40)),
    explanation: sentence("The driver itself recommends this after an error it could not repair."),
    nextStep: known ?? sentence("Do what the driver recommends: {0}.", plainText(recoveryAction, 40)),
  };
};

const remapping: Check = ({ remappedRows, retiredPagesPending }, label) => {
  if (remappedRows?.failure === true) {
    return {
      kind: "remap-failure",
      severity: "critical",
      title: sentence("GPU {0} has memory that cannot be repaired", label),
      explanation: sentence("It has run out of spare rows for worn memory. Errors will return."),
      nextStep: sentence("Move your work to another GPU and have the vendor check this one."),
      link: MEMORY_LINK,
    };
  }
  if (remappedRows?.pending !== true && retiredPagesPending !== true) return undefined;
  return {
    kind: "remap-pending",
    severity: "warning",
    title: sentence("GPU {0} has a memory repair waiting", label),
    explanation: sentence("Worn memory was found. It is set aside at the next reset; until then it may fail again."),
    nextStep: sentence("Reset the GPU, or restart the machine, as soon as it suits you."),
    link: MEMORY_LINK,
  };
};

const memoryErrors: Check = ({ ecc }, label) =>
  (ecc?.volatileUncorrected ?? 0) > 0
    ? {
        kind: "ecc-uncorrected",
        severity: "critical",
        title: sentence(
          "GPU {0} had {1} memory errors that could not be corrected",
          label,
          ecc?.volatileUncorrected ?? 0,
        ),
        explanation: sentence("They happened since the driver was loaded. Results from that time may be wrong."),
        nextStep: sentence("Start what ran on it again, then reset the GPU. If it returns, have the vendor check it."),
        link: MEMORY_LINK,
      }
    : undefined;

const fabric: Check = (gpu, label) =>
  gpu.fabric?.health === "Unhealthy"
    ? {
        kind: "fabric",
        severity: "warning",
        title: sentence("GPU {0} has an unhealthy NVLink fabric", label),
        explanation: sentence(
          "Its connections to the other GPUs are degraded, so programs on several GPUs slow down or fail.",
        ),
        nextStep: sentence("Look at nvidia-smi nvlink -s and the fabric manager's log."),
      }
    : undefined;

interface ThrottleWords {
  readonly reasons: readonly ThrottleReason[];
  readonly finding: Omit<Finding, "title">;
  title(label: string): Sentence;
}

// In order: of several, only the first is told, since a hardware slowdown always comes with its cause.
const THROTTLING: readonly ThrottleWords[] = [
  {
    reasons: ["hw-thermal-slowdown", "sw-thermal-slowdown"],
    title: (label) => sentence("GPU {0} is slowed down by heat", label),
    finding: {
      kind: "thermal-throttling",
      severity: "warning",
      explanation: sentence("It has reached its temperature limit and lowers its clocks to cool down."),
      nextStep: sentence("Check fans, air flow and room temperature, or lower its power limit."),
    },
  },
  {
    reasons: ["hw-power-brake", "hw-slowdown"],
    title: (label) => sentence("GPU {0} is slowed down by its power supply", label),
    finding: {
      kind: "power-brake",
      severity: "warning",
      explanation: sentence("The board was told from outside to save power, or does not get enough of it."),
      nextStep: sentence("Check power supply, cables and the power limit of the rack."),
    },
  },
  {
    reasons: ["sw-power-cap"],
    title: (label) => sentence("GPU {0} works at its power limit", label),
    finding: {
      kind: "power-cap",
      severity: "information",
      explanation: sentence("Its clocks are held down to stay within the power limit. Under full load this is normal."),
      nextStep: sentence("Nothing need be done. An administrator can raise the limit with nvidia-smi --power-limit."),
    },
  },
];

/** Some drivers report the power cap of an idle GPU too, far below its limit. */
const NEAR_LIMIT = 0.8;

const throttling: Check = ({ throttleReasons, powerDrawW, powerLimitW }, label) => {
  const idle = powerDrawW !== undefined && powerLimitW !== undefined && powerDrawW < NEAR_LIMIT * powerLimitW;
  const told = throttleReasons?.filter((reason) => !(idle && reason === "sw-power-cap"));
  const words = THROTTLING.find(({ reasons }) => reasons.some((reason) => told?.includes(reason)));
  return words && { ...words.finding, title: words.title(label) };
};

const unreadable: Check = (gpu, label) =>
  hasAbsence(gpu, "error")
    ? {
        kind: "unreadable",
        severity: "warning",
        title: sentence("Some readings of GPU {0} fail", label),
        explanation: sentence(
          "The driver answers with an error where a value should be, often the first sign of a fault.",
        ),
        nextStep: sentence("Look for XID entries in the kernel log and at the GPU's recovery action."),
      }
    : undefined;

const mig: Check = ({ migEnabled }, label) =>
  migEnabled === true
    ? {
        kind: "mig",
        severity: "information",
        title: sentence("GPU {0} is divided by MIG", label),
        explanation: sentence("The driver does not report how busy a divided GPU or its parts are, only their memory."),
        nextStep: sentence("Nothing need be done. Use your program's own figures for utilization."),
        link: "https://github.com/NVIDIA/DCGM/issues/80",
      }
    : undefined;

const virtual: Check = ({ virtualizationMode, vgpuLicense, name }, label) => {
  const guest = virtualizationMode === "VGPU" || /^GRID |-\d{1,3}[ABCQ]$/.test(name ?? "");
  if (!guest) return undefined;
  if (/^Unlicensed/i.test(vgpuLicense ?? "")) {
    return {
      kind: "vgpu-license",
      severity: "warning",
      title: sentence("Virtual GPU {0} has no license", label),
      explanation: sentence("Without one it is slowed down after a while."),
      nextStep: sentence("Ask the administrator to set up the license server for this machine."),
    };
  }
  return {
    kind: "vgpu",
    severity: "information",
    title: sentence("GPU {0} is a virtual one", label),
    explanation: sentence("It is a share of a GPU of the host, which keeps temperature, power and clocks to itself."),
    nextStep: sentence("Nothing need be done."),
  };
};

const CHECKS: readonly Check[] = [
  lost,
  requiresReset,
  recovery,
  remapping,
  memoryErrors,
  fabric,
  throttling,
  unreadable,
  mig,
  virtual,
];

/** Everything found at one GPU. Memory in use with nothing running is no finding: programs hold memory between steps. */
export function findingsOf(gpu: Subject, label: string): readonly Finding[] {
  return CHECKS.flatMap((check) => check(gpu, label) ?? []);
}

function hasAbsence({ absent }: Subject, absence: Absence): boolean {
  return Object.values(absent).includes(absence);
}
