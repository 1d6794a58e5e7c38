import { AwsError, invalidValue, missing } from "../awsError.ts";
import { flag, group, groups, required, texts, wholeNumber, type Parameters } from "../wire/parameters.ts";
import { tagsFor } from "./tagSpecifications.ts";
import type { Tags } from "../world/model.ts";

/** What RunInstances was asked for, before the world has its say. */
export interface LaunchRequest {
  readonly imageId: string;
  readonly instanceType: string;
  readonly least: number;
  readonly most: number;
  readonly clientToken: string | undefined;
  readonly keyName: string | undefined;
  readonly groupIds: readonly string[];
  readonly groupNames: readonly string[];
  readonly subnetId: string | undefined;
  readonly zone: string | undefined;
  readonly publicIp: boolean;
  readonly userData: string | undefined;
  readonly instanceProfile: string | undefined;
  readonly hibernation: boolean;
  readonly terminationProtected: boolean;
  readonly stopProtected: boolean;
  readonly shutdownBehavior: "stop" | "terminate";
  readonly ebsOptimized: boolean;
  readonly tokensRequired: boolean;
  readonly disks: readonly DiskRequest[];
  readonly spot: SpotTerms | undefined;
  readonly instanceTags: Tags;
  readonly volumeTags: Tags;
  readonly spotTags: Tags;
  readonly dryRun: boolean;
}

export interface DiskRequest {
  readonly device: string;
  readonly sizeGiB: number | undefined;
  readonly type: string | undefined;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
  readonly encrypted: boolean;
  readonly kmsKeyId: string | undefined;
  readonly snapshotId: string | undefined;
  readonly deleteOnTermination: boolean;
}

export interface SpotTerms {
  readonly persistent: boolean;
  readonly interruption: "terminate" | "stop" | "hibernate";
  readonly maxPrice: string | undefined;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html */
export function parseLaunch(parameters: Parameters): LaunchRequest {
  return {
    imageId: required(parameters, "ImageId"),
    // What the service itself falls back to.
    instanceType: parameters["InstanceType"] ?? "m1.small",
    ...parseCounts(parameters),
    clientToken: parseToken(parameters["ClientToken"]),
    keyName: parameters["KeyName"],
    ...parsePlace(parameters),
    userData: parseUserData(parameters["UserData"]),
    instanceProfile: parameters["IamInstanceProfile.Name"] ?? parameters["IamInstanceProfile.Arn"],
    hibernation: flag(parameters, "HibernationOptions.Configured"),
    terminationProtected: flag(parameters, "DisableApiTermination"),
    stopProtected: flag(parameters, "DisableApiStop"),
    shutdownBehavior: parameters["InstanceInitiatedShutdownBehavior"] === "terminate" ? "terminate" : "stop",
    ebsOptimized: flag(parameters, "EbsOptimized"),
    tokensRequired: parameters["MetadataOptions.HttpTokens"] === "required",
    disks: groups(parameters, "BlockDeviceMapping").flatMap(parseDisk),
    spot: parseSpot(parameters),
    instanceTags: tagsFor(parameters, "instance"),
    volumeTags: tagsFor(parameters, "volume"),
    spotTags: tagsFor(parameters, "spot-instances-request"),
    dryRun: flag(parameters, "DryRun"),
  };
}

function parseCounts(parameters: Parameters): Pick<LaunchRequest, "least" | "most"> {
  const least = wholeNumber(parameters, "MinCount");
  const most = wholeNumber(parameters, "MaxCount");
  if (least === undefined) throw missing("MinCount");
  if (most === undefined) throw missing("MaxCount");
  if (least < 1) throw invalidValue("minCount", String(least), "It must be 1 or more.");
  if (most < least) throw invalidValue("maxCount", String(most), "It must not be less than minCount.");
  return { least, most };
}

function parseToken(token: string | undefined): string | undefined {
  if (token === undefined || token === "") return undefined;
  if (/^[\x20-\x7e]{1,64}$/.test(token)) return token;
  throw invalidValue("clientToken", token, "It may have up to 64 ASCII characters.");
}

type PlaceRequest = Pick<LaunchRequest, "groupIds" | "groupNames" | "subnetId" | "zone" | "publicIp">;

/** Groups and subnet are those of the request or those of its network interface, not of both. */
function parsePlace(parameters: Parameters): PlaceRequest {
  const [card] = groups(parameters, "NetworkInterface");
  const outside = { groupIds: texts(parameters, "SecurityGroupId"), subnetId: parameters["SubnetId"] };
  if (card && (outside.groupIds.length > 0 || outside.subnetId !== undefined))
    throw new AwsError(
      "InvalidParameterCombination",
      "Network interfaces and an instance-level subnet or security groups may not be specified on the same request",
    );
  return {
    groupIds: card ? texts(card, "SecurityGroupId") : outside.groupIds,
    groupNames: texts(parameters, "SecurityGroup"),
    subnetId: card ? card["SubnetId"] : outside.subnetId,
    zone: parameters["Placement.AvailabilityZone"],
    publicIp: card?.["AssociatePublicIpAddress"] !== "false",
  };
}

function parseUserData(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) throw invalidValue("UserData", "…", "It is not Base64.");
  if (Buffer.from(text, "base64").length > 16_384) throw invalidValue("UserData", "…", "It is limited to 16384 bytes.");
  return text;
}

function parseDisk(mapping: Parameters): readonly DiskRequest[] {
  const ebs = group(mapping, "Ebs");
  if (!ebs) return [];
  return [
    {
      device: required(mapping, "DeviceName"),
      sizeGiB: wholeNumber(ebs, "VolumeSize"),
      type: ebs["VolumeType"],
      iops: wholeNumber(ebs, "Iops"),
      throughput: wholeNumber(ebs, "Throughput"),
      encrypted: flag(ebs, "Encrypted"),
      kmsKeyId: ebs["KmsKeyId"],
      snapshotId: ebs["SnapshotId"],
      deleteOnTermination: ebs["DeleteOnTermination"] !== "false",
    },
  ];
}

function parseSpot(parameters: Parameters): SpotTerms | undefined {
  const options = group(parameters, "InstanceMarketOptions");
  if (options?.["MarketType"] !== "spot") return undefined;
  const persistent = options["SpotOptions.SpotInstanceType"] === "persistent";
  const interruption = parseInterruption(options["SpotOptions.InstanceInterruptionBehavior"]);
  if (!persistent && interruption !== "terminate")
    throw new AwsError(
      "InvalidParameterCombination",
      `The interruption behavior '${interruption}' needs a persistent Spot request`,
    );
  return { persistent, interruption, maxPrice: options["SpotOptions.MaxPrice"] };
}

function parseInterruption(word = "terminate"): SpotTerms["interruption"] {
  if (word === "terminate" || word === "stop" || word === "hibernate") return word;
  throw invalidValue("instanceInterruptionBehavior", word, "It is unknown.");
}
