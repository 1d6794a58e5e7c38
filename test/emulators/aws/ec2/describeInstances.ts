import { AwsError } from "../awsError.ts";
import { texts } from "../wire/parameters.ts";
import type { XmlMembers } from "../wire/xml.ts";
import { STATE_CODES, type Instance } from "../world/model.ts";
import type { Ec2Call } from "./call.ts";
import { filterOf, type FilterFields } from "./filters.ts";
import { findInstances, visibleInstances } from "./ids.ts";
import { reservationSet } from "./instanceXml.ts";
import { pageBy } from "./paging.ts";

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html; those not listed here are refused. */
const INSTANCE_FILTERS: FilterFields<Instance> = {
  "instance-id": ({ id }) => [id],
  "instance-state-name": ({ state }) => [state],
  "instance-state-code": ({ state }) => [String(STATE_CODES[state])],
  "instance-type": ({ instanceType }) => [instanceType],
  "instance-lifecycle": ({ spotRequestId }) => [spotRequestId === undefined ? undefined : "spot"],
  "spot-instance-request-id": ({ spotRequestId }) => [spotRequestId],
  "client-token": ({ clientToken }) => [clientToken],
  "hibernation-options.configured": ({ hibernationConfigured }) => [String(hibernationConfigured)],
  "availability-zone": ({ zone }) => [zone],
  "key-name": ({ keyName }) => [keyName],
  "image-id": ({ imageId }) => [imageId],
  architecture: ({ architecture }) => [architecture],
  "vpc-id": ({ vpcId }) => [vpcId],
  "subnet-id": ({ subnetId }) => [subnetId],
  "instance.group-id": ({ groupIds }) => groupIds,
  "network-interface.group-id": ({ groupIds }) => groupIds,
  "private-ip-address": ({ privateIp }) => [privateIp],
  "ip-address": ({ publicIp }) => [publicIp],
  "reservation-id": ({ reservationId }) => [reservationId],
  "launch-time": ({ launchTime }) => [new Date(launchTime).toISOString()],
  "state-reason-code": ({ stateReason }) => [stateReason?.code],
  "root-device-name": ({ rootDevice }) => [rootDevice],
  "block-device-mapping.volume-id": ({ volumes }) => volumes.map(({ volumeId }) => volumeId),
};

export function describeInstances(call: Ec2Call): XmlMembers {
  const { parameters, region, staleByMs } = call;
  const ids = texts(parameters, "InstanceId");
  if (ids.length > 0 && parameters["MaxResults"] !== undefined) throw notTogether();
  const listed = ids.length > 0 ? findInstances(region, ids, staleByMs) : visibleInstances(region, staleByMs);
  const found = listed.filter(filterOf(parameters, INSTANCE_FILTERS));
  const { items, nextToken } = pageBy(call, found, ({ sequence }) => sequence, { least: 5, most: 1000 });
  return { reservationSet: reservationSet(region, items), nextToken };
}

export function notTogether(): AwsError {
  return new AwsError(
    "InvalidParameterCombination",
    "The parameter instancesSet cannot be used with the parameter maxResults",
  );
}
