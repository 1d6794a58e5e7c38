import type { _InstanceType, ResourceType, RunInstancesCommandInput, Tag, TagSpecification } from "@aws-sdk/client-ec2";
import type { LaunchSpec } from "./launchSpec.ts";

/** What a launch in one zone asks for: the same spec, zone and token give the same request. */
export function launchRequest(
  spec: LaunchSpec,
  { zone, token, groupId }: { readonly zone: string; readonly token: string; readonly groupId: string },
): RunInstancesCommandInput {
  return {
    ...machineOf(spec, zone),
    ClientToken: token,
    KeyName: spec.key.name,
    SecurityGroupIds: [groupId],
  };
}

/** As far as a trial goes before there is a key pair or a group. */
export function trialRequest(spec: LaunchSpec, zone: string): RunInstancesCommandInput {
  return { ...machineOf(spec, zone), DryRun: true };
}

function machineOf(spec: LaunchSpec, zone: string): RunInstancesCommandInput {
  return {
    ImageId: spec.imageId,
    InstanceType: spec.instanceType as _InstanceType, // the SDK's list of names is always older than AWS's
    MinCount: 1,
    MaxCount: 1,
    Placement: { AvailabilityZone: zone },
    ...subnetOf(spec, zone),
    BlockDeviceMappings: [
      {
        DeviceName: spec.rootDevice,
        Ebs: { VolumeType: "gp3", VolumeSize: spec.diskGiB, Encrypted: true, DeleteOnTermination: true },
      },
    ],
    // Without version 1 a request forged in a program on the machine does not get its credentials.
    MetadataOptions: { HttpTokens: "required", HttpEndpoint: "enabled" },
    InstanceInitiatedShutdownBehavior: spec.atShutdown,
    UserData: spec.userData,
    TagSpecifications: tagSpecifications(spec),
    ...(spec.hibernation ? { HibernationOptions: { Configured: true } } : {}),
    ...(spec.market === "spot"
      ? {
          InstanceMarketOptions: {
            MarketType: "spot",
            SpotOptions: { SpotInstanceType: "one-time", InstanceInterruptionBehavior: "terminate" },
          },
        }
      : {}),
  };
}

function subnetOf({ network }: LaunchSpec, zone: string): Pick<RunInstancesCommandInput, "SubnetId"> {
  const subnet = network?.subnets[zone];
  return subnet === undefined ? {} : { SubnetId: subnet };
}

function tagSpecifications(spec: LaunchSpec): TagSpecification[] {
  const named = [...tagList(spec.tags), { Key: "Name", Value: spec.name }];
  const tagged: readonly ResourceType[] = ["instance", "volume"];
  const specifications = tagged.map((type): TagSpecification => ({ ResourceType: type, Tags: named }));
  const request: TagSpecification = { ResourceType: "spot-instances-request", Tags: tagList(spec.tags) };
  return spec.market === "spot" ? [...specifications, request] : specifications;
}

export function tagList(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
