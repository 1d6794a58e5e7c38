import type { Instance, SpotRequest, SpotState } from "./model.ts";
import { shortId, type RegionWorld } from "./region.ts";

/** Of a request whose instance EC2 itself stopped: only EC2 starts it again. */
const INTERRUPTED_STOP = "instance-stopped-no-capacity";

export function requestOf(region: RegionWorld, { spotRequestId }: Instance): SpotRequest | undefined {
  return spotRequestId === undefined ? undefined : region.spotRequests.get(spotRequestId);
}

export function setStatus(region: RegionWorld, request: SpotRequest, state: SpotState, code: string): SpotRequest {
  const status = { code, message: `The status of the request is ${code}.`, at: region.cloud.clock.now() };
  const changed = { ...request, state, status };
  region.spotRequests.set(request.id, changed);
  return changed;
}

export type RequestTerms = Pick<SpotRequest, "persistent" | "interruption" | "maxPrice" | "tags">;

export function createRequest(region: RegionWorld, terms: RequestTerms, instance: Instance): SpotRequest {
  const at = region.cloud.clock.now();
  const request: SpotRequest = {
    ...terms,
    id: shortId(region.cloud, "sir"),
    state: "active",
    status: { code: "fulfilled", message: "The request is fulfilled.", at },
    createdAt: at,
    instanceId: instance.id,
    instanceType: instance.instanceType,
    imageId: instance.imageId,
    zone: instance.zone,
  };
  region.spotRequests.set(request.id, request);
  return request;
}

export function wasInterrupted(request: SpotRequest | undefined): boolean {
  return request?.state === "disabled" && request.status.code === INTERRUPTED_STOP;
}

/** A cancelled request stays cancelled, whatever becomes of its instance. */
export function noteRunning(region: RegionWorld, instance: Instance): void {
  const request = requestOf(region, instance);
  if (request?.state === "disabled" || request?.state === "open") setStatus(region, request, "active", "fulfilled");
}

export function noteStopped(region: RegionWorld, instance: Instance): void {
  const request = requestOf(region, instance);
  if (!request || request.state === "cancelled") return;
  const interrupted = instance.stateReason?.code === "Server.SpotInstanceShutdown";
  setStatus(region, request, "disabled", interrupted ? INTERRUPTED_STOP : "instance-stopped-by-user");
}

/** The request, where it is to be fulfilled once more: a persistent one outlives its instances until it is cancelled. */
export function noteTerminated(region: RegionWorld, instance: Instance): SpotRequest | undefined {
  const request = requestOf(region, instance);
  if (!request || request.state === "cancelled") return undefined;
  const interrupted = instance.stateReason?.code === "Server.SpotInstanceTermination";
  const code = interrupted ? "instance-terminated-no-capacity" : "instance-terminated-by-user";
  const ended = setStatus(region, request, request.persistent ? "open" : "closed", code);
  return ended.persistent ? ended : undefined;
}
