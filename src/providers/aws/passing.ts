import { GpuDevError, type ErrorCode } from "../../core/error.ts";

/** Failures after which nobody knows whether AWS has acted. */
const LOST: ReadonlySet<ErrorCode> = new Set(["timeout", "unreachable", "unreadable-answer"]);

/** Failures that say nothing of the machine, and may be over at the next question. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([...LOST, "throttled", "authentication", "clock"]);

export function isLost(error: unknown): boolean {
  return error instanceof GpuDevError && LOST.has(error.code);
}

export function isPassing(error: unknown): error is GpuDevError {
  return error instanceof GpuDevError && PASSING.has(error.code);
}
