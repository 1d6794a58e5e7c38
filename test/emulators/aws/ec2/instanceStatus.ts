import { flag, texts } from "../wire/parameters.ts";
import type { XmlMembers, XmlValue } from "../wire/xml.ts";
import type { Instance } from "../world/model.ts";
import type { RegionWorld } from "../world/region.ts";
import type { Ec2Call } from "./call.ts";
import { notTogether } from "./describeInstances.ts";
import { filterOf } from "./filters.ts";
import { findInstances, visibleInstances } from "./ids.ts";
import { stateMembers } from "./instanceXml.ts";
import { pageBy } from "./paging.ts";

/** Only what runs, unless all are asked for. */
export function describeInstanceStatus(call: Ec2Call): XmlMembers {
  const { region, parameters, staleByMs } = call;
  const ids = texts(parameters, "InstanceId");
  if (ids.length > 0 && parameters["MaxResults"] !== undefined) throw notTogether();
  const all = ids.length > 0 ? findInstances(region, ids, staleByMs) : visibleInstances(region, staleByMs);
  const listed = flag(parameters, "IncludeAllInstances") ? all : all.filter(({ state }) => state === "running");
  const passes = filterOf<Instance>(parameters, {
    "instance-state-name": ({ state }) => [state],
    "availability-zone": ({ zone }) => [zone],
    "instance-status.status": (instance) => [statusOf(region, instance)],
    "system-status.status": (instance) => [statusOf(region, instance)],
  });
  const { items, nextToken } = pageBy(call, listed.filter(passes), ({ sequence }) => sequence, {
    least: 5,
    most: 1000,
  });
  return { instanceStatusSet: items.map((instance) => statusMembers(region, instance)), nextToken };
}

type Status = "ok" | "initializing" | "not-applicable";

function statusOf({ cloud }: RegionWorld, { runningSince }: Instance): Status {
  if (runningSince === undefined) return "not-applicable";
  return cloud.clock.now() < runningSince + cloud.durations().checksMs ? "initializing" : "ok";
}

function statusMembers(region: RegionWorld, instance: Instance): XmlValue {
  const summary = summaryMembers(statusOf(region, instance));
  return {
    instanceId: instance.id,
    availabilityZone: instance.zone,
    instanceState: stateMembers(instance.state),
    systemStatus: summary,
    instanceStatus: summary,
    attachedEbsStatus: summary,
  };
}

function summaryMembers(status: Status): XmlValue {
  if (status === "not-applicable") return { status };
  return { status, details: [{ name: "reachability", status: status === "ok" ? "passed" : "initializing" }] };
}
