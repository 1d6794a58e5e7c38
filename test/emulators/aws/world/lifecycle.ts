import { enter, isUnchanged, plan, transitionText } from "./instanceStates.ts";
import { closeMachine, openMachine } from "./machines.ts";
import type { Instance, StateReason, Volume } from "./model.ts";
import { longId, type RegionWorld } from "./region.ts";
import { noteRunning, noteStopped, noteTerminated } from "./spotRequests.ts";
import { attachedCopies, releaseVolumes, volumesOf } from "./volumes.ts";

const reason = (code: string, words: string): StateReason => ({ code, message: `${code}: ${words}` });

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html */
export const REASONS = {
  shutdown: reason("Client.UserInitiatedShutdown", "User initiated shutdown"),
  hibernate: reason("Client.UserInitiatedHibernate", "User initiated hibernate"),
  launchFailed: reason("Server.InternalError", "Internal error on launch"),
  spotTermination: reason("Server.SpotInstanceTermination", "Spot capacity was needed elsewhere"),
  spotShutdown: reason("Server.SpotInstanceShutdown", "Spot capacity was needed elsewhere"),
} as const;

/** Puts an instance into the world in the state `pending`. */
export function launch(region: RegionWorld, instance: Instance): void {
  region.instances.set(instance.id, instance, region.cloud.clock.now());
  plan(region, instance, region.cloud.durations().pendingMs, () => run(region, instance));
}

export function start(region: RegionWorld, instance: Instance): Instance {
  const launchTime = region.cloud.clock.now();
  const pending = enter(region, instance, "pending", { stateReason: undefined, transitionReason: "", launchTime });
  plan(region, pending, region.cloud.durations().pendingMs, () => run(region, pending));
  return pending;
}

export function stop(region: RegionWorld, instance: Instance, why: StateReason = REASONS.shutdown): Instance {
  const stopping = enter(region, instance, "stopping", because(region, why));
  plan(region, stopping, region.cloud.durations().stoppingMs, () => halt(region, stopping, why));
  return stopping;
}

export function hibernate(region: RegionWorld, instance: Instance, why: StateReason = REASONS.hibernate): Instance {
  const stopping = enter(region, instance, "stopping", because(region, why));
  plan(region, stopping, region.cloud.durations().hibernatingMs, () => {
    // A guest that does not manage to write its memory is shut down instead.
    const failed = region.failingHibernations.delete(instance.id);
    return halt(region, stopping, failed ? REASONS.shutdown : why);
  });
  return stopping;
}

export function terminate(region: RegionWorld, instance: Instance, why: StateReason = REASONS.shutdown): Instance {
  const ending = enter(region, instance, "shutting-down", because(region, why));
  plan(region, ending, region.cloud.durations().shuttingDownMs, () => end(region, ending, why));
  return ending;
}

function because(region: RegionWorld, stateReason: StateReason): Partial<Instance> {
  return { stateReason, transitionReason: transitionText(region, stateReason) };
}

async function run(region: RegionWorld, pending: Instance): Promise<void> {
  const addresses = await openMachine(region, pending).catch(() => undefined);
  if (!isUnchanged(region, pending)) {
    if (region.instances.get(pending.id)?.state === "terminated") await closeMachine(region, pending.id);
    return;
  }
  if (!addresses) return end(region, pending, REASONS.launchFailed);
  const instance = enter(region, pending, "running", {
    stateReason: undefined,
    runningSince: region.cloud.clock.now(),
    privateIp: addresses.privateIp,
    publicIp: pending.elasticIp ?? (pending.reachable ? addresses.publicIp : undefined),
    consoleOutput: addresses.consoleOutput,
  });
  noteRunning(region, instance);
}

async function halt(region: RegionWorld, stopping: Instance, stateReason: StateReason): Promise<void> {
  await region.cloud.machines?.stop(stopping.id);
  if (!isUnchanged(region, stopping)) return;
  const publicIp = stopping.elasticIp;
  noteStopped(region, enter(region, stopping, "stopped", { stateReason, publicIp, runningSince: undefined }));
}

async function end(region: RegionWorld, ending: Instance, why: StateReason): Promise<void> {
  await closeMachine(region, ending.id);
  if (!isUnchanged(region, ending)) return;
  const gone = enter(region, ending, "terminated", {
    ...because(region, why),
    runningSince: undefined,
    publicIp: undefined,
    privateIp: undefined,
    elasticIp: undefined,
    groupIds: [],
    volumes: [],
  });
  const { terminatedVisibleMs, spotRelaunchMs } = region.cloud.durations();
  plan(region, gone, terminatedVisibleMs, () => region.instances.delete(gone.id, region.cloud.clock.now()));
  const disks = volumesOf(region, ending);
  releaseVolumes(region, ending.id);
  const reopened = noteTerminated(region, gone);
  if (reopened) region.cloud.clock.schedule(spotRelaunchMs, () => fulfilAgain(region, reopened.id, { ending, disks }));
}

/** What a persistent request launches next: the same, on fresh disks. */
function fulfilAgain(
  region: RegionWorld,
  requestId: string,
  last: Readonly<{ ending: Instance; disks: readonly Volume[] }>,
): void {
  const request = region.spotRequests.get(requestId);
  if (request?.state !== "open") return;
  const now = region.cloud.clock.now();
  const id = longId(region.cloud, "i");
  region.spotRequests.set(requestId, { ...request, instanceId: id });
  launch(region, {
    ...last.ending,
    id,
    tags: new Map(),
    sequence: region.cloud.nextNumber(),
    step: 0,
    reservationId: longId(region.cloud, "r"),
    launchIndex: 0,
    state: "pending",
    stateReason: undefined,
    transitionReason: "",
    createdAt: now,
    launchTime: now,
    visibleFrom: now,
    elasticIp: undefined,
    publicIp: undefined,
    interfaceId: longId(region.cloud, "eni"),
    volumes: attachedCopies(region, last.disks, id),
  });
}
