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

/** What something costs an hour. */
export interface Price {
  /** Above 0, in `currency`. */
  readonly perHour: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Where the figure comes from, e.g. "AWS Price List". */
  readonly source: Sentence;
  /** The day on which it was true: ISO 8601, "2026-11-01". */
  readonly date: string;
}

/**
 * What an environment costs as it stands. A machine that bills at a price nobody could tell is `billing` without a
 * price: it is never shown as free.
 */
export type Billing =
  | { readonly kind: "billing"; readonly price?: Price }
  /** The machine is off; its disks and addresses go on. */
  | { readonly kind: "storage-only"; readonly price?: Price }
  | { readonly kind: "nothing" }
  | { readonly kind: "unknown"; readonly reason: Sentence };

/** One more thing to know of an environment: a line of its tooltip. */
export interface Fact {
  readonly label: Sentence;
  /** A text is the platform's or its owner's: hostile until shown through `plainText`. */
  readonly value: string | Sentence | { readonly at: number };
}

export interface Alarm {
  readonly text: Sentence;
  /** Where to look and act: an https address of the platform. */
  readonly page?: string;
}

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
  /** More than the state says: what is being done, or the platform's own word for a state that we do not know. */
  readonly activity?: string | Sentence;
  /** By which kind of connection it is reached; decides which ways of opening it are offered. */
  readonly reach: Connection["kind"];
  /** What the platform says the machine has; absent where only the machine itself can tell. */
  readonly gpu: GpuSpec | undefined;
  readonly operations: Readonly<Record<PowerOperation, Availability>>;
  readonly billing: Billing;
  /** What it will cost once it is started; absent where it runs, or nobody could tell. */
  readonly priceWhenRunning?: Price;
  /** Whether the platform may take it back at any moment. */
  readonly interruptible?: boolean;
  /** Since when it runs, wall-clock milliseconds of the platform: what it has cost since then is computed. */
  readonly startedAt?: number;
  /** How far the clock of this computer is ahead of the platform's, by which `startedAt` is, where it is off. */
  readonly clockAheadMs?: number;
  /** The operation of this extension that made it, as the platform has it on record. */
  readonly operationId?: string;
  /** What its user is to be told without looking, as that it is stuck while it costs money. */
  readonly alarm?: Alarm;
  readonly facts?: readonly Fact[];
  readonly tags: Readonly<Record<string, string>>;
}

/** Whether asking the machine itself can give an answer. A stopped machine is not knocked on. */
export function canAnswer({ state }: Environment): boolean {
  return state === "running" || state === "unmanaged" || state === "unknown";
}

/** Every machine once, as the first of several accounts shows it. */
export function eachOnce(environments: readonly Environment[]): readonly Environment[] {
  const seen = new Set<string>();
  return environments.filter(({ id }) => !seen.has(id) && seen.add(id));
}
