import type { OperationContext } from "../../../core/provider.ts";
import type { ProvisioningDependencies } from "./dependencies.ts";
import type { LaunchSpec } from "./launchSpec.ts";

/** One operation on its way. */
export interface Run
  extends
    Pick<ProvisioningDependencies, "clients" | "keys" | "clock" | "wait">,
    Pick<OperationContext, "signal" | "report" | "steps"> {
  readonly operationId: string;
}

/** One that knows what it is to make. */
export interface LaunchRun extends Run {
  readonly spec: LaunchSpec;
}

/**
 * What a run writes down. Names and what is asked for stand there before the request that makes it, ids after it: a
 * name without its id is something that may or may not exist.
 */
export const STEP = {
  /** A LaunchSpec as JSON. */
  spec: "spec",
  /** The name of the key pair, before its file and it are made. */
  keyName: "keyName",
  /** The public half, once the private one is on the disk. */
  publicKey: "publicKey",
  keyReady: "keyReady",
  groupName: "groupName",
  groupId: "groupId",
  groupReady: "groupReady",
  /** Where a launch is under way; empty: every zone has refused. */
  zone: "zone",
  instanceId: "instanceId",
} as const;

/** How long AWS's lists may lack what was made a moment ago, and a request that was given up may still arrive. */
export const LIST_LAG_MS = 60_000;
