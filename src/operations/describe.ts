import type { Environment, PowerOperation } from "../core/environment.ts";
import { GpuDevError, isAbort, messageOf } from "../core/error.ts";
import { sentence, type Sentence } from "../core/sentence.ts";
import { UNMANAGED_OPERATIONS } from "../core/unmanaged.ts";
import type { OperationRecord } from "./record.ts";

/** What an environment is said to be doing until its platform says more. */
export const ACTIVITIES: Readonly<Record<PowerOperation, Sentence>> = {
  start: sentence("starting"),
  stop: sentence("stopping"),
  hibernate: sentence("hibernating"),
  restart: sentence("restarting"),
  delete: sentence("being deleted"),
  scale: sentence("being scaled"),
  extend: sentence("being extended"),
};

export const INTERRUPTED = sentence("It was interrupted. Finish goes on with it, Delete removes what was made.");

/** What went wrong, with what is left in the cloud. */
export function withRest(why: Sentence, rest: readonly Sentence[]): Sentence {
  return rest.reduce((text, left) => sentence("{0} Left behind: {1}", text, left), why);
}

/** The row of what is being made, until its platform lists it. */
export function placeholder({ id, providerId, name }: OperationRecord): Environment {
  return {
    id: `operation/${id}`,
    providerId,
    name,
    kind: sentence("New environment"),
    group: "",
    state: "transitioning",
    reach: "ssh",
    gpu: undefined,
    operations: UNMANAGED_OPERATIONS,
    billing: { kind: "unknown", reason: sentence("It is being made.") },
    tags: {},
  };
}

export function underWay(name: string): GpuDevError {
  return new GpuDevError("busy", sentence("Something is under way with {0} already. Wait for it.", name));
}

export function codeOf(error: unknown): GpuDevError["code"] {
  return error instanceof GpuDevError ? error.code : "unreadable-answer";
}

export function reasonOf(error: unknown): Sentence {
  if (error instanceof GpuDevError) return error.sentence;
  return isAbort(error) || error === undefined ? sentence("It was cancelled.") : sentence("{0}", messageOf(error));
}

export function stillRuns({ name }: Environment, error: unknown): Sentence {
  return sentence("{0} was made and costs money as it runs, but cannot be worked on yet: {1}", name, reasonOf(error));
}
