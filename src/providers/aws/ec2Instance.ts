import { isIP } from "node:net";
import { formOf, listOf, recordOf, textOf, timeOf } from "./untrusted.ts";

/** An instance as EC2 describes it, read with care. Texts are hostile until shown through `plainText`. */
export interface Ec2Instance {
  readonly id: string;
  /** AWS's own word; undefined where it says none. */
  readonly state: string | undefined;
  readonly stateReason: { readonly code: string; readonly message: string | undefined } | undefined;
  /** When its last change of state began, by AWS's clock; mostly told, not always. */
  readonly changedAt: number | undefined;
  readonly instanceType: string | undefined;
  readonly zone: string | undefined;
  /** Whether it shares its host with others' instances, as nearly all do: the list prices are for that. */
  readonly isShared: boolean;
  readonly platform: string | undefined;
  /** "spot", "capacity-block", …; undefined: on demand. */
  readonly lifecycle: string | undefined;
  readonly spotRequestId: string | undefined;
  readonly publicAddress: string | undefined;
  readonly privateAddress: string | undefined;
  readonly ipv6Address: string | undefined;
  readonly imageId: string | undefined;
  readonly keyName: string | undefined;
  readonly profileArn: string | undefined;
  readonly securityGroups: readonly string[];
  /** Wall-clock milliseconds of the last start. */
  readonly launchedAt: number | undefined;
  readonly rootDeviceType: string | undefined;
  readonly rootVolumeId: string | undefined;
  readonly volumeIds: readonly string[];
  /** Those of its disks that stay, and cost, when it is deleted. */
  readonly keptVolumeIds: readonly string[];
  readonly isHibernationConfigured: boolean;
  /** True where its public address is one that stays with the account. */
  readonly hasElasticAddress: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** Undefined for what has no id of an instance: nothing could be done with it. */
export function readInstance(value: unknown): Ec2Instance | undefined {
  const raw = recordOf(value);
  const id = formOf(raw["InstanceId"], /^i-[0-9a-zA-Z]{1,32}$/);
  if (id === undefined) return undefined;
  return { id, ...readKind(raw), ...readAddresses(raw), ...readVolumes(raw), ...readOwner(raw) };
}

/** More is not allowed: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html */
const MAX_TAGS = 50;

type Raw = Readonly<Record<string, unknown>>;

function readKind(raw: Raw) {
  const placement = recordOf(raw["Placement"]);
  const reason = recordOf(raw["StateReason"]);
  const code = textOf(reason["Code"]);
  return {
    state: textOf(recordOf(raw["State"])["Name"], 64),
    stateReason: code === undefined ? undefined : { code, message: textOf(reason["Message"]) },
    changedAt: changeOf(raw["StateTransitionReason"]),
    instanceType: formOf(raw["InstanceType"], /^[a-z0-9][a-z0-9-]*\.[a-z0-9-]+$/),
    zone: formOf(placement["AvailabilityZone"], /^[a-z0-9-]{1,40}$/),
    isShared: placement["Tenancy"] === undefined || placement["Tenancy"] === "default",
    platform: textOf(raw["PlatformDetails"]) ?? textOf(raw["Platform"]),
    lifecycle: textOf(raw["InstanceLifecycle"], 64),
    spotRequestId: formOf(raw["SpotInstanceRequestId"], /^sir-[0-9a-zA-Z]{1,32}$/),
    isHibernationConfigured: recordOf(raw["HibernationOptions"])["Configured"] === true,
    launchedAt: timeOf(raw["LaunchTime"]),
  };
}

/** "User initiated (2026-11-21 12:00:00 GMT)" */
function changeOf(reason: unknown): number | undefined {
  const { day, time } =
    /\((?<day>\d{4}-\d\d-\d\d) (?<time>\d\d:\d\d:\d\d) GMT\)$/.exec(textOf(reason) ?? "")?.groups ?? {};
  const at = day === undefined || time === undefined ? NaN : Date.parse(`${day}T${time}Z`);
  return Number.isNaN(at) ? undefined : at;
}

function readAddresses(raw: Raw) {
  const publicAddress = addressOf(raw["PublicIpAddress"]);
  return {
    publicAddress,
    privateAddress: addressOf(raw["PrivateIpAddress"]),
    ipv6Address: addressOf(raw["Ipv6Address"]),
    hasElasticAddress: publicAddress !== undefined && listOf(raw["NetworkInterfaces"]).some(isOwnAddress),
  };
}

/** AWS lends its own addresses until the next stop; one of the account stays. */
function isOwnAddress(networkInterface: unknown): boolean {
  const owner = recordOf(recordOf(networkInterface)["Association"])["IpOwnerId"];
  return typeof owner === "string" && /^\d{12}$/.test(owner);
}

/** An address with a zone ("%eth0") is one of this machine's own network only. */
function addressOf(value: unknown): string | undefined {
  return typeof value === "string" && isIP(value) !== 0 && !value.includes("%") ? value : undefined;
}

function readVolumes(raw: Raw) {
  const rootDevice = textOf(raw["RootDeviceName"]);
  const volumes = listOf(raw["BlockDeviceMappings"]).flatMap((mapping) => {
    const disk = recordOf(recordOf(mapping)["Ebs"]);
    const id = formOf(disk["VolumeId"], /^vol-[0-9a-zA-Z]{1,32}$/);
    const isKept = disk["DeleteOnTermination"] === false;
    return id === undefined ? [] : [{ id, isKept, device: textOf(recordOf(mapping)["DeviceName"]) }];
  });
  return {
    rootDeviceType: textOf(raw["RootDeviceType"], 64),
    rootVolumeId: volumes.find(({ device }) => device !== undefined && device === rootDevice)?.id,
    volumeIds: volumes.map(({ id }) => id),
    keptVolumeIds: volumes.filter(({ isKept }) => isKept).map(({ id }) => id),
  };
}

function readOwner(raw: Raw) {
  return {
    imageId: formOf(raw["ImageId"], /^ami-[0-9a-zA-Z]{1,32}$/),
    keyName: textOf(raw["KeyName"]),
    profileArn: textOf(recordOf(raw["IamInstanceProfile"])["Arn"], 512),
    securityGroups: listOf(raw["SecurityGroups"]).flatMap(
      (group) => formOf(recordOf(group)["GroupId"], /^sg-[0-9a-zA-Z]{1,32}$/) ?? [],
    ),
    tags: readTags(raw["Tags"]),
  };
}

/** Tags as AWS lists them, `{ Key, Value }` each; what has another form is left out. */
function readTags(value: unknown): Readonly<Record<string, string>> {
  const tags = listOf(value).flatMap((tag) => {
    const { Key: key, Value: content } = recordOf(tag);
    return typeof key === "string" && key !== "" && typeof content === "string"
      ? [[key.slice(0, 128), content.slice(0, 256)] as const]
      : [];
  });
  return Object.fromEntries(tags.slice(0, MAX_TAGS));
}
