import type { PowerOperation } from "../../core/environment.ts";
import type { Consequences } from "../../core/provider.ts";
import { sentence, type Sentence } from "../../core/sentence.ts";
import type { Ec2Instance } from "./ec2Instance.ts";
import type { InstanceTypeInfo } from "./instanceType.ts";

/** What is known of the machine; without it the words are more general. */
export interface ConsequenceFacts {
  readonly instance: Ec2Instance | undefined;
  readonly type: InstanceTypeInfo | undefined;
}

type Tell = (facts: ConsequenceFacts) => Consequences;

/** What an operation does to a machine and its bill, in words. */
export function consequencesOf(operation: PowerOperation, facts: ConsequenceFacts): Consequences {
  return CONSEQUENCES[operation](facts);
}

const DISKS = sentence("its EBS disks with everything on them");
const PRIVATE_ADDRESS = sentence("its private address");
const MEMORY = sentence("what is in memory: everything that runs");
const NO_GUARANTEE = sentence("AWS does not promise that there is room for it when it is started again.");
const DISKS_BILL = sentence("The EBS disks go on billing until they are deleted.");

const NOTHING: Tell = () => ({ survives: [], lost: [], bill: [] });

const CONSEQUENCES: Readonly<Record<PowerOperation, Tell>> = {
  start: () => ({
    survives: [DISKS, PRIVATE_ADDRESS],
    lost: [],
    bill: [sentence("It bills by the second from now on, at least for one minute.")],
  }),
  stop: (facts) => ({
    survives: [DISKS, PRIVATE_ADDRESS, ...elasticAddress(facts)],
    lost: [MEMORY, ...hostDisks(facts), ...lentAddress(facts)],
    bill: stoppedBill(facts),
  }),
  hibernate: (facts) => ({
    survives: [
      sentence("what is in memory: it is written to the root disk"),
      DISKS,
      PRIVATE_ADDRESS,
      ...elasticAddress(facts),
    ],
    lost: [...hostDisks(facts), ...lentAddress(facts), sentence("open connections")],
    bill: stoppedBill(facts),
  }),
  restart: () => ({
    survives: [DISKS, PRIVATE_ADDRESS, sentence("its public address"), sentence("the disks on the host")],
    lost: [MEMORY],
    bill: [sentence("It goes on billing without a pause.")],
  }),
  delete: (facts) => ({
    survives: keptOnDelete(facts),
    lost: lostOnDelete(facts),
    bill: deletedBill(facts),
  }),
  scale: NOTHING,
  extend: NOTHING,
};

function elasticAddress({ instance }: ConsequenceFacts): readonly Sentence[] {
  return instance?.hasElasticAddress ? [sentence("its Elastic IP address")] : [];
}

function lentAddress({ instance }: ConsequenceFacts): readonly Sentence[] {
  if (instance && (instance.hasElasticAddress || instance.publicAddress === undefined)) return [];
  return [sentence("its public address: it gets another one when it is started")];
}

function hostDisks({ type }: ConsequenceFacts): readonly Sentence[] {
  if (!type?.instanceStorageGB) return [];
  return [sentence("everything on the disks of the host ({0} GB instance store)", type.instanceStorageGB)];
}

function stoppedBill({ instance }: ConsequenceFacts): readonly Sentence[] {
  return [
    sentence("The machine itself no longer bills once AWS reports it stopped."),
    DISKS_BILL,
    ...(instance?.hasElasticAddress ? [sentence("The Elastic IP address goes on billing.")] : []),
    NO_GUARANTEE,
  ];
}

function keptOnDelete({ instance }: ConsequenceFacts): readonly Sentence[] {
  const kept = instance?.keptVolumeIds ?? [];
  return [
    ...(kept.length === 0 ? [] : [sentence("the disks {0}, which are set to stay", kept.join(", "))]),
    ...elasticAddress({ instance, type: undefined }),
    sentence("snapshots that were made of it"),
  ];
}

function lostOnDelete({ instance, type }: ConsequenceFacts): readonly Sentence[] {
  const disks =
    instance && instance.keptVolumeIds.length > 0
      ? sentence("its other EBS disks with everything on them")
      : sentence("its EBS disks with everything on them, unless they are set to stay");
  return [
    sentence("the machine, for good"),
    disks,
    MEMORY,
    ...hostDisks({ instance, type }),
    ...(instance?.tags["gpu-dev:operation"] === undefined
      ? []
      : [sentence("the key pair and the security group that were made with it, where nothing else uses them")]),
  ];
}

function deletedBill({ instance }: ConsequenceFacts): readonly Sentence[] {
  return [
    sentence("The machine and the disks that go with it no longer bill once AWS reports it terminated."),
    ...(instance && instance.keptVolumeIds.length > 0 ? [sentence("The disks that stay go on billing.")] : []),
    ...(instance?.hasElasticAddress ? [sentence("The Elastic IP address goes on billing.")] : []),
    ...(instance?.tags["aws:autoscaling:groupName"] === undefined
      ? []
      : [sentence("Its Auto Scaling group may start another machine in its place.")]),
  ];
}
