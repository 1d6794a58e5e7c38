import type { Environment } from "../../src/core/environment.ts";
import { sentence } from "../../src/core/sentence.ts";
import { UNMANAGED_BILLING, UNMANAGED_OPERATIONS } from "../../src/core/unmanaged.ts";

/** An ordinary SSH host; a test says only what matters to it. */
export function anEnvironment(differing: Partial<Environment> = {}): Environment {
  return {
    id: "ssh/config/trainer",
    providerId: "ssh",
    name: "trainer",
    kind: sentence("SSH host"),
    group: "~/.ssh/config",
    state: "unmanaged",
    reach: "ssh",
    gpu: undefined,
    operations: UNMANAGED_OPERATIONS,
    billing: UNMANAGED_BILLING,
    tags: {},
    ...differing,
  };
}
