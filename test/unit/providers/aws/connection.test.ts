import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GpuDevError } from "../../../../src/core/error.ts";
import { isAccountName } from "../../../../src/core/accountName.ts";
import { isProxyProgram } from "../../../../src/core/proxyProgram.ts";
import { connectionOf, type ConnectionParts } from "../../../../src/providers/aws/connection.ts";
import { readInstance } from "../../../../src/providers/aws/ec2Instance.ts";
import { imageUser } from "../../../../src/providers/aws/images.ts";
import { never, SCOPE, theOne, withEmulatedAws } from "./emulated.ts";

const PARTS: ConnectionParts = { scope: SCOPE, imageUser: undefined, keyFile: undefined };

function connected(raw: object, parts: Partial<ConnectionParts> = {}) {
  const instance = readInstance({
    InstanceId: "i-0123456789abcdef0",
    State: { Name: "running" },
    PublicIpAddress: "198.51.100.7",
    PrivateIpAddress: "10.0.0.7",
    ...raw,
  });
  if (!instance) throw new Error("The instance could not be read.");
  return connectionOf(instance, "trainer", { ...PARTS, ...parts });
}

describe("how an instance is reached", () => {
  it("is under an alias and a host key alias that stay over a change of address", () => {
    expect(connected({})).toEqual({
      kind: "ssh",
      alias: "ec2-i-0123456789abcdef0",
      entry: {
        alias: "ec2-i-0123456789abcdef0",
        hostName: "198.51.100.7",
        user: "ec2-user",
        hostKeyAlias: "i-0123456789abcdef0",
      },
    });
  });

  it("follows the settings of its account before anything else", () => {
    const settings = { user: "jane", port: 2222, identityFile: "~/.ssh/aws", address: "private" } as const;
    const Tags = [{ Key: "gpu-dev:ssh-user", Value: "tagged" }];
    expect(
      connected({ Tags }, { scope: { ...SCOPE, ssh: settings }, keyFile: "/keys/ours", imageUser: "ubuntu" }).entry,
    ).toMatchObject({
      hostName: "10.0.0.7",
      user: "jane",
      port: 2222,
      identityFiles: ["~/.ssh/aws"],
    });
  });

  it("takes the user from the tag, then from the image, and our own key", () => {
    const tagged = { Tags: [{ Key: "gpu-dev:ssh-user", Value: "tagged" }] };
    expect(connected(tagged, { imageUser: "ubuntu" }).entry?.user).toBe("tagged");
    expect(connected({}, { imageUser: "ubuntu", keyFile: "/keys/ours" }).entry).toMatchObject({
      user: "ubuntu",
      identityFiles: ["/keys/ours"],
    });
  });

  it.each(["-oProxyCommand=x", "a b", "a\n  ProxyCommand touch x", "$(id)", "", "a;b", "%r"])(
    "does not believe the tag %j",
    (Value) => expect(connected({ Tags: [{ Key: "gpu-dev:ssh-user", Value }] }).entry?.user).toBe("ec2-user"),
  );

  it("takes the IPv6 address where there is no other public one, and the private one where it is told to", () => {
    const scope = { ...SCOPE, ssh: { address: "private" } } as const;
    expect(connected({ PublicIpAddress: undefined }, { scope }).entry).toMatchObject({ hostName: "10.0.0.7" });
    expect(connected({ PublicIpAddress: undefined }, { scope }).entry?.proxyProgram).toBeUndefined();
    expect(connected({ PublicIpAddress: undefined, Ipv6Address: "2001:db8::7" }).entry?.hostName).toBe("2001:db8::7");
  });

  it.each([
    ["it is off", { State: { Name: "stopped" } }, "it is not running (AWS reports stopped). Resume it first."],
    ["it has none yet", { PublicIpAddress: undefined, PrivateIpAddress: undefined }, "has no address yet"],
  ])("says why it has no address: %s", (_what, raw, words) => {
    expect(() => connected(raw)).toThrow(words);
  });

  it("holds nothing but what it should, whatever AWS and the machine's owner say", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.constantFrom(
        "a\n  ProxyCommand touch x",
        "-oProxyCommand=x",
        '"',
        "$&",
        "%h",
        "\0",
        "::1%eth0",
        "x".repeat(4096),
      ),
    );
    fc.assert(
      fc.property(text, text, text, text, (user, address, own, id) => {
        const raw = {
          InstanceId: id.length % 2 === 0 ? "i-0123456789abcdef0" : id,
          PublicIpAddress: address,
          PrivateIpAddress: own,
          State: { Name: "running" },
          Tags: [{ Key: "gpu-dev:ssh-user", Value: user }],
        };
        const instance = readInstance(raw);
        if (!instance) return;
        try {
          const { alias, entry } = connectionOf(instance, "trainer", PARTS);
          expect(alias).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/);
          if (entry?.proxyProgram) {
            expect(isProxyProgram(entry.proxyProgram)).toBe(true);
            expect(entry.hostName).toBe(instance.id);
          } else expect(entry?.hostName).toMatch(/^[0-9a-fA-F:.]+$/);
          expect(isAccountName(entry?.user ?? "")).toBe(true);
          expect(entry?.hostKeyAlias).toMatch(/^i-[0-9a-zA-Z]{1,32}$/);
        } catch (error) {
          expect(error).toBeInstanceOf(GpuDevError);
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it.each([
    ["ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server", "ubuntu"],
    ["Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04)", "ubuntu"],
    ["al2023-ami-2023.6-x86_64", "ec2-user"],
    ["debian-12-amd64", "admin"],
    ["Rocky-9-EC2-Base", "rocky"],
    ["", "ec2-user"],
  ])("guesses from the image %j that %s logs in", (name, user) => expect(imageUser(name)).toBe(user));
});

describe("the connection of a listed instance", () => {
  it("is made from what AWS says at that moment", () =>
    withEmulatedAws(async ({ emulator, provider }) => {
      emulator.addInstance({
        publicIp: "198.51.100.7",
        imageId: emulator.region("us-east-1").imageId("ubuntu-24.04"),
        keyName: "ours",
      });
      const one = provider({ keyFile: (name) => Promise.resolve(name === "ours" ? "/keys/ours" : undefined) });
      const environment = await theOne(one);
      expect(await one.connection(environment, never())).toMatchObject({
        entry: { hostName: "198.51.100.7", user: "ubuntu", identityFiles: ["/keys/ours"] },
      });
      emulator.clearRequests();
      await one.connection(environment, never());
      expect(emulator.requests.map(({ action }) => action)).toEqual(["DescribeInstances"]);
      await expect(one.connection({ ...environment, id: `${environment.id}0` }, never())).rejects.toMatchObject({
        code: "not-found",
      });
    }));

  it("asks about no image where the settings name the user", () =>
    withEmulatedAws(
      async ({ emulator, provider }) => {
        emulator.addInstance();
        const one = provider();
        const environment = await theOne(one);
        emulator.clearRequests();
        expect(await one.connection(environment, never())).toMatchObject({ entry: { user: "jane" } });
        expect(emulator.requests.map(({ action }) => action)).toEqual(["DescribeInstances"]);
      },
      { scope: { ...SCOPE, ssh: { user: "jane" } } },
    ));
});
