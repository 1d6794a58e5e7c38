import { AwsError, invalidValue, missing } from "../awsError.ts";
import { required, texts, type Parameters } from "../wire/parameters.ts";
import type { XmlMembers } from "../wire/xml.ts";
import type { Rule, SecurityGroup } from "../world/model.ts";
import { longId, type RegionWorld } from "../world/region.ts";
import type { Ec2Call } from "./call.ts";
import { filterOf } from "./filters.ts";
import { tagSet } from "./instanceXml.ts";
import { pageOf } from "./paging.ts";
import { named } from "./places.ts";
import { EVERYTHING_OUT, parseRules, permissionSet, ruleMembers, ruleText } from "./securityRules.ts";
import { tagsFor } from "./tagSpecifications.ts";

export function createSecurityGroup({ region, parameters }: Ec2Call): XmlMembers {
  const name = required(parameters, "GroupName");
  const vpcId = parameters["VpcId"] ?? [...region.vpcs.keys()][0] ?? "";
  if (!region.vpcs.has(vpcId)) throw new AwsError("InvalidVpcID.NotFound", `The vpc ID '${vpcId}' does not exist`);
  if (name.startsWith("sg-")) throw invalidValue("groupName", name, "It may not start with sg-.");
  if ([...region.securityGroups.values()].some((group) => group.name === name && group.vpcId === vpcId))
    throw new AwsError("InvalidGroup.Duplicate", `The security group '${name}' already exists for VPC '${vpcId}'`);
  const group: SecurityGroup = {
    id: longId(region.cloud, "sg"),
    tags: tagsFor(parameters, "security-group"),
    name,
    description: required(parameters, "GroupDescription"),
    vpcId,
    ingress: [],
  };
  region.securityGroups.set(group.id, group);
  return { return: true, groupId: group.id, tagSet: tagSet(group.tags), securityGroupArn: arnOf(region, group.id) };
}

/** All rules of the request or none. */
export function authorizeSecurityGroupIngress({ region, parameters }: Ec2Call): XmlMembers {
  const group = findGroup(region, parameters);
  const rules = parseRules(region, parameters);
  if (rules.length === 0) throw missing("ipPermissions");
  const known = new Set(group.ingress.map(ruleText));
  const twice = rules.find((rule) => known.has(ruleText(rule)));
  if (twice)
    throw new AwsError("InvalidPermission.Duplicate", `the specified rule "${ruleText(twice)}" already exists`);
  region.securityGroups.set(group.id, { ...group, ingress: [...group.ingress, ...rules] });
  return {
    return: true,
    securityGroupRuleSet: rules.map((rule) => ruleMembers(rule, group.id, region.account.accountId)),
  };
}

export function revokeSecurityGroupIngress({ region, parameters }: Ec2Call): XmlMembers {
  const group = findGroup(region, parameters);
  const revoked = [
    ...namedRules(group, texts(parameters, "SecurityGroupRuleId")),
    ...sameRules(group, parseRules(region, parameters)),
  ];
  region.securityGroups.set(group.id, { ...group, ingress: group.ingress.filter((rule) => !revoked.includes(rule)) });
  return {
    return: true,
    revokedSecurityGroupRuleSet: revoked.map((rule) => ruleMembers(rule, group.id, region.account.accountId)),
  };
}

function namedRules({ ingress }: SecurityGroup, ids: readonly string[]): readonly Rule[] {
  return ids.map((id) => {
    const rule = ingress.find((candidate) => candidate.id === id);
    if (!rule)
      throw new AwsError("InvalidSecurityGroupRuleId.NotFound", `The security group rule ID '${id}' does not exist`);
    return rule;
  });
}

function sameRules({ ingress }: SecurityGroup, wanted: readonly Rule[]): readonly Rule[] {
  return wanted.map((want) => {
    const rule = ingress.find((candidate) => ruleText(candidate) === ruleText(want));
    if (!rule)
      throw new AwsError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.");
    return rule;
  });
}

export function describeSecurityGroups(call: Ec2Call): XmlMembers {
  const { region, parameters } = call;
  const names = texts(parameters, "GroupName");
  const all = named(region.securityGroups, texts(parameters, "GroupId"), "InvalidGroup.NotFound");
  const absent = names.find((name) => !all.some((group) => group.name === name));
  if (absent !== undefined)
    throw new AwsError("InvalidGroup.NotFound", `The security group '${absent}' does not exist`);
  const passes = filterOf<SecurityGroup>(parameters, {
    "group-id": ({ id }) => [id],
    "group-name": ({ name }) => [name],
    "vpc-id": ({ vpcId }) => [vpcId],
    description: ({ description }) => [description],
    "owner-id": () => [region.account.accountId],
    "ip-permission.cidr": ({ ingress }) =>
      ingress.map(({ source }) => (source.kind === "ipv4" ? source.cidr : undefined)),
    "ip-permission.from-port": ({ ingress }) => ingress.map(({ fromPort }) => fromPort?.toString()),
  });
  const listed = all.filter(({ name }) => names.length === 0 || names.includes(name)).filter(passes);
  const { items, nextToken } = pageOf(call, listed, { least: 5, most: 1000 });
  return {
    securityGroupInfo: items.map((group) => ({
      ownerId: region.account.accountId,
      groupId: group.id,
      groupName: group.name,
      groupDescription: group.description,
      vpcId: group.vpcId,
      ipPermissions: permissionSet(group.ingress, region.account.accountId),
      ipPermissionsEgress: permissionSet([EVERYTHING_OUT], region.account.accountId),
      tagSet: tagSet(group.tags),
      securityGroupArn: arnOf(region, group.id),
    })),
    nextToken,
  };
}

export function deleteSecurityGroup({ region, parameters }: Ec2Call): XmlMembers {
  const group = findGroup(region, parameters);
  if (group.name === "default") throw new AwsError("CannotDelete", "The default security group cannot be deleted.");
  if (isUsed(region, group.id))
    throw new AwsError("DependencyViolation", `resource ${group.id} has a dependent object`);
  region.securityGroups.delete(group.id);
  return { return: true, groupId: group.id };
}

/** By an instance that has not ended, or by a rule of another group. */
function isUsed({ instances, securityGroups }: RegionWorld, id: string): boolean {
  return (
    instances.values().some(({ groupIds }) => groupIds.includes(id)) ||
    [...securityGroups.values()].some((group) => group.id !== id && group.ingress.some((rule) => isFrom(rule, id)))
  );
}

function isFrom({ source }: Rule, groupId: string): boolean {
  return source.kind === "group" && source.groupId === groupId;
}

function findGroup({ securityGroups }: RegionWorld, parameters: Parameters): SecurityGroup {
  const { GroupId: id, GroupName: name } = parameters;
  const group = [...securityGroups.values()].find((candidate) =>
    id === undefined ? candidate.name === name : candidate.id === id,
  );
  if (!group) throw new AwsError("InvalidGroup.NotFound", `The security group '${id ?? name ?? ""}' does not exist`);
  return group;
}

function arnOf({ facts, account }: RegionWorld, id: string): string {
  return `arn:aws:ec2:${facts.name}:${account.accountId}:security-group/${id}`;
}
