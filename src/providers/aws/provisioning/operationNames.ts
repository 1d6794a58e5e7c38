import { createHash } from "node:crypto";
import { SSH_USER_TAG } from "../connection.ts";
import { OWNER_TAG } from "../filter.ts";
import { OPERATION_TAG } from "../instances.ts";

/** Our tags on everything that is made: they find it again, also where no journal is left. */
export const TAG = {
  owner: OWNER_TAG,
  operation: OPERATION_TAG,
  extension: "gpu-dev:extension",
  createdAt: "gpu-dev:created-at",
  maxHours: "gpu-dev:max-hours",
  sshUser: SSH_USER_TAG,
} as const;

/** The value of the tag `gpu-dev:extension`. */
export const EXTENSION_NAME = "gpu-dev-environments";

/** What key pair and security group of an operation are called, and the file of its key: [a-z0-9-]. */
export function resourceName(operationId: string): string {
  const isPlain = /^[a-z0-9-]{8,48}$/.test(operationId);
  return `gpu-dev-${isPlain ? operationId : hash(operationId).slice(0, 32)}`;
}

/**
 * The ClientToken of a launch. It holds what varies between the attempts of one operation, the zone: the same token
 * with other parameters is refused. At most 64 ASCII characters.
 * https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
export function launchToken(operationId: string, zone: string): string {
  return `gpu-dev-${hash(`${operationId}\n${zone}`).slice(0, 48)}`;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
