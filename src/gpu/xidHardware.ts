import { sentence } from "../core/sentence.ts";
import type { Xid } from "./xid.ts";

const RESET_THEN_VENDOR = sentence(
  "Stop what runs on the GPU and reset it, or restart the machine. If it returns, have the vendor check it.",
);
const VENDOR = sentence("Restart the machine. If it returns, have the hardware vendor check the GPU.");
const RESET_LATER = sentence("Go on working. Reset the GPU, or restart the machine, when it suits you.");
const REBOOT = sentence("Restart the machine. If it returns, have power supply, seating and cables checked.");
const WATCH = sentence(
  "Keep an eye on it and save your work often. If the count grows, have the vendor check the GPU.",
);
const COLD = sentence(
  "Undo recent changes to the hardware and switch the machine fully off and on. If it returns, ask the vendor.",
);
const NVLINK = sentence(
  "Look at the recovery action of this GPU and at nvidia-smi nvlink -e; reset the GPU if programs fail.",
);

/** What usually lies with the GPU, its memory or its connections. */
export const HARDWARE_XIDS: readonly Omit<Xid, "link">[] = [
  {
    code: 48,
    mnemonic: "ROBUST_CHANNEL_GPU_ECC_DBE",
    fault: "hardware",
    severity: "critical",
    nextStep: RESET_THEN_VENDOR,
    meaning: sentence(
      "The GPU's memory had an error that could not be corrected. What ran at that moment may have wrong results.",
    ),
  },
  {
    code: 57,
    mnemonic: "FB_LINK_TRAINING_FAILURE_ERROR",
    fault: "hardware",
    severity: "critical",
    nextStep: VENDOR,
    meaning: sentence("The connection between the GPU and its own memory could not be set up."),
  },
  {
    code: 58,
    mnemonic: "FB_MEMORY_ERROR",
    fault: "hardware",
    severity: "critical",
    nextStep: VENDOR,
    meaning: sentence("The GPU's memory is unstable."),
  },
  {
    code: 63,
    mnemonic: "INFOROM_DRAM_RETIREMENT_EVENT",
    fault: "hardware",
    severity: "information",
    nextStep: RESET_LATER,
    meaning: sentence("A worn piece of the GPU's memory was replaced by a spare one. This repair worked."),
  },
  {
    code: 64,
    mnemonic: "INFOROM_DRAM_RETIREMENT_FAILURE",
    fault: "hardware",
    severity: "critical",
    nextStep: RESET_THEN_VENDOR,
    meaning: sentence("A worn piece of the GPU's memory could not be replaced by a spare one."),
  },
  {
    code: 74,
    mnemonic: "NVLINK_ERROR",
    fault: "hardware",
    severity: "critical",
    nextStep: RESET_THEN_VENDOR,
    meaning: sentence("A connection to another GPU over NVLink failed, here or at the far end."),
  },
  {
    code: 79,
    mnemonic: "ROBUST_CHANNEL_GPU_HAS_FALLEN_OFF_THE_BUS",
    fault: "hardware",
    severity: "critical",
    nextStep: REBOOT,
    meaning: sentence("The driver cannot reach the GPU over PCI Express any more."),
  },
  {
    code: 92,
    mnemonic: "EXCESSIVE_SBE_INTERRUPTS",
    fault: "hardware",
    severity: "warning",
    nextStep: WATCH,
    meaning: sentence("The GPU's memory corrects unusually many errors. Nothing is lost so far."),
  },
  {
    code: 94,
    mnemonic: "ROBUST_CHANNEL_CONTAINED_ERROR",
    fault: "hardware",
    severity: "warning",
    nextStep: RESET_LATER,
    meaning: sentence("A memory error hit one program, which was ended. Other programs were not affected."),
  },
  {
    code: 95,
    mnemonic: "ROBUST_CHANNEL_UNCONTAINED_ERROR",
    fault: "hardware",
    severity: "critical",
    nextStep: RESET_THEN_VENDOR,
    meaning: sentence("A memory error may have hit every program on this GPU."),
  },
  {
    code: 110,
    mnemonic: "SEC_FAULT_ERROR",
    fault: "hardware",
    severity: "critical",
    nextStep: COLD,
    meaning: sentence("A security check inside the GPU failed, which is rare unless a part is broken."),
  },
  {
    code: 121,
    mnemonic: "C2C_ERROR",
    fault: "hardware",
    severity: "information",
    nextStep: RESET_LATER,
    meaning: sentence("The connection between the GPU and its Grace processor corrected errors. Nothing was lost."),
  },
  {
    code: 140,
    mnemonic: "UNRECOVERABLE_ECC_ERROR_ESCAPE",
    fault: "hardware",
    severity: "critical",
    nextStep: RESET_THEN_VENDOR,
    meaning: sentence("A memory error could not be corrected and kept the driver from setting the bad memory aside."),
  },
  {
    code: 143,
    mnemonic: "GPU_INIT_ERROR",
    fault: "hardware",
    severity: "critical",
    nextStep: RESET_THEN_VENDOR,
    meaning: sentence("The GPU could not be started."),
  },
  {
    code: 144,
    mnemonic: "NVLINK_SAW_ERROR",
    fault: "hardware",
    severity: "warning",
    nextStep: NVLINK,
    meaning: sentence("An NVLink connection reports an error in its SAW unit."),
  },
  {
    code: 145,
    mnemonic: "NVLINK_RLW_ERROR",
    fault: "hardware",
    severity: "warning",
    nextStep: NVLINK,
    meaning: sentence("An NVLink connection reports an error in its RLW unit."),
  },
  {
    code: 146,
    mnemonic: "NVLINK_TLW_ERROR",
    fault: "hardware",
    severity: "warning",
    nextStep: NVLINK,
    meaning: sentence("An NVLink connection reports an error in its TLW unit."),
  },
  {
    code: 147,
    mnemonic: "NVLINK_TREX_ERROR",
    fault: "hardware",
    severity: "warning",
    nextStep: NVLINK,
    meaning: sentence("An NVLink connection reports an error in its TREX unit."),
  },
  {
    code: 148,
    mnemonic: "NVLINK_NVLPW_CTRL_ERROR",
    fault: "hardware",
    severity: "warning",
    nextStep: NVLINK,
    meaning: sentence("An NVLink connection reports an error in its NVLPW unit."),
  },
  {
    code: 149,
    mnemonic: "NVLINK_NETIR_ERROR",
    fault: "hardware",
    severity: "warning",
    nextStep: NVLINK,
    meaning: sentence("An NVLink connection reports an error in its NETIR unit, which watches the line itself."),
  },
  {
    code: 150,
    mnemonic: "NVLINK_MSE_ERROR",
    fault: "hardware",
    severity: "warning",
    nextStep: NVLINK,
    meaning: sentence("An NVLink connection reports an error in its MSE unit."),
  },
];
