import {
  AuthorizeSecurityGroupIngressCommand,
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteKeyPairCommand,
  DeleteSecurityGroupCommand,
  DeleteTagsCommand,
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeImagesCommand,
  DescribeKeyPairsCommand,
  DescribeRegionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVpcsCommand,
  ImportKeyPairCommand,
  RevokeSecurityGroupIngressCommand,
  TerminateInstancesCommand,
  type IpPermission,
} from "@aws-sdk/client-ec2";
import { utils } from "ssh2";
import { describe, expect, it } from "vitest";
import { ec2Client, errorName, only, setUp } from "./clients.ts";

const current = setUp();

const SSH: IpPermission = {
  IpProtocol: "tcp",
  FromPort: 22,
  ToPort: 22,
  IpRanges: [{ CidrIp: "198.18.0.1/32", Description: "me" }, { CidrIp: "198.18.0.2/32" }],
};

describe("a security group", () => {
  const create = async (GroupName = "dev") => {
    const input = { GroupName, Description: "Development machines" };
    return (await current().ec2.send(new CreateSecurityGroupCommand(input))).GroupId ?? "";
  };
  const allow = (GroupId: string, IpPermissions: IpPermission[]) =>
    current().ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  const read = async (GroupId: string) => {
    const { SecurityGroups } = await current().ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
    return only(SecurityGroups);
  };

  it("has one name in its network and shows its rules by port", async () => {
    const id = await create();
    expect(await errorName(create())).toBe("InvalidGroup.Duplicate");
    const { SecurityGroupRules } = await allow(id, [SSH]);
    expect(SecurityGroupRules?.map(({ CidrIpv4, FromPort }) => [CidrIpv4, FromPort])).toEqual([
      ["198.18.0.1/32", 22],
      ["198.18.0.2/32", 22],
    ]);
    expect(await read(id)).toMatchObject({
      GroupName: "dev",
      Description: "Development machines",
      IpPermissions: [SSH],
      IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
    });
  });

  it("takes no rule twice, no malformed address, and gives rules up", async () => {
    const id = await create();
    await allow(id, [SSH]);
    expect(await errorName(allow(id, [SSH]))).toBe("InvalidPermission.Duplicate");
    const malformed = [{ ...SSH, IpRanges: [{ CidrIp: "198.18.0.300/32" }] }];
    expect(await errorName(allow(id, malformed))).toBe("InvalidParameterValue");
    const revoke = () =>
      current().ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: [SSH] }));
    await revoke();
    expect((await read(id)).IpPermissions).toEqual([]);
    expect(await errorName(revoke())).toBe("InvalidPermission.NotFound");
  });

  it("cannot go while an instance has it", async () => {
    const { aws, ec2 } = current();
    const id = await create();
    const instance = aws.addInstance({ groupIds: [id] });
    const remove = () => ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }));
    expect(await errorName(remove())).toBe("DependencyViolation");
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instance] }));
    expect(await errorName(remove())).toBe("DependencyViolation");
    await aws.clock.advance(30_000);
    await remove();
    expect(await errorName(read(id))).toBe("InvalidGroup.NotFound");
  });
});

describe("a key pair", () => {
  const ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8LxzeEHkBgWfZyzXlWYcLXDDZw6gGfBqKb2cLLQSYf me@laptop";
  const importKey = (text: string, KeyName = "laptop") =>
    current().ec2.send(new ImportKeyPairCommand({ KeyName, PublicKeyMaterial: Buffer.from(text) }));

  it("is imported once, listed, and deleted as often as wanted", async () => {
    const { ec2 } = current();
    const { KeyPairId } = await importKey(ED25519);
    expect(KeyPairId).toMatch(/^key-[0-9a-f]{17}$/);
    expect(await errorName(importKey(ED25519))).toBe("InvalidKeyPair.Duplicate");
    expect(await errorName(importKey("ssh-dss AAAA", "old"))).toBe("InvalidKey.Format");
    const { KeyPairs } = await ec2.send(new DescribeKeyPairsCommand({ IncludePublicKey: true }));
    expect(only(KeyPairs)).toMatchObject({ KeyName: "laptop", KeyType: "ed25519", PublicKey: ED25519 });
    for (let time = 0; time < 2; time += 1) await ec2.send(new DeleteKeyPairCommand({ KeyName: "laptop" }));
    const gone = ec2.send(new DescribeKeyPairsCommand({ KeyNames: ["laptop"] }));
    expect(await errorName(gone)).toBe("InvalidKeyPair.NotFound");
  });

  it.each(["rsa", "ed25519"] as const)("of type %s is made with a private half that SSH reads", async (KeyType) => {
    const { aws, ec2 } = current();
    const { KeyMaterial = "" } = await ec2.send(new CreateKeyPairCommand({ KeyName: "made", KeyType }));
    const key = utils.parseKey(KeyMaterial);
    if (key instanceof Error) throw key;
    const known = only(aws.region("us-east-1").keyPairs);
    expect(known.publicKey.split(" ")[1]).toBe(key.getPublicSSH().toString("base64"));
    await ec2.send(new DeleteKeyPairCommand({ KeyName: "made" }));
    const { KeyFingerprint } = await importKey(known.publicKey);
    expect(KeyFingerprint).toMatch(KeyType === "rsa" ? /^[0-9a-f]{2}(:[0-9a-f]{2}){15}$/ : /^[A-Za-z0-9+/]{43}=$/);
  });
});

describe("tags", () => {
  it("are put on any resource, found and taken off again", async () => {
    const { aws, ec2 } = current();
    const instance = aws.addInstance();
    const volume = only(aws.region("us-east-1").volumes).id;
    const Tags = [
      { Key: "owner", Value: "me" },
      { Key: "purpose", Value: "" },
    ];
    await ec2.send(new CreateTagsCommand({ Resources: [instance, volume], Tags }));
    const list = async () => {
      const Filters = [{ Name: "key", Values: ["owner", "purpose"] }];
      const { Tags: found } = await ec2.send(new DescribeTagsCommand({ Filters }));
      return found?.map(({ ResourceType, Key, Value }) => `${ResourceType ?? ""} ${Key ?? ""}=${Value ?? ""}`);
    };
    expect(await list()).toEqual(["instance owner=me", "instance purpose=", "volume owner=me", "volume purpose="]);
    await ec2.send(
      new DeleteTagsCommand({ Resources: [instance], Tags: [{ Key: "owner", Value: "you" }, { Key: "purpose" }] }),
    );
    await ec2.send(new DeleteTagsCommand({ Resources: [volume] }));
    expect(await list()).toEqual(["instance owner=me"]);
  });

  it("are refused for what is not there, with a reserved key, and beyond fifty", async () => {
    const { aws, ec2 } = current();
    const tag = (Resources: string[], ...keys: string[]) =>
      errorName(ec2.send(new CreateTagsCommand({ Resources, Tags: keys.map((Key) => ({ Key, Value: "" })) })));
    const id = aws.addInstance();
    expect(await tag(["i-00000000000000abc"], "a")).toBe("InvalidInstanceID.NotFound");
    expect(await tag([id, "vol-00000000000000abc"], "a")).toBe("InvalidVolume.NotFound");
    expect(only(aws.region("us-east-1").instances).tags.size).toBe(0);
    expect(await tag([id], "aws:name")).toBe("InvalidParameterValue");
    expect(await tag([id], ...Array.from({ length: 51 }, (_, index) => `key${index}`))).toBe("TagLimitExceeded");
  });
});

describe("places", () => {
  it("are regions with zones, a default network and a subnet in each zone", async () => {
    const { ec2 } = current();
    const { Regions = [] } = await ec2.send(new DescribeRegionsCommand({}));
    const { Regions: all = [] } = await ec2.send(new DescribeRegionsCommand({ AllRegions: true }));
    expect(Regions.every(({ OptInStatus }) => OptInStatus === "opt-in-not-required")).toBe(true);
    expect(all.find(({ RegionName }) => RegionName === "af-south-1")?.OptInStatus).toBe("not-opted-in");
    expect(all.length).toBeGreaterThan(Regions.length);
    const { AvailabilityZones } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
    expect(AvailabilityZones?.[0]).toMatchObject({ ZoneName: "us-east-1a", ZoneId: "use1-az1", State: "available" });
    const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["true"] }] }));
    const { Subnets } = await ec2.send(new DescribeSubnetsCommand({}));
    expect(Subnets?.map(({ VpcId, DefaultForAz }) => [VpcId, DefaultForAz])).toEqual(
      Array.from({ length: 6 }, () => [only(Vpcs).VpcId, true]),
    );
  });

  it("keep machines apart, and one that the account has not opted into refuses", async () => {
    const { aws } = current();
    aws.addInstance({ region: "eu-central-1" });
    expect(aws.region("us-east-1").instances).toEqual([]);
    expect(aws.region("eu-central-1").instances).toHaveLength(1);
    const cape = ec2Client(aws.endpoint, { region: "af-south-1" });
    expect(await errorName(cape.send(new DescribeVpcsCommand({})))).toBe("AuthFailure");
    cape.destroy();
  });
});

it("images and addresses are listed", async () => {
  const { aws, ec2 } = current();
  const { Images = [] } = await ec2.send(
    new DescribeImagesCommand({ Owners: ["amazon"], Filters: [{ Name: "architecture", Values: ["arm64"] }] }),
  );
  expect(Images.map(({ Architecture, RootDeviceName }) => [Architecture, RootDeviceName])).toEqual([
    ["arm64", "/dev/sda1"],
    ["arm64", "/dev/sda1"],
  ]);
  const absent = ec2.send(new DescribeImagesCommand({ ImageIds: ["ami-00000000000000000"] }));
  expect(await errorName(absent)).toBe("InvalidAMIID.NotFound");
  const InstanceId = aws.addInstance({ elasticIp: "198.18.255.1" });
  const { Addresses } = await ec2.send(new DescribeAddressesCommand({}));
  expect(only(Addresses)).toMatchObject({ PublicIp: "198.18.255.1", InstanceId, Domain: "vpc" });
});
