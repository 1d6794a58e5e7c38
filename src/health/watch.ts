import type { Disposable, Event } from "../core/event.ts";
import type { GpuDevError } from "../core/error.ts";
import type { GpuSpec } from "../core/environment.ts";
import type { XidEvent } from "../gpu/kernelLog.ts";
import type { GpuProblem } from "../gpu/problem.ts";
import type { GpuProcess, GpuSample } from "../gpu/reading.ts";
import type { GpuDetails } from "../gpu/details.ts";
import type { GpuIdentity } from "../gpu/identity.ts";
import type { Interruption } from "./interruptions.ts";

/** What is known of an environment's GPUs, and how fresh it is. A value: replaced whole. */
export type Watch =
  /** Nothing looks. What was last seen stays, with its age. */
  | { readonly kind: "idle"; readonly last?: GpuSample }
  | { readonly kind: "connecting"; readonly last?: GpuSample }
  | { readonly kind: "live"; readonly last: GpuSample }
  /** It answers, but has no GPU to read: no driver, no nvidia-smi, not a shell. */
  | { readonly kind: "no-reading"; readonly error: GpuDevError; readonly last?: GpuSample; readonly retryAt: number }
  /** It does not answer. `retryAt` absent: retrying waits for the user (host key, passphrase, password). */
  | { readonly kind: "unreachable"; readonly error: GpuDevError; readonly last?: GpuSample; readonly retryAt?: number };

/**
 * glance: a reading a minute, for a collapsed row of a visible tree.
 * stream: a reading every two seconds, for an expanded row or the status bar.
 * detail: as stream, with processes and the full `-q -x` report as well, for the health panel.
 */
export type Interest = "glance" | "stream" | "detail";

/** Everything the health panel shows of one host beside the gauges. */
export interface HostDetail {
  /** Undefined until they were read. */
  readonly processes?: readonly GpuProcess[];
  /** Why the list of processes is missing or incomplete. */
  readonly processesNote?: GpuDevError | undefined;
  readonly details?: GpuDetails;
  readonly detailsNote?: GpuDevError | undefined;
  /** The driver's XID reports, newest first. */
  readonly kernelLog?: readonly XidEvent[];
  /** Why the kernel log could not be read: mostly for want of permission. */
  readonly kernelLogNote?: GpuDevError | undefined;
}

/** The one service that views and panels ask for health. */
export interface Health {
  /** Starts or intensifies sampling until disposed; the strongest interest of all holders wins. */
  show(environmentId: string, interest: Interest): Disposable;
  watch(environmentId: string): Watch;
  history(environmentId: string): GpuHistory | undefined;
  detail(environmentId: string): HostDetail | undefined;
  problems(environmentId: string): readonly GpuProblem[];
  /** The GPUs last seen there, also in earlier sessions of the editor. */
  lastSpec(environmentId: string): GpuSpec | undefined;
  /** How the last session there was made, for diagnostics: see `Session.transport`. */
  transport(environmentId: string): string | undefined;
  /** That the platform is about to take it back; undefined where nothing of the kind is known. */
  interruption(environmentId: string): Interruption | undefined;
  /** Opens the session interactively: may ask for a host key, a passphrase, a password. */
  reconnect(environmentId: string, signal: AbortSignal): Promise<void>;
  /** What waits for its next try, there or anywhere, is tried now, in the background, as far as somebody looks. */
  tryAgain(environmentId?: string): void;
  /** The id of the environment whose watch, detail, problems or interruption changed. */
  readonly onDidChange: Event<string>;
}

/** The last hour of one host, in steps. */
export interface GpuHistory {
  /** Milliseconds between two points. */
  readonly stepMs: number;
  /** Those seen in that hour, also where the last answer lacks them. */
  readonly gpus: readonly SeenGpu[];
  series(gpuKey: string, gauge: HistoryGauge): HistorySeries;
}

export interface SeenGpu extends GpuIdentity {
  /** UUID where there is one, else bus id or index. */
  readonly key: string;
}

export type HistoryGauge = "utilizationPercent" | "memoryUsedMiB" | "temperatureC" | "powerDrawW" | "smClockMHz";

export interface HistorySeries {
  /** Wall-clock milliseconds of the first point. */
  readonly startMs: number;
  /** One value a step; `undefined` where nothing was measured. */
  readonly values: readonly (number | undefined)[];
}
