import { hibernate, REASONS, start, stop, terminate } from "./lifecycle.ts";
import type { Instance, SpotRequest } from "./model.ts";
import type { RegionWorld } from "./region.ts";
import { requestOf, setStatus, wasInterrupted } from "./spotRequests.ts";

export type Interruption = "terminate" | "stop" | "hibernate";

/**
 * EC2 takes the capacity of a Spot instance back. Of a hibernation there is no notice: it begins at once.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
 */
export function interruptSpot(region: RegionWorld, instanceId: string, action: Interruption): void {
  const { request } = spotInstance(region, instanceId);
  if (action === "terminate") setStatus(region, request, request.state, "marked-for-termination");
  else setStatus(region, request, request.state, "marked-for-stop");
  const noticeMs = action === "hibernate" ? 0 : region.cloud.durations().interruptionNoticeMs;
  region.cloud.machines?.interrupt?.(instanceId, { action, at: region.cloud.clock.now() + noticeMs });
  if (noticeMs === 0) interrupt(region, instanceId, action);
  else region.cloud.clock.schedule(noticeMs, () => interrupt(region, instanceId, action));
}

/** There is capacity again for what EC2 had stopped. */
export function resumeSpot(region: RegionWorld, instanceId: string): void {
  const { instance, request } = spotInstance(region, instanceId);
  if (instance.state !== "stopped" || !wasInterrupted(request)) throw new Error(`${instanceId} was not interrupted.`);
  start(region, instance);
}

function interrupt(region: RegionWorld, instanceId: string, action: Interruption): void {
  const instance = region.instances.get(instanceId);
  // Its owner may have been quicker.
  if (instance?.state !== "running") return;
  if (action === "terminate") terminate(region, instance, REASONS.spotTermination);
  else if (action === "stop") stop(region, instance, REASONS.spotShutdown);
  else hibernate(region, instance, REASONS.spotShutdown);
}

function spotInstance(region: RegionWorld, id: string): { readonly instance: Instance; readonly request: SpotRequest } {
  const instance = region.instances.get(id);
  const request = instance && requestOf(region, instance);
  if (!instance || !request) throw new Error(`${id} is no Spot instance.`);
  return { instance, request };
}
