import { AwsError } from "../awsError.ts";
import type { Image } from "../data/images.ts";
import { required, texts } from "../wire/parameters.ts";
import type { XmlMembers, XmlValue } from "../wire/xml.ts";
import type { Address, Volume } from "../world/model.ts";
import type { Ec2Call } from "./call.ts";
import { filterOf, plainFilterOf } from "./filters.ts";
import { findInstances } from "./ids.ts";
import { tagSet } from "./instanceXml.ts";
import { pageOf } from "./paging.ts";
import { named } from "./places.ts";

export function describeVolumes(call: Ec2Call): XmlMembers {
  const { region, parameters } = call;
  const all = named(region.volumes, texts(parameters, "VolumeId"), "InvalidVolume.NotFound");
  const passes = filterOf<Volume>(parameters, {
    "volume-id": ({ id }) => [id],
    status: ({ state }) => [state],
    "volume-type": ({ type }) => [type],
    "availability-zone": ({ zone }) => [zone],
    encrypted: ({ encrypted }) => [String(encrypted)],
    "attachment.instance-id": ({ attachment }) => [attachment?.instanceId],
    "attachment.device": ({ attachment }) => [attachment?.device],
    "attachment.delete-on-termination": ({ attachment }) => [attachment && String(attachment.deleteOnTermination)],
  });
  const { items, nextToken } = pageOf(call, all.filter(passes), { least: 5, most: 1000 });
  return { volumeSet: items.map(volumeMembers), nextToken };
}

function volumeMembers({ id, attachment, ...volume }: Volume): XmlValue {
  return {
    volumeId: id,
    size: volume.sizeGiB,
    snapshotId: volume.snapshotId ?? "",
    availabilityZone: volume.zone,
    status: volume.state,
    createTime: new Date(volume.createdAt),
    volumeType: volume.type,
    iops: volume.iops,
    throughput: volume.throughput,
    encrypted: volume.encrypted,
    kmsKeyId: volume.kmsKeyId,
    multiAttachEnabled: false,
    tagSet: tagSet(volume.tags),
    attachmentSet: attachment
      ? [
          {
            volumeId: id,
            instanceId: attachment.instanceId,
            device: attachment.device,
            status: "attached",
            attachTime: new Date(attachment.at),
            deleteOnTermination: attachment.deleteOnTermination,
          },
        ]
      : [],
  };
}

export function describeImages(call: Ec2Call): XmlMembers {
  const { region, parameters } = call;
  const byId = new Map(region.images.map((image) => [image.id, image]));
  const owners = texts(parameters, "Owner");
  const passes = plainFilterOf<Image>(parameters, {
    "image-id": ({ id }) => [id],
    name: ({ name }) => [name],
    architecture: ({ architecture }) => [architecture],
    "owner-alias": ({ ownerAlias }) => [ownerAlias],
    "owner-id": ({ ownerId }) => [ownerId],
    state: () => ["available"],
    "root-device-type": () => ["ebs"],
    "virtualization-type": () => ["hvm"],
    "is-public": () => ["true"],
  });
  const listed = named(byId, texts(parameters, "ImageId"), "InvalidAMIID.NotFound")
    .filter(
      ({ ownerId, ownerAlias }) => owners.length === 0 || owners.includes(ownerId) || owners.includes(ownerAlias ?? ""),
    )
    .filter(passes);
  const { items, nextToken } = pageOf(call, listed, { least: 1, most: 1000 });
  return { imagesSet: items.map(imageMembers), nextToken };
}

function imageMembers(image: Image): XmlValue {
  return {
    imageId: image.id,
    imageLocation: `amazon/${image.name}`,
    imageState: "available",
    imageOwnerId: image.ownerId,
    imageOwnerAlias: image.ownerAlias,
    creationDate: image.createdAt,
    isPublic: true,
    architecture: image.architecture,
    imageType: "machine",
    name: image.name,
    description: image.description,
    platformDetails: "Linux/UNIX",
    usageOperation: "RunInstances",
    rootDeviceType: "ebs",
    rootDeviceName: image.rootDevice,
    virtualizationType: "hvm",
    hypervisor: "xen",
    enaSupport: true,
    blockDeviceMapping: [
      {
        deviceName: image.rootDevice,
        ebs: { volumeSize: image.rootSizeGiB, volumeType: image.rootType, deleteOnTermination: true, encrypted: false },
      },
    ],
  };
}

export function describeAddresses({ region, parameters }: Ec2Call): XmlMembers {
  const all = named(region.addresses, texts(parameters, "AllocationId"), "InvalidAllocationID.NotFound");
  const wanted = texts(parameters, "PublicIp");
  const passes = filterOf<Address>(parameters, {
    "allocation-id": ({ id }) => [id],
    "public-ip": ({ publicIp }) => [publicIp],
    "instance-id": ({ instanceId }) => [instanceId],
    domain: () => ["vpc"],
  });
  const listed = all.filter(({ publicIp }) => wanted.length === 0 || wanted.includes(publicIp)).filter(passes);
  return {
    addressesSet: listed.map(({ id, publicIp, instanceId, tags }) => ({
      allocationId: id,
      publicIp,
      domain: "vpc",
      instanceId,
      associationId: instanceId === undefined ? undefined : id.replace("eipalloc", "eipassoc"),
      networkBorderGroup: region.facts.name,
      tagSet: tagSet(tags),
    })),
  };
}

/** Lags behind: nothing of it can be read just after the start. */
export function getConsoleOutput({ region, parameters }: Ec2Call): XmlMembers {
  const [instance] = findInstances(region, [required(parameters, "InstanceId")]);
  if (!instance) throw new AwsError("InvalidInstanceID.NotFound", "");
  const { clock, durations } = region.cloud;
  const since = instance.runningSince ?? Infinity;
  const readable = clock.now() >= since + durations().consoleLagMs ? instance.consoleOutput : undefined;
  return {
    instanceId: instance.id,
    timestamp: new Date(clock.now()),
    output: readable === undefined ? undefined : Buffer.from(readable).toString("base64"),
  };
}
