import { AwsError } from "../awsError.ts";
import { flag } from "../wire/parameters.ts";
import type { XmlMembers, XmlValue } from "../wire/xml.ts";
import { checkCapacity } from "../world/capacity.ts";
import { change } from "../world/instanceStates.ts";
import { hibernate, start, stop, terminate } from "../world/lifecycle.ts";
import type { Instance, StateName } from "../world/model.ts";
import { checkQuota, marketOf } from "../world/quotas.ts";
import type { RegionWorld } from "../world/region.ts";
import { requestOf, wasInterrupted } from "../world/spotRequests.ts";
import type { Ec2Call } from "./call.ts";
import { namedInstances } from "./ids.ts";
import { stateMembers } from "./instanceXml.ts";

type Step = (instance: Instance) => Instance;

/** What is on its way there, or there already, is left as it is. */
const NOTHING_TO_DO = {
  start: ["pending", "running"],
  stop: ["stopping", "stopped"],
  terminate: ["shutting-down", "terminated"],
} as const satisfies Record<string, readonly StateName[]>;

export function startInstances({ region, ...call }: Ec2Call): XmlMembers {
  const instances = namedInstances({ region, ...call });
  const starting = instances.filter(({ state }) => !isOneOf(NOTHING_TO_DO.start, state));
  for (const instance of starting) checkStart(region, instance);
  checkRoom(region, starting);
  return changed(instances, (instance) => (starting.includes(instance) ? start(region, instance) : instance));
}

function checkStart(region: RegionWorld, instance: Instance): void {
  if (instance.state !== "stopped") throw wrongState(instance, "started");
  if (!wasInterrupted(requestOf(region, instance))) return;
  throw new AwsError(
    "IncorrectSpotRequestState",
    `Spot Instance ${instance.id} was interrupted: only EC2 restarts it.`,
  );
}

function checkRoom(region: RegionWorld, starting: readonly Instance[]): void {
  for (const instance of starting) {
    const same = starting.filter(
      ({ zone, instanceType }) => zone === instance.zone && instanceType === instance.instanceType,
    );
    const plan = {
      ...instance,
      market: marketOf(instance),
      count: same.length,
    };
    checkQuota(region, plan);
    checkCapacity(region, plan);
  }
}

export function stopInstances({ region, ...call }: Ec2Call): XmlMembers {
  const instances = namedInstances({ region, ...call });
  const asleep = flag(call.parameters, "Hibernate");
  const stopping = instances.filter(({ state }) => !isOneOf(NOTHING_TO_DO.stop, state));
  for (const instance of stopping) {
    checkStop(region, instance);
    if (asleep) checkHibernation(region, instance);
  }
  const step: Step = (instance) => (asleep ? hibernate(region, instance) : stop(region, instance));
  return changed(instances, (instance) => (stopping.includes(instance) ? step(instance) : instance));
}

function checkStop(region: RegionWorld, instance: Instance): void {
  if (instance.state !== "running") throw wrongState(instance, "stopped");
  if (instance.stopProtected) throw isProtected(instance, "disableApiStop");
  const request = requestOf(region, instance);
  if (request && !request.persistent)
    throw new AwsError(
      "UnsupportedOperation",
      `The Spot Instance '${instance.id}' belongs to a one-time Spot request and cannot be stopped.`,
    );
}

function checkHibernation(region: RegionWorld, instance: Instance): void {
  const { cloud } = region;
  if (!instance.hibernationConfigured)
    throw new AwsError(
      "UnsupportedHibernationConfiguration",
      `The instance was not configured for hibernation at its launch: ${instance.id}`,
    );
  if (instance.spotRequestId !== undefined)
    throw new AwsError(
      "UnsupportedOperation",
      `The Spot Instance '${instance.id}' hibernates at an interruption only.`,
    );
  const ready = (instance.runningSince ?? 0) + cloud.durations().hibernationReadyMs;
  if (cloud.clock.now() < ready)
    throw new AwsError("UnsupportedOperation", "Instance is not ready to hibernate yet, retry in a few minutes");
}

export function terminateInstances({ region, ...call }: Ec2Call): XmlMembers {
  const instances = namedInstances({ region, ...call });
  const shielded = instances.find(({ terminationProtected }) => terminationProtected);
  if (shielded) throw isProtected(shielded, "disableApiTermination");
  return changed(instances, (instance) =>
    isOneOf(NOTHING_TO_DO.terminate, instance.state) ? instance : terminate(region, instance),
  );
}

export function rebootInstances(call: Ec2Call): XmlMembers {
  const instances = namedInstances(call);
  for (const instance of instances) if (instance.state !== "running") throw wrongState(instance, "rebooted");
  for (const { id } of instances) change(call.region, id, { runningSince: call.region.cloud.clock.now() });
  return { return: true };
}

function changed(instances: readonly Instance[], step: Step): XmlMembers {
  const changes = instances.map((instance): XmlValue => {
    const { state } = step(instance);
    return {
      instanceId: instance.id,
      currentState: stateMembers(state),
      previousState: stateMembers(instance.state),
    };
  });
  return { instancesSet: changes };
}

function isOneOf(states: readonly StateName[], state: StateName): boolean {
  return states.includes(state);
}

function wrongState({ id }: Instance, participle: string): AwsError {
  const message = `The instance '${id}' is not in a state from which it can be ${participle}.`;
  return new AwsError("IncorrectInstanceState", message);
}

function isProtected({ id }: Instance, attribute: string): AwsError {
  const message = `The instance '${id}' may not be ended: its '${attribute}' attribute is set.`;
  return new AwsError("OperationNotPermitted", message);
}
