import type { Availability, LifecycleState, PowerOperation } from "../../core/environment.ts";
import { plainText } from "../../core/plainText.ts";
import { sentence, type Sentence } from "../../core/sentence.ts";
import type { Ec2Instance } from "./ec2Instance.ts";
import { lifecycleOf } from "./instanceState.ts";
import type { InstanceTypeInfo } from "./instanceType.ts";

/** What is known of an instance when its operations are judged. */
export interface OperationFacts {
  readonly instance: Ec2Instance;
  readonly type: InstanceTypeInfo | undefined;
  /** Of a Spot instance; undefined where nobody could tell. */
  readonly spotRequest: "one-time" | "persistent" | undefined;
}

type Judge = (facts: OperationFacts, state: LifecycleState) => Sentence | undefined;

/** What can be done with it at the moment and, of each other operation, why not. */
export function operationsOf(facts: OperationFacts): Readonly<Record<PowerOperation, Availability>> {
  const state = lifecycleOf(facts.instance);
  const judge = (operation: PowerOperation): Availability => {
    const reason = unknownState(facts, state) ?? OBSTACLES[operation](facts, state);
    return reason ? { available: false, reason } : { available: true };
  };
  return {
    start: judge("start"),
    stop: judge("stop"),
    hibernate: judge("hibernate"),
    restart: judge("restart"),
    delete: judge("delete"),
    scale: judge("scale"),
    extend: judge("extend"),
  };
}

const OBSTACLES: Readonly<Record<PowerOperation, Judge>> = {
  start: ({ instance }, state) => {
    if (state === "stopped" || state === "hibernated") return takenBack(instance);
    return state === "running" ? sentence("It is running.") : CHANGING;
  },
  stop: (facts, state) => notRunning(state) ?? unstoppable(facts),
  hibernate: (facts, state) => notHibernating(facts) ?? notRunning(state),
  restart: (_facts, state) => notRunning(state),
  delete: ({ instance }) => (instance.state === "shutting-down" ? sentence("It is being deleted.") : undefined),
  scale: () => sentence("It is a single machine: there is nothing to scale."),
  extend: () => sentence("EC2 sets no end to a machine that could be put off."),
};

const CHANGING = sentence("Its state is changing: wait until it has.");

function unknownState({ instance }: OperationFacts, state: LifecycleState): Sentence | undefined {
  if (state !== "unknown") return undefined;
  return sentence('AWS reports the state "{0}", which is not known here.', plainText(instance.state ?? "", 64));
}

/**
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/interruption-behavior.html: what EC2 stopped, only EC2 starts.
 */
function takenBack({ lifecycle, stateReason }: Ec2Instance): Sentence | undefined {
  if (lifecycle !== "spot" || stateReason?.code.startsWith("Server.Spot") !== true) return undefined;
  return sentence("AWS took it back, and starts it again itself once it has room for it. You may delete it.");
}

function notRunning(state: LifecycleState): Sentence | undefined {
  if (state === "running") return undefined;
  return state === "transitioning" ? CHANGING : sentence("It is not running.");
}

function unstoppable({ instance, spotRequest }: OperationFacts): Sentence | undefined {
  if (instance.lifecycle === "spot" && spotRequest !== "persistent") {
    return sentence(
      "A one-time Spot instance cannot be stopped, only deleted. Make snapshots of its disks first if they matter.",
    );
  }
  if (instance.rootDeviceType === "instance-store") {
    return sentence("Its root disk is on the host, so that it cannot be stopped, only deleted.");
  }
  const group = instance.tags["aws:autoscaling:groupName"];
  if (group === undefined) return undefined;
  return sentence(
    "The Auto Scaling group {0} would delete the stopped machine and start another one in its place.",
    plainText(group, 100),
  );
}

function notHibernating(facts: OperationFacts): Sentence | undefined {
  const { instance, type } = facts;
  if (instance.lifecycle === "spot") {
    return sentence("A Spot instance hibernates only when AWS takes it back, not when you ask for it.");
  }
  if (instance.isHibernationConfigured) return unstoppable(facts);
  return type && !type.canHibernate
    ? sentence(
        "Machines of the type {0} cannot hibernate. Stop keeps the disks and loses what is in memory.",
        type.name,
      )
    : sentence(
        "It was not set up for hibernation when it was launched, which cannot be made up for. Stop keeps the disks and loses what is in memory.",
      );
}
