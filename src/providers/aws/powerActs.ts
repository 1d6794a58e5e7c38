import { GpuDevError, type ErrorCode } from "../../core/error.ts";
import { plainText } from "../../core/plainText.ts";
import { sentence, type Sentence } from "../../core/sentence.ts";
import type { Ec2Instance } from "./ec2Instance.ts";
import { tell } from "./errors.ts";
import { isTerminated, lifecycleOf } from "./instanceState.ts";
import type { AwsCommand } from "./sending.ts";

/** The operations that EC2 does. */
export type PowerAct = "start" | "stop" | "hibernate" | "restart" | "delete";

/** Whether an instance is where an operation brings it. */
export type Verdict = { readonly kind: "waiting" | "done" } | { readonly kind: "failed"; readonly error: GpuDevError };

export interface Act {
  readonly command: (instanceId: string) => Promise<AwsCommand<unknown>>;
  /** Whether asking twice does it twice. */
  readonly isOnce?: boolean;
  readonly failure: (name: string) => Sentence;
  /** What there is after a refusal. */
  readonly left: Sentence;
  /** `hasMoved`: whether what AWS reports can no longer be the state before it was asked. */
  readonly judge: (instance: Ec2Instance, name: string, hasMoved: boolean) => Verdict;
  /** Far beyond what it takes, large machines included. */
  readonly deadlineMs: number;
}

const WAITING: Verdict = { kind: "waiting" };
const DONE: Verdict = { kind: "done" };
const MINUTE_MS = 60_000;

export const ACTS: Readonly<Record<PowerAct, Act>> = {
  start: {
    command: async (id) => new (await sdk()).StartInstancesCommand({ InstanceIds: [id] }),
    failure: (name) => sentence("{0} could not be started", name),
    left: sentence("The machine and its disks are kept as they were."),
    judge: judgeStart,
    deadlineMs: 15 * MINUTE_MS,
  },
  stop: {
    command: async (id) => new (await sdk()).StopInstancesCommand({ InstanceIds: [id] }),
    failure: (name) => sentence("{0} could not be stopped", name),
    left: sentence("It goes on as it was, and goes on billing."),
    judge: (instance, name) => gone(instance, name) ?? (instance.state === "stopped" ? DONE : WAITING),
    deadlineMs: 15 * MINUTE_MS,
  },
  hibernate: {
    command: async (id) => new (await sdk()).StopInstancesCommand({ InstanceIds: [id], Hibernate: true }),
    failure: (name) => sentence("{0} could not be hibernated", name),
    left: sentence("It goes on as it was, and goes on billing. Stop keeps the disks and loses what is in memory."),
    judge: judgeHibernation,
    deadlineMs: 20 * MINUTE_MS,
  },
  restart: {
    command: async (id) => new (await sdk()).RebootInstancesCommand({ InstanceIds: [id] }),
    isOnce: true,
    failure: (name) => sentence("{0} could not be restarted", name),
    left: sentence("It goes on as it was."),
    judge: (instance, name) => gone(instance, name) ?? (instance.state === "running" ? DONE : WAITING),
    deadlineMs: 15 * MINUTE_MS,
  },
  delete: {
    command: async (id) => new (await sdk()).TerminateInstancesCommand({ InstanceIds: [id] }),
    failure: (name) => sentence("{0} could not be deleted", name),
    left: sentence("It still exists, with all its disks."),
    judge: (instance) => (isTerminated(instance) ? DONE : WAITING),
    deadlineMs: 15 * MINUTE_MS,
  },
};

function sdk() {
  return import("./sdk/ec2.ts");
}

/** A start that AWS accepts may still end in a stop, whose reason is AWS's and not the user's. */
function judgeStart(instance: Ec2Instance, name: string, hasMoved: boolean): Verdict {
  if (instance.state === "running") return DONE;
  const { stateReason } = instance;
  // Before it has moved, what is read may be the state before the start.
  const isBack = hasMoved && instance.state === "stopped" && stateReason?.code.startsWith("Server.") === true;
  if (!isBack) return gone(instance, name) ?? WAITING;
  const code = stateReason.code.includes("InsufficientInstanceCapacity") ? "capacity" : "conflict";
  return failed(code, ACTS.start, { name, instance });
}

function judgeHibernation(instance: Ec2Instance, name: string): Verdict {
  if (instance.state !== "stopped") return gone(instance, name) ?? WAITING;
  if (lifecycleOf(instance) === "hibernated") return DONE;
  const error = new GpuDevError(
    "conflict",
    sentence(
      "{0} was stopped instead of hibernated ({1}). Its disks are kept; what was in memory is lost.",
      name,
      reasonOf(instance),
    ),
  );
  return { kind: "failed", error };
}

/** What somebody, or AWS, deleted meanwhile comes to no other state. */
function gone(instance: Ec2Instance, name: string): Verdict | undefined {
  if (!isTerminated(instance) && instance.state !== "shutting-down") return undefined;
  const reason = sentence("It was deleted meanwhile ({0}).", reasonOf(instance));
  return { kind: "failed", error: new GpuDevError("not-found", sentence("{0}: {1}", name, reason)) };
}

function failed(
  code: ErrorCode,
  { failure, left }: Act,
  { name, instance }: { readonly name: string; readonly instance: Ec2Instance },
): Verdict {
  const reason =
    code === "capacity"
      ? sentence(
          "AWS has no capacity left for {0} in {1} at the moment. Try again later.",
          instance.instanceType ?? sentence("this instance type"),
          instance.zone ?? "AWS",
        )
      : sentence("AWS stopped it again ({0}).", reasonOf(instance));
  return { kind: "failed", error: new GpuDevError(code, tell({ failure: failure(name), left }, reason)) };
}

function reasonOf({ stateReason }: Ec2Instance): string | Sentence {
  if (!stateReason) return sentence("without a reason");
  return plainText(stateReason.message ?? stateReason.code);
}
