import { sentence } from "../core/sentence.ts";
import type { Xid } from "./xid.ts";

const APP = sentence("Start the program again. If it happens again with another program too, update the driver.");
const DEBUG = sentence(
  "Look for the mistake in the program: run it under compute-sanitizer, or a framework with blocking launches.",
);
const UPDATE = sentence("Update the driver. If it happens again, report it to NVIDIA with nvidia-bug-report.sh.");
const BEFORE = sentence("Look at the entry just before this one; if there is none, the program was only ended.");
const RESET = sentence(
  "Stop what runs on the GPU and reset it (nvidia-smi --gpu-reset), or restart the machine. Then update the driver.",
);
const SAYS = sentence("Do what the line says, and look at the entry just before it for the reason.");

/** What usually lies with a program, the driver or the machine around the GPU. */
export const SOFTWARE_XIDS: readonly Omit<Xid, "link">[] = [
  {
    code: 8,
    mnemonic: "ROBUST_CHANNEL_FIFO_ERROR_IDLE_TIMEOUT",
    fault: "application",
    severity: "warning",
    nextStep: APP,
    meaning: sentence("The GPU took too long over a piece of work and the driver gave it up."),
  },
  {
    code: 13,
    mnemonic: "ROBUST_CHANNEL_GR_EXCEPTION",
    fault: "application",
    severity: "information",
    nextStep: DEBUG,
    meaning: sentence("A program did something the GPU refuses, most often reading past the end of an array."),
  },
  {
    code: 31,
    mnemonic: "ROBUST_CHANNEL_FIFO_ERROR_MMU_ERR_FLT",
    fault: "application",
    severity: "information",
    nextStep: DEBUG,
    meaning: sentence("A program used a memory address of the GPU that does not belong to it."),
  },
  {
    code: 32,
    mnemonic: "ROBUST_CHANNEL_PBDMA_ERROR",
    fault: "driver",
    severity: "warning",
    nextStep: APP,
    meaning: sentence("Commands arrived at the GPU damaged, often because of a bad PCI Express connection."),
  },
  {
    code: 38,
    mnemonic: "ROBUST_CHANNEL_FECS_ERR_WATCHDOG_TIMEOUT",
    fault: "driver",
    severity: "warning",
    nextStep: UPDATE,
    meaning: sentence("Firmware that the driver runs on the GPU did not finish in time."),
  },
  {
    code: 43,
    mnemonic: "ROBUST_CHANNEL_RESETCHANNEL_VERIF_ERROR",
    fault: "application",
    severity: "information",
    nextStep: DEBUG,
    meaning: sentence("A program ran into an error of its own and was ended. The GPU itself is fine."),
  },
  {
    code: 44,
    mnemonic: "ROBUST_CHANNEL_GR_FAULT_DURING_CTXSW",
    fault: "driver",
    severity: "warning",
    nextStep: UPDATE,
    meaning: sentence("The GPU failed while it switched from one program to another."),
  },
  {
    code: 45,
    mnemonic: "ROBUST_CHANNEL_PREEMPTIVE_REMOVAL",
    fault: "application",
    severity: "information",
    nextStep: BEFORE,
    meaning: sentence(
      "A program's work was removed from the GPU, because it was ended or because of an error reported just before.",
    ),
  },
  {
    code: 46,
    mnemonic: "ROBUST_CHANNEL_GPU_TIMEOUT_ERROR",
    fault: "driver",
    severity: "critical",
    nextStep: RESET,
    meaning: sentence("The GPU stopped working on its commands."),
  },
  {
    code: 56,
    mnemonic: "DISPLAY_CHANNEL_EXCEPTION",
    fault: "driver",
    severity: "warning",
    nextStep: UPDATE,
    meaning: sentence("The part of the GPU that draws the screen failed."),
  },
  {
    code: 61,
    mnemonic: "PMU_BREAKPOINT",
    fault: "driver",
    severity: "warning",
    nextStep: UPDATE,
    meaning: sentence(
      "The small processor that manages the GPU's power stopped for a moment, seen with older drivers.",
    ),
  },
  {
    code: 62,
    mnemonic: "PMU_HALT_ERROR",
    fault: "driver",
    severity: "critical",
    nextStep: RESET,
    meaning: sentence("The small processor that manages the GPU's power has stopped."),
  },
  {
    code: 68,
    mnemonic: "ROBUST_CHANNEL_NVDEC0_ERROR",
    fault: "application",
    severity: "warning",
    nextStep: APP,
    meaning: sentence("The video decoder failed on what it was given."),
  },
  {
    code: 69,
    mnemonic: "ROBUST_CHANNEL_GR_CLASS_ERROR",
    fault: "application",
    severity: "information",
    nextStep: DEBUG,
    meaning: sentence("A program gave the graphics engine a command that it does not take."),
  },
  {
    code: 78,
    mnemonic: "VGPU_START_ERROR",
    fault: "system",
    severity: "critical",
    nextStep: UPDATE,
    meaning: sentence("A virtual GPU could not be started. The driver of the guest may not fit that of the host."),
  },
  {
    code: 109,
    mnemonic: "ROBUST_CHANNEL_CTXSW_TIMEOUT_ERROR",
    fault: "driver",
    severity: "critical",
    nextStep: RESET,
    meaning: sentence("The GPU did not manage to switch from one program to another in time."),
  },
  {
    code: 119,
    mnemonic: "GSP_RPC_TIMEOUT",
    fault: "driver",
    severity: "critical",
    nextStep: RESET,
    meaning: sentence("The processor on the GPU that does the driver's work does not answer."),
  },
  {
    code: 120,
    mnemonic: "GSP_ERROR",
    fault: "driver",
    severity: "critical",
    nextStep: RESET,
    meaning: sentence("The processor on the GPU that does the driver's work failed."),
  },
  {
    code: 122,
    mnemonic: "SPI_PMU_RPC_READ_FAIL",
    fault: "driver",
    severity: "warning",
    nextStep: UPDATE,
    meaning: sentence("The driver could not read the board's permanent memory."),
  },
  {
    code: 123,
    mnemonic: "SPI_PMU_RPC_WRITE_FAIL",
    fault: "driver",
    severity: "warning",
    nextStep: UPDATE,
    meaning: sentence("The driver could not write the board's permanent memory."),
  },
  {
    code: 137,
    mnemonic: "NVLINK_PRIV_ERR",
    fault: "application",
    severity: "information",
    nextStep: DEBUG,
    meaning: sentence("A program used memory of another GPU over NVLink that it may not use."),
  },
  {
    code: 154,
    mnemonic: "GPU_RECOVERY_ACTION_CHANGED",
    fault: "driver",
    severity: "warning",
    nextStep: SAYS,
    meaning: sentence("The driver has changed what it recommends for this GPU; the line of the log says to what."),
  },
];
