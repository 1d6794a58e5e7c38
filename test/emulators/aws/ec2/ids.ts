import { AwsError } from "../awsError.ts";
import type { Instance } from "../world/model.ts";
import type { RegionWorld } from "../world/region.ts";
import { texts } from "../wire/parameters.ts";
import type { Ec2Call } from "./call.ts";

/** Those that the request names, in its order; all of them must be there and be visible already. */
export function namedInstances({ region, parameters }: Pick<Ec2Call, "region" | "parameters">): readonly Instance[] {
  const ids = texts(parameters, "InstanceId");
  if (ids.length === 0) throw new AwsError("MissingParameter", "The request must contain the parameter instancesSet");
  return findInstances(region, ids);
}

export function findInstances(region: RegionWorld, ids: readonly string[], staleByMs = 0): readonly Instance[] {
  for (const id of ids) checkInstanceId(id);
  const byId = new Map(visibleInstances(region, staleByMs).map((instance) => [instance.id, instance]));
  const absent = ids.filter((id) => !byId.has(id));
  if (absent.length > 0) throw notFound(absent);
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** What lists show: neither the newest nor, where they lag behind, the latest state. */
export function visibleInstances({ instances, cloud }: RegionWorld, staleByMs: number): readonly Instance[] {
  const time = cloud.clock.now() - staleByMs;
  const listed = staleByMs === 0 ? instances.values() : instances.valuesAt(time);
  return listed.filter(({ visibleFrom }) => visibleFrom <= time);
}

function checkInstanceId(id: string): void {
  if (/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) return;
  throw new AwsError("InvalidInstanceID.Malformed", `Invalid id: "${id}"`);
}

function notFound(ids: readonly string[]): AwsError {
  const message =
    ids.length === 1
      ? `The instance ID '${ids.join("")}' does not exist`
      : `The instance IDs '${ids.join(", ")}' do not exist`;
  return new AwsError("InvalidInstanceID.NotFound", message);
}
