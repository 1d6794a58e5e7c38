import type { Availability, Billing, Environment, PowerOperation } from "./environment.ts";
import { GpuDevError } from "./error.ts";
import { sentence } from "./sentence.ts";

const NOT_MANAGED = sentence("This host is not managed by a cloud account.");
const UNAVAILABLE: Availability = { available: false, reason: NOT_MANAGED };

/** Somebody pays for it, but nobody tells how much. */
export const UNMANAGED_BILLING: Billing = { kind: "unknown", reason: NOT_MANAGED };

/** The operations of a machine that no cloud account manages: none, each with the reason. */
export const UNMANAGED_OPERATIONS: Readonly<Record<PowerOperation, Availability>> = {
  start: UNAVAILABLE,
  stop: UNAVAILABLE,
  hibernate: UNAVAILABLE,
  restart: UNAVAILABLE,
  delete: UNAVAILABLE,
  scale: UNAVAILABLE,
  extend: UNAVAILABLE,
};

/** What every unmanaged machine answers to an operation. */
export function refuseOperation(environment: Environment): Promise<never> {
  return Promise.reject(
    new GpuDevError(
      "unsupported",
      sentence("{0} was left as it is: it is not managed by a cloud account.", environment.name),
    ),
  );
}
