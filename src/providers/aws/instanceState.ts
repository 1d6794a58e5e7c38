import type { Billing, LifecycleState, Price } from "../../core/environment.ts";
import { plainText } from "../../core/plainText.ts";
import { sentence } from "../../core/sentence.ts";
import type { Ec2Instance } from "./ec2Instance.ts";

type Stated = Pick<Ec2Instance, "state" | "stateReason">;

/** What remains listed for about an hour after it is gone, and costs nothing. */
export function isTerminated({ state }: Stated): boolean {
  return state === "terminated";
}

export function lifecycleOf({ state, stateReason }: Stated): LifecycleState {
  if (state === "stopped" && stateReason?.code === HIBERNATED) return "hibernated";
  return STATES.get(state ?? "") ?? "unknown";
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html */
const STATES: ReadonlyMap<string, LifecycleState> = new Map([
  ["running", "running"],
  ["stopped", "stopped"],
  ["pending", "transitioning"],
  ["stopping", "transitioning"],
  ["shutting-down", "transitioning"],
]);

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html */
const HIBERNATED = "Client.UserInitiatedHibernate";

/** What it costs in its state, for as much as is known. Whatever exists costs something: at least its disks. */
export function billingOf(instance: Stated, prices: { readonly compute?: Price; readonly storage?: Price }): Billing {
  const state = lifecycleOf(instance);
  // A stopping machine that hibernates bills until it is off, and until then nobody can tell it from another.
  if (state === "running" || state === "transitioning") {
    return { kind: "billing", ...(prices.compute ? { price: prices.compute } : {}) };
  }
  if (state === "stopped" || state === "hibernated") {
    return { kind: "storage-only", ...(prices.storage ? { price: prices.storage } : {}) };
  }
  return {
    kind: "unknown",
    reason: sentence(
      'AWS reports the state "{0}", which is not known here: it may be billing.',
      plainText(instance.state ?? "", 64),
    ),
  };
}
