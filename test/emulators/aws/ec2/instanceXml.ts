import { instanceType } from "../data/instanceTypes.ts";
import { zoneId } from "../data/regions.ts";
import { members, type RawXml, type XmlMembers, type XmlValue } from "../wire/xml.ts";
import { STATE_CODES, type AttachedVolume, type Instance, type StateName, type Tags } from "../world/model.ts";
import type { RegionWorld } from "../world/region.ts";

/** An instance is a value, so that its text is made once; thousands are listed again and again. */
const TEXTS = new WeakMap<Instance, RawXml>();

export function instanceXml(region: RegionWorld, instance: Instance): RawXml {
  const known = TEXTS.get(instance);
  if (known) return known;
  const text = { rawXml: members(instanceMembers(region, instance)) };
  TEXTS.set(instance, text);
  return text;
}

/** Neighbours of one reservation together; a reservation that is split over two pages appears on both. */
export function reservationSet(region: RegionWorld, instances: readonly Instance[]): XmlValue {
  const reservations: { readonly id: string; readonly instances: RawXml[] }[] = [];
  for (const instance of instances) {
    const last = reservations.at(-1);
    if (last?.id === instance.reservationId) last.instances.push(instanceXml(region, instance));
    else reservations.push({ id: instance.reservationId, instances: [instanceXml(region, instance)] });
  }
  return reservations.map((reservation) => reservationMembers(region, reservation.id, reservation.instances));
}

export function reservationMembers(
  region: RegionWorld,
  id: string,
  instances: readonly XmlValue[],
): XmlMembers & XmlValue {
  return { reservationId: id, ownerId: region.account.accountId, groupSet: [], instancesSet: instances };
}

export function stateMembers(state: StateName): { readonly code: number; readonly name: string } {
  return { code: STATE_CODES[state], name: state };
}

export function tagSet(tags: Tags): XmlValue {
  return [...tags].map(([key, value]) => ({ key, value }));
}

function instanceMembers(region: RegionWorld, instance: Instance): XmlMembers {
  return {
    ...identity(instance),
    ...network(region, instance),
    ...machine(instance),
    placement: {
      availabilityZone: instance.zone,
      availabilityZoneId: zoneId(region.facts, instance.zone),
      groupName: "",
      tenancy: "default",
    },
    blockDeviceMapping: instance.volumes.map(attachedMembers),
    tagSet: instance.tags.size > 0 ? tagSet(instance.tags) : undefined,
    ...options(instance),
  };
}

function identity(instance: Instance): XmlMembers {
  const { stateReason } = instance;
  return {
    instanceId: instance.id,
    imageId: instance.imageId,
    instanceState: stateMembers(instance.state),
    reason: instance.transitionReason,
    stateReason: stateReason && { code: stateReason.code, message: stateReason.message },
    keyName: instance.keyName,
    amiLaunchIndex: instance.launchIndex,
    productCodes: [],
    instanceType: instance.instanceType,
    launchTime: new Date(instance.launchTime),
    clientToken: instance.clientToken ?? "",
    instanceLifecycle: instance.spotRequestId === undefined ? undefined : "spot",
    spotInstanceRequestId: instance.spotRequestId,
  };
}

/** What has ended belongs to no network any more. */
function network(region: RegionWorld, instance: Instance): XmlMembers {
  if (instance.state === "terminated")
    return { privateDnsName: "", dnsName: "", groupSet: [], networkInterfaceSet: [], sourceDestCheck: undefined };
  const { privateIp, publicIp } = instance;
  return {
    privateDnsName: privateIp === undefined ? "" : privateName(region, privateIp),
    dnsName: publicIp === undefined ? "" : publicName(region, publicIp),
    subnetId: instance.subnetId,
    vpcId: instance.vpcId,
    privateIpAddress: privateIp,
    ipAddress: publicIp,
    sourceDestCheck: true,
    groupSet: groupSet(region, instance),
    networkInterfaceSet: [interfaceMembers(region, instance)],
  };
}

function interfaceMembers(region: RegionWorld, instance: Instance): XmlValue {
  const { privateIp, publicIp } = instance;
  const association = publicIp === undefined ? undefined : associationMembers(region, instance, publicIp);
  return {
    networkInterfaceId: instance.interfaceId,
    subnetId: instance.subnetId,
    vpcId: instance.vpcId,
    description: "",
    ownerId: region.account.accountId,
    status: "in-use",
    privateIpAddress: privateIp,
    sourceDestCheck: true,
    groupSet: groupSet(region, instance),
    attachment: {
      attachmentId: instance.interfaceId.replace("eni-", "eni-attach-"),
      deviceIndex: 0,
      networkCardIndex: 0,
      status: "attached",
      attachTime: new Date(instance.createdAt),
      deleteOnTermination: true,
    },
    association,
    privateIpAddressesSet: privateIp === undefined ? [] : [{ privateIpAddress: privateIp, primary: true, association }],
    interfaceType: "interface",
  };
}

function associationMembers(region: RegionWorld, { elasticIp }: Instance, publicIp: string): XmlValue {
  return {
    publicIp,
    publicDnsName: publicName(region, publicIp),
    ipOwnerId: elasticIp === undefined ? "amazon" : region.account.accountId,
  };
}

function groupSet(region: RegionWorld, { groupIds }: Instance): XmlValue {
  return groupIds.map((groupId) => ({ groupId, groupName: region.securityGroups.get(groupId)?.name }));
}

function machine(instance: Instance): XmlMembers {
  const type = instanceType(instance.instanceType);
  const threadsPerCore = type?.threadsPerCore ?? 1;
  return {
    monitoring: { state: "disabled" },
    architecture: instance.architecture,
    rootDeviceType: "ebs",
    rootDeviceName: instance.rootDevice,
    virtualizationType: "hvm",
    hypervisor: "xen",
    ebsOptimized: instance.ebsOptimized,
    enaSupport: true,
    cpuOptions: type && { coreCount: type.vCpus / threadsPerCore, threadsPerCore },
    platformDetails: "Linux/UNIX",
    usageOperation: "RunInstances",
    usageOperationUpdateTime: new Date(instance.createdAt),
    iamInstanceProfile:
      instance.instanceProfile === undefined ? undefined : { arn: instance.instanceProfile, id: "AIPAEXAMPLE" },
  };
}

function options(instance: Instance): XmlMembers {
  return {
    capacityReservationSpecification: { capacityReservationPreference: "open" },
    hibernationOptions: { configured: instance.hibernationConfigured },
    enclaveOptions: { enabled: false },
    metadataOptions: {
      state: "applied",
      httpTokens: instance.tokensRequired ? "required" : "optional",
      httpPutResponseHopLimit: 2,
      httpEndpoint: "enabled",
      httpProtocolIpv6: "disabled",
      instanceMetadataTags: "disabled",
    },
    maintenanceOptions: { autoRecovery: "default" },
    currentInstanceBootMode: "uefi",
  };
}

function attachedMembers({ device, volumeId, attachedAt, deleteOnTermination }: AttachedVolume): XmlValue {
  return {
    deviceName: device,
    ebs: { volumeId, status: "attached", attachTime: new Date(attachedAt), deleteOnTermination },
  };
}

function privateName({ facts }: RegionWorld, ip: string): string {
  const suffix = facts.name === "us-east-1" ? "ec2.internal" : `${facts.name}.compute.internal`;
  return `ip-${ip.replaceAll(".", "-")}.${suffix}`;
}

function publicName({ facts }: RegionWorld, ip: string): string {
  const suffix = facts.name === "us-east-1" ? "compute-1.amazonaws.com" : `${facts.name}.compute.amazonaws.com`;
  return `ec2-${ip.replaceAll(".", "-")}.${suffix}`;
}
