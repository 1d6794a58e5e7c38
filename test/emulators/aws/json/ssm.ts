import { AwsError } from "../awsError.ts";
import { imageOfParameter } from "../data/images.ts";
import type { Instance } from "../world/model.ts";
import type { RegionWorld } from "../world/region.ts";
import { objectList, pageOfList, requiredText, textList, type JsonAction, type JsonCall } from "./call.ts";

/** What the emulator can do of Systems Manager. */
export const SSM_ACTIONS: Readonly<Record<string, JsonAction>> = {
  GetParameter: getParameter,
  GetParameters: getParameters,
  DescribeInstanceInformation: describeInstanceInformation,
};

function getParameter({ region, parameters }: JsonCall): object {
  const found = parameter(region, requiredText(parameters, "Name"));
  if (!found) throw new AwsError("ParameterNotFound", "");
  return { Parameter: found };
}

function getParameters({ region, parameters }: JsonCall): object {
  const names = textList(parameters, "Names");
  return {
    Parameters: names.flatMap((name) => parameter(region, name) ?? []),
    InvalidParameters: names.filter((name) => !parameter(region, name)),
  };
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html */
function parameter({ facts }: RegionWorld, name: string): object | undefined {
  const image = imageOfParameter(facts.name, name);
  if (!image) return undefined;
  return {
    Name: name,
    Type: "String",
    Value: image.id,
    Version: 42,
    LastModifiedDate: Date.parse(image.createdAt) / 1000,
    ARN: `arn:aws:ssm:${facts.name}::parameter${name}`,
    DataType: "aws:ec2:image",
  };
}

/** An instance reports itself once it runs and its role lets it; one that stopped later is remembered. */
function describeInstanceInformation({ region, parameters }: JsonCall): object {
  const wanted = objectList(parameters, "Filters").find(({ Key }) => Key === "InstanceIds");
  const ids = wanted ? textList(wanted, "Values") : undefined;
  const known = region.instances
    .values()
    .filter((instance) => reports(instance) && (ids?.includes(instance.id) ?? true));
  const { items, more } = pageOfList(parameters, known, 50);
  return { InstanceInformationList: items.map((instance) => information(region, instance)), ...more };
}

function reports({ instanceProfile, state }: Instance): boolean {
  return instanceProfile !== undefined && (state === "running" || state === "stopping" || state === "stopped");
}

function information({ cloud }: RegionWorld, instance: Instance): object {
  return {
    InstanceId: instance.id,
    PingStatus: instance.state === "running" ? "Online" : "ConnectionLost",
    LastPingDateTime: cloud.clock.now() / 1000,
    AgentVersion: "3.3.1142.0",
    PlatformType: "Linux",
    PlatformName: "Ubuntu",
    ResourceType: "EC2Instance",
    IPAddress: instance.privateIp,
  };
}
