import { AwsError, invalidValue } from "../awsError.ts";
import { instanceType } from "../data/instanceTypes.ts";
import { required, texts, type Parameters } from "../wire/parameters.ts";
import type { XmlMembers } from "../wire/xml.ts";
import { change } from "../world/instanceStates.ts";
import type { Instance } from "../world/model.ts";
import type { RegionWorld } from "../world/region.ts";
import type { Ec2Call } from "./call.ts";
import { findInstances } from "./ids.ts";

export function modifyInstanceAttribute({ region, parameters }: Ec2Call): XmlMembers {
  const [instance] = findInstances(region, [required(parameters, "InstanceId")]);
  if (instance) change(region, instance.id, patchOf(region, instance, parameters));
  return { return: true };
}

function patchOf(region: RegionWorld, instance: Instance, parameters: Parameters): Partial<Instance> {
  const groupIds = texts(parameters, "GroupId");
  for (const id of groupIds)
    if (!region.securityGroups.has(id))
      throw new AwsError("InvalidGroup.NotFound", `The security group '${id}' does not exist`);
  return {
    ...newType(instance, valueOf(parameters, "InstanceType")),
    ...newUserData(instance, valueOf(parameters, "UserData")),
    ...(groupIds.length > 0 ? { groupIds } : {}),
    ...flagOf(parameters, "DisableApiTermination", "terminationProtected"),
    ...flagOf(parameters, "DisableApiStop", "stopProtected"),
    ...flagOf(parameters, "EbsOptimized", "ebsOptimized"),
  };
}

/** The older form names the attribute and its value apart. */
function valueOf(parameters: Parameters, name: string): string | undefined {
  const older = parameters["Attribute"]?.toLowerCase() === name.toLowerCase() ? parameters["Value"] : undefined;
  return parameters[`${name}.Value`] ?? older;
}

function flagOf(parameters: Parameters, name: string, field: keyof Instance): Partial<Instance> {
  const text = valueOf(parameters, name);
  return text === undefined ? {} : { [field]: text === "true" };
}

function newType(instance: Instance, name: string | undefined): Partial<Instance> {
  if (name === undefined) return {};
  const type = instanceType(name);
  if (!type) throw invalidValue("instanceType", name, "Such a type does not exist.");
  checkStopped(instance, "instanceType");
  if (type.architecture !== instance.architecture)
    throw new AwsError("InvalidParameterValue", `The architecture of ${name} does not match that of the image.`);
  if (instance.hibernationConfigured && !type.hibernation)
    throw new AwsError(
      "UnsupportedHibernationConfiguration",
      `The instance type ${name} does not support hibernation.`,
    );
  return { instanceType: name };
}

function newUserData(instance: Instance, userData: string | undefined): Partial<Instance> {
  if (userData === undefined) return {};
  checkStopped(instance, "userData");
  return { userData };
}

function checkStopped({ id, state }: Instance, attribute: string): void {
  if (state === "stopped") return;
  throw new AwsError(
    "IncorrectInstanceState",
    `The instance '${id}' is not stopped: its ${attribute} cannot be changed.`,
  );
}
