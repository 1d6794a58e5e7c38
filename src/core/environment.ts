import type { Connection } from "./connection.ts";
import type { Sentence } from "./sentence.ts";

/** `unmanaged`: nobody reports a power state, as for a plain SSH host; whether it answers is a matter of health. */
export type LifecycleState =
  "running" | "stopped" | "hibernated" | "transitioning" | "queued" | "failed" | "unknown" | "unmanaged";

export type PowerOperation = "start" | "stop" | "hibernate" | "restart" | "delete" | "scale" | "extend";

/** Whether an operation can be done at this moment and, if not, the reason in words. */
export type Availability = { readonly available: true } | { readonly available: false; readonly reason: Sentence };

export interface GpuSpec {
  /** As the driver names it, e.g. "NVIDIA H100 80GB HBM3". */
  readonly model: string;
  readonly count: number;
  readonly memoryMiBPerGpu?: number;
}

/** What an environment costs as it stands. Money is in `currency` (ISO 4217) per hour. */
export type Billing =
  | {
      readonly kind: "billing";
      readonly perHour: number;
      readonly currency: string;
      readonly source: string;
      readonly date: string;
    }
  | {
      readonly kind: "storage-only";
      readonly perHour: number;
      readonly currency: string;
      readonly source: string;
      readonly date: string;
    }
  | { readonly kind: "nothing" }
  | { readonly kind: "unknown"; readonly reason: Sentence };

/** Anything a developer holds GPUs through. A value: replaced whole, never changed. */
export interface Environment {
  /** provider/account/region/resource: unique, stable across refreshes and reloads. */
  readonly id: string;
  readonly providerId: string;
  /** As its owner named it: hostile text until shown through `plainText`. */
  readonly name: string;
  /** Shown: "SSH host", "This machine", "Azure VM", … */
  readonly kind: Sentence;
  /** Where it lives: a subscription and resource group, an account and region, a configuration file; empty: here. */
  readonly group: string;
  readonly state: LifecycleState;
  /** By which kind of connection it is reached; decides which ways of opening it are offered. */
  readonly reach: Connection["kind"];
  /** What the platform says the machine has; absent where only the machine itself can tell. */
  readonly gpu: GpuSpec | undefined;
  readonly operations: Readonly<Record<PowerOperation, Availability>>;
  readonly billing: Billing;
  readonly tags: Readonly<Record<string, string>>;
}
