import type { ErrorCode } from "../core/error.ts";
import type { LifecycleState } from "../core/environment.ts";
import { plainText } from "../core/plainText.ts";
import { sentence, type Sentence } from "../core/sentence.ts";
import type { Severity } from "../gpu/problem.ts";
import type { Absence, ThrottleReason } from "../gpu/reading.ts";
import type { Localize } from "./labels.ts";

const LONGEST_SENTENCE = 1_000;

/** A sentence as one line of display text. Its values may come from a remote, so the result is cleaned as a whole. */
export function tell(localize: Localize, told: Sentence): string {
  return plainText(localize(told), LONGEST_SENTENCE);
}

export const ABSENCE_REASONS: Record<Absence, Sentence> = {
  "not-supported": sentence("not supported by this GPU"),
  error: sentence("the driver reports an error instead"),
  "no-permission": sentence("needs more rights on the host"),
  lost: sentence("the GPU is lost"),
  "requires-reset": sentence("the GPU needs a reset"),
  deprecated: sentence("no longer reported by this driver"),
};

/** https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html */
export const THROTTLE_REASONS: Record<ThrottleReason, Sentence> = {
  "gpu-idle": sentence("idle"),
  "applications-clocks": sentence("application clocks setting"),
  "sw-power-cap": sentence("power limit"),
  "hw-slowdown": sentence("hardware slowdown"),
  "hw-thermal-slowdown": sentence("too hot (hardware)"),
  "hw-power-brake": sentence("power brake"),
  "sw-thermal-slowdown": sentence("too hot (driver)"),
  "sync-boost": sentence("sync boost"),
  "display-clocks": sentence("display clocks setting"),
};

export const SEVERITIES: Record<Severity, Sentence> = {
  critical: sentence("Critical"),
  warning: sentence("Warning"),
  information: sentence("Information"),
};

/** Most severe first. */
export const SEVERITY_ORDER: readonly Severity[] = ["critical", "warning", "information"];

export const STATES: Record<Exclude<LifecycleState, "running" | "unmanaged">, Sentence> = {
  stopped: sentence("Stopped"),
  hibernated: sentence("Hibernated"),
  transitioning: sentence("Changing state…"),
  queued: sentence("Queued"),
  failed: sentence("Failed"),
  unknown: sentence("Unknown state"),
};

/** How a failure is called in a few words, and the way out. The error's own sentence says what happened. */
export const TROUBLES: Record<ErrorCode, { readonly title: Sentence; readonly nextStep: Sentence }> = {
  unreachable: {
    title: sentence("Unreachable"),
    nextStep: sentence("Check that the machine is on and that your network or VPN reaches it, then reconnect."),
  },
  timeout: {
    title: sentence("No answer in time"),
    nextStep: sentence("The machine or the network may be overloaded. Reconnect, or look at it in a terminal."),
  },
  "host-key-unknown": {
    title: sentence("Host key not confirmed"),
    nextStep: sentence("Reconnect to see the fingerprint of its key and decide whether to trust it."),
  },
  "host-key-changed": {
    title: sentence("Host key changed"),
    nextStep: sentence(
      "Ask whoever runs the machine whether it was reinstalled and compare the fingerprint. Only then choose Trust Changed Host Key.",
    ),
  },
  authentication: {
    title: sentence("Sign-in needed"),
    nextStep: sentence("Reconnect to enter a passphrase or password, or check which key the machine accepts."),
  },
  configuration: {
    title: sentence("Configuration problem"),
    nextStep: sentence("Correct what the message names, mostly the SSH configuration of this host, then reconnect."),
  },
  "missing-tool": {
    title: sentence("Tool missing"),
    nextStep: sentence("Install the missing tool, or add its folder to the search path, then reconnect."),
  },
  "no-driver": {
    title: sentence("No NVIDIA driver"),
    nextStep: sentence("Install NVIDIA's driver on the host if it has a GPU; otherwise hide the host."),
  },
  "remote-command": {
    title: sentence("Command failed"),
    nextStep: sentence("Open a terminal on the host and run nvidia-smi to see what it says."),
  },
  "no-gpu": {
    title: sentence("No GPU found"),
    nextStep: sentence("If there should be one, open a terminal and check with lspci whether the machine sees it."),
  },
  driver: {
    title: sentence("Driver problem"),
    nextStep: sentence("Often a reboot loads the matching driver. Otherwise reinstall the NVIDIA driver on the host."),
  },
  "unreadable-answer": {
    title: sentence("Unreadable answer"),
    nextStep: sentence("Open a terminal on the host and run nvidia-smi; a login script may print into its output."),
  },
  unsupported: {
    title: sentence("Not supported"),
    nextStep: sentence("This host cannot be read. Its terminal still works."),
  },
  permission: {
    title: sentence("Not permitted"),
    nextStep: sentence("Ask whoever runs the machine or its account for the right that is missing."),
  },
  storage: {
    title: sentence("Storage problem"),
    nextStep: sentence("Check free space and permissions on this computer, then reconnect."),
  },
  busy: {
    title: sentence("In use by another window"),
    nextStep: sentence("Another window is at work on this host. Wait for it, then reconnect."),
  },
  quota: {
    title: sentence("Quota reached"),
    nextStep: sentence("Ask for a higher quota, or choose a smaller machine or another region."),
  },
  capacity: {
    title: sentence("No capacity"),
    nextStep: sentence("Try again later, or choose another size or zone."),
  },
  throttled: {
    title: sentence("Asked to wait"),
    nextStep: sentence("The cloud limits how often it may be asked. It is asked again by itself."),
  },
  "not-found": {
    title: sentence("Not found"),
    nextStep: sentence("Refresh the view: it may have been deleted."),
  },
  conflict: {
    title: sentence("Changed meanwhile"),
    nextStep: sentence("Refresh the view and look at its state before you try again."),
  },
  "invalid-request": {
    title: sentence("Refused"),
    nextStep: sentence("The message says what the cloud did not accept."),
  },
  clock: {
    title: sentence("Clock is wrong"),
    nextStep: sentence("Set the clock of this computer; a signature is valid for a few minutes only."),
  },
};
