import { isIPv4, isIPv6 } from "node:net";
import { AwsError } from "../awsError.ts";
import { groups, required, wholeNumber, type Parameters } from "../wire/parameters.ts";
import type { XmlMembers, XmlValue } from "../wire/xml.ts";
import type { Rule, RuleSource } from "../world/model.ts";
import { longId, type RegionWorld } from "../world/region.ts";

export const EVERYTHING_OUT: Rule = {
  id: "sgr-0000000000000000",
  protocol: "-1",
  fromPort: undefined,
  toPort: undefined,
  source: { kind: "ipv4", cidr: "0.0.0.0/0" },
  description: undefined,
};

/** Numbers and names of a protocol mean the same. */
const PROTOCOLS: Readonly<Record<string, string>> = { "6": "tcp", "17": "udp", "1": "icmp", all: "-1" };

/** One for each source of each permission. */
export function parseRules(region: RegionWorld, parameters: Parameters): readonly Rule[] {
  const listed = groups(parameters, "IpPermissions");
  const short = parameters["CidrIp"];
  const all = short === undefined ? listed : [...listed, { ...parameters, "IpRanges.1.CidrIp": short }];
  return all.flatMap((permission) => parsePermission(region, permission));
}

function parsePermission(region: RegionWorld, permission: Parameters): readonly Rule[] {
  const word = required(permission, "IpProtocol");
  const protocol = PROTOCOLS[word] ?? word;
  const every = protocol === "-1";
  const rule = (source: RuleSource, description: string | undefined): Rule => ({
    id: longId(region.cloud, "sgr"),
    protocol,
    fromPort: every ? undefined : wholeNumber(permission, "FromPort"),
    toPort: every ? undefined : wholeNumber(permission, "ToPort"),
    source,
    description,
  });
  return [
    ...groups(permission, "IpRanges").map((range) =>
      rule({ kind: "ipv4", cidr: checkCidr(range["CidrIp"] ?? "") }, range["Description"]),
    ),
    ...groups(permission, "Ipv6Ranges").map((range) =>
      rule({ kind: "ipv6", cidr: checkCidr(range["CidrIpv6"] ?? "") }, range["Description"]),
    ),
    ...groups(permission, "Groups").map((pair) =>
      rule({ kind: "group", groupId: checkGroup(region, pair["GroupId"] ?? "") }, pair["Description"]),
    ),
  ];
}

function checkCidr(cidr: string): string {
  const [address = "", bits = ""] = cidr.split("/");
  const most = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  if (/^\d+$/.test(bits) && Number(bits) <= most) return cidr;
  throw new AwsError("InvalidParameterValue", `CIDR block ${cidr} is malformed`);
}

function checkGroup({ securityGroups }: RegionWorld, id: string): string {
  if (securityGroups.has(id)) return id;
  throw new AwsError("InvalidGroup.NotFound", `The security group '${id}' does not exist`);
}

/** The same text for the same rule; the description does not count. */
export function ruleText({ protocol, fromPort, toPort, source }: Rule): string {
  const from = source.kind === "group" ? source.groupId : source.cidr;
  return `peer: ${from}, ${protocol}, from port: ${fromPort ?? "all"}, to port: ${toPort ?? "all"}, ALLOW`;
}

/** Sources of the same protocol and ports are shown as one permission. */
export function permissionSet(rules: readonly Rule[], accountId: string): XmlValue {
  const byPorts = Map.groupBy(rules, ({ protocol, fromPort, toPort }) => `${protocol}/${fromPort}/${toPort}`);
  return [...byPorts.values()].map((same) => {
    const [first] = same;
    return {
      ipProtocol: first?.protocol ?? "-1",
      fromPort: first?.fromPort,
      toPort: first?.toPort,
      groups: same.flatMap(({ source, description }) =>
        source.kind === "group" ? [{ userId: accountId, groupId: source.groupId, description }] : [],
      ),
      ipRanges: same.flatMap(({ source, description }) =>
        source.kind === "ipv4" ? [{ cidrIp: source.cidr, description }] : [],
      ),
      ipv6Ranges: same.flatMap(({ source, description }) =>
        source.kind === "ipv6" ? [{ cidrIpv6: source.cidr, description }] : [],
      ),
      prefixListIds: [],
    };
  });
}

export function ruleMembers(rule: Rule, groupId: string, accountId: string): XmlMembers & XmlValue {
  const { source } = rule;
  return {
    securityGroupRuleId: rule.id,
    groupId,
    groupOwnerId: accountId,
    isEgress: false,
    ipProtocol: rule.protocol,
    // What has no ports shows -1.
    fromPort: rule.fromPort ?? -1,
    toPort: rule.toPort ?? -1,
    cidrIpv4: source.kind === "ipv4" ? source.cidr : undefined,
    cidrIpv6: source.kind === "ipv6" ? source.cidr : undefined,
    referencedGroupInfo: source.kind === "group" ? { groupId: source.groupId, userId: accountId } : undefined,
    description: rule.description,
  };
}
