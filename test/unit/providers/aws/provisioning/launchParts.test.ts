import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { inEnglish } from "../../../../../src/core/sentence.ts";
import { callerName } from "../../../../../src/providers/aws/provisioning/caller.ts";
import { gpuKey, toGpuType, type GpuType } from "../../../../../src/providers/aws/provisioning/gpuType.ts";
import { misfit, SYSTEMS, toSystemImage } from "../../../../../src/providers/aws/provisioning/images.ts";
import { launchRequest } from "../../../../../src/providers/aws/provisioning/launchRequest.ts";
import { parseLaunchSpec, type LaunchSpec } from "../../../../../src/providers/aws/provisioning/launchSpec.ts";
import { money, savingPercent } from "../../../../../src/providers/aws/provisioning/money.ts";
import { launchToken, resourceName } from "../../../../../src/providers/aws/provisioning/operationNames.ts";
import { addressRange } from "../../../../../src/providers/aws/provisioning/ownQuestions.ts";
import { allPages } from "../../../../../src/providers/aws/provisioning/paging.ts";
import { limitOf, usedVCpus, vCpusLeft } from "../../../../../src/providers/aws/provisioning/quota.ts";
import { shortage } from "../../../../../src/providers/aws/provisioning/quotaText.ts";
import { nameProblem, parseTags, tagsProblem } from "../../../../../src/providers/aws/provisioning/tags.ts";
import { userDataScript } from "../../../../../src/providers/aws/provisioning/userData.ts";

const g6: GpuType = {
  name: "g6.xlarge",
  gpu: { model: "NVIDIA L4", count: 1, memoryMiBPerGpu: 22_888 },
  vCpus: 4,
  memoryMiB: 16_384,
  architecture: "x86_64",
  canHibernate: false,
  markets: ["on-demand", "spot"],
  hasInstanceStore: true,
};

const record = {
  InstanceType: "g6.xlarge" as const,
  VCpuInfo: { DefaultVCpus: 4 },
  MemoryInfo: { SizeInMiB: 16_384 },
  ProcessorInfo: { SupportedArchitectures: ["x86_64" as const] },
  GpuInfo: { Gpus: [{ Name: "L4", Manufacturer: "NVIDIA", Count: 1, MemoryInfo: { SizeInMiB: 22_888 } }] },
  SupportedUsageClasses: ["on-demand" as const, "spot" as const],
  InstanceStorageInfo: { TotalSizeInGB: 250 },
  HibernationSupported: false,
};

describe("an instance type", () => {
  it("is read with what a launch needs", () => {
    expect(toGpuType(record)).toEqual(g6);
  });

  it("with a part of a GPU is not taken for one without, nor for one with a whole", () => {
    const gpu = { Name: "L4", Manufacturer: "NVIDIA", Count: 0, LogicalGpuCount: 1, GpuPartitionSize: 0.125 };
    const part = toGpuType({ ...record, GpuInfo: { Gpus: [{ ...gpu, MemoryInfo: { SizeInMiB: 2861 } }] } });
    expect(part?.gpu).toEqual({ model: "NVIDIA L4 (1/8)", count: 1, memoryMiBPerGpu: 2861 });
    expect(part && gpuKey(part.gpu)).not.toBe(gpuKey(g6.gpu));
  });

  it("that says too little, or has no GPU, is none to launch", () => {
    expect(toGpuType({})).toBeUndefined();
    expect(toGpuType({ ...record, GpuInfo: {} })).toBeUndefined();
    expect(toGpuType({ ...record, VCpuInfo: {} })).toBeUndefined();
    expect(toGpuType({ ...record, InstanceType: "g6.xlarge; reboot" as never })).toBeUndefined();
    expect(toGpuType({ ...record, ProcessorInfo: { SupportedArchitectures: ["i386"] } })).toBeUndefined();
  });

  it("can hibernate only where AWS says so and its memory is small enough", () => {
    expect(toGpuType({ ...record, HibernationSupported: true })?.canHibernate).toBe(true);
    const large = { ...record, HibernationSupported: true, MemoryInfo: { SizeInMiB: 192 * 1024 } };
    expect(toGpuType(large)?.canHibernate).toBe(false);
  });
});

describe("pages of a list", () => {
  it("are followed past an empty one to the last", async () => {
    const pages: readonly { readonly items: readonly number[]; readonly NextToken?: string }[] = [
      { items: [1], NextToken: "a" },
      { items: [], NextToken: "b" },
      { items: [2], NextToken: "" },
    ];
    const asked: unknown[] = [];
    const all = await allPages(10, (token) => {
      asked.push(token);
      return Promise.resolve(pages[asked.length - 1] ?? { items: [] });
    });
    expect(all.flatMap(({ items }) => items)).toEqual([1, 2]);
    expect(asked).toEqual([{}, { NextToken: "a" }, { NextToken: "b" }]);
  });

  it("without end are given up", async () => {
    expect(await allPages(7, () => Promise.resolve({ NextToken: "more" }))).toHaveLength(7);
  });
});

describe("limits of vCPUs", () => {
  it("are counted by family and market", () => {
    expect(limitOf("g6.xlarge", "on-demand")?.code).toBe("L-DB2E81BA");
    expect(limitOf("gr6.4xlarge", "spot")?.code).toBe("L-3819A6DF");
    expect(limitOf("p5.48xlarge", "on-demand")?.code).toBe("L-417A185B");
    expect(limitOf("p4d.24xlarge", "spot")?.code).toBe("L-7212CCBC");
    expect(limitOf("p5en.48xlarge", "spot")?.code).toBe("L-C4BD4855");
    expect(limitOf("p6-b200.48xlarge", "spot")).toBeUndefined();
    expect(limitOf("m7i.large", "on-demand")).toBeUndefined();
  });

  it("add up what runs in the same family and market", () => {
    const limit = limitOf("g6.xlarge", "on-demand");
    const uses = [
      { instanceType: "g5.12xlarge", market: "on-demand" as const, vCpus: 48 },
      { instanceType: "vt1.3xlarge", market: "on-demand" as const, vCpus: 12 },
      { instanceType: "g6.xlarge", market: "spot" as const, vCpus: 4 },
      { instanceType: "p5.48xlarge", market: "on-demand" as const, vCpus: 192 },
    ];
    expect(limit && usedVCpus(limit, "on-demand", uses)).toBe(60);
  });

  it("say what is missing and where to ask; what is unknown keeps nobody from trying", () => {
    const quota = { kind: "known", code: "L-DB2E81BA", limit: 8, used: 6 } as const;
    expect(vCpusLeft(quota)).toBe(2);
    const reason = shortage(quota, g6, "eu-west-1");
    expect(reason && inEnglish(reason)).toContain("leaves 2 of 8 vCPUs, while g6.xlarge needs 4");
    expect(reason && inEnglish(reason)).toContain("quotas/L-DB2E81BA");
    expect(shortage({ ...quota, used: 4 }, g6, "eu-west-1")).toBeUndefined();
    expect(vCpusLeft({ ...quota, used: 20 })).toBe(0);
  });
});

describe("images", () => {
  it("with the open NVIDIA driver fit neither other makers nor GPUs before Turing", () => {
    const [deepLearning, , ubuntu] = SYSTEMS;
    if (!deepLearning || !ubuntu) throw new Error("missing");
    expect(misfit(deepLearning, g6)).toBeUndefined();
    expect(misfit(deepLearning, { ...g6, gpu: { model: "NVIDIA V100", count: 1 } })).toBeDefined();
    expect(misfit(deepLearning, { ...g6, gpu: { model: "AMD Radeon Pro V520", count: 1 } })).toBeDefined();
    expect(misfit(ubuntu, { ...g6, gpu: { model: "AMD Radeon Pro V520", count: 1 } })).toBeUndefined();
  });

  it("are taken only where they are whole and of the right architecture", () => {
    const image = {
      ImageId: "ami-0123456789abcdef0",
      State: "available" as const,
      Architecture: "x86_64" as const,
      RootDeviceName: "/dev/sda1",
      BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { VolumeSize: 75 } }],
    };
    expect(toSystemImage(image, "x86_64")).toEqual({ imageId: image.ImageId, rootDevice: "/dev/sda1", sizeGiB: 75 });
    expect(toSystemImage(image, "arm64")).toBeUndefined();
    expect(toSystemImage({ ...image, State: "deregistered" }, "x86_64")).toBeUndefined();
    expect(toSystemImage({ ...image, RootDeviceName: "/dev/../x" }, "x86_64")).toBeUndefined();
    expect(toSystemImage({ ...image, BlockDeviceMappings: [] }, "x86_64")).toBeUndefined();
    expect(toSystemImage({ ...image, ImageId: "resolve:ssm:x" }, "x86_64")).toBeUndefined();
  });
});

describe("user data", () => {
  it.each([
    { nvidiaDriver: true, hibernation: true, maxHours: 8 },
    { nvidiaDriver: false, hibernation: false },
    { nvidiaDriver: true, hibernation: false, maxHours: 720 },
  ])("is a script that bash accepts: %j", (start) => {
    const script = userDataScript(start);
    execFileSync("bash", ["-n"], { input: script });
    expect(script.length).toBeLessThan(16_384);
    expect(script.startsWith("#!/bin/bash\n")).toBe(true);
    expect(script.includes("OnBootSec=")).toBe(start.maxHours !== undefined);
    expect(script.includes("nvidia")).toBe(start.nvidiaDriver);
  });

  it("guards the hours before it installs anything", () => {
    const script = userDataScript({ nvidiaDriver: true, hibernation: true, maxHours: 8 });
    expect(script.indexOf("OnBootSec=8h")).toBeLessThan(script.indexOf("apt-get"));
  });

  it.each([0, -1, 1.5, NaN, "1; reboot" as unknown as number])("takes %j for no number of hours", (maxHours) => {
    expect(() => userDataScript({ nvidiaDriver: true, hibernation: false, maxHours })).toThrow(RangeError);
  });
});

describe("answers of the user", () => {
  it.each(["", " a", "-x", "a\nb", "a\u202Eb", "x".repeat(101), "a$(id)", '"', "a,b"])("%j is no name", (name) => {
    expect(nameProblem(name)).toBeDefined();
  });

  it.each(["trainer", "Trainer 1", "größe-ü", "a.b_c/d@e"])("%j is a name", (name) => {
    expect(nameProblem(name)).toBeUndefined();
  });

  it.each([
    ["", {}],
    ["project=vision", { project: "vision" }],
    [" project = vision , team=a=b ,", { project: "vision", team: "a=b" }],
    ["empty=", { empty: "" }],
  ])("%j are tags", (text, tags) => {
    expect(tagsProblem(text)).toBeUndefined();
    expect(parseTags(text)).toEqual(tags);
  });

  it.each(["project", "=x", "aws:x=1", "GPU-DEV:operation=1", "Name=x", "a=1,a=2", "a=\u0000", "k=<b>"])(
    "%j are no tags",
    (text) => {
      expect(tagsProblem(text)).toBeDefined();
    },
  );

  it("an address is one address, never a range or everything", () => {
    expect(addressRange("203.0.113.7")).toBe("203.0.113.7/32");
    for (const text of [
      undefined,
      "",
      "0.0.0.0/0",
      "2001:db8::1",
      "203.0.113.7/8",
      "fe80::1%eth0",
      "example.com",
      "1.2.3.4 ",
    ])
      expect(addressRange(text)).toBeUndefined();
  });
});

describe("names of what is made", () => {
  it("a token is ASCII, at most 64 characters, and differs by operation and zone", () => {
    const tokens = ["a", "b", "ü".repeat(500)].flatMap((id) =>
      ["us-east-1a", "us-east-1b"].map((zone) => launchToken(id, zone)),
    );
    expect(new Set(tokens).size).toBe(6);
    for (const token of tokens) expect(token).toMatch(/^[a-z0-9-]{1,64}$/);
  });

  it("whatever an operation is called, its resources have plain names", () => {
    expect(resourceName("0b7c5a1e-7d2f-4c55-9f60-0d3a4f1c2b3a")).toBe("gpu-dev-0b7c5a1e-7d2f-4c55-9f60-0d3a4f1c2b3a");
    for (const id of ["", "../../etc", "A B", "x".repeat(500)])
      expect(resourceName(id)).toMatch(/^gpu-dev-[0-9a-f]{32}$/);
  });

  it.each([
    ["arn:aws:iam::111122223333:user/team/jane", "jane"],
    ["arn:aws:sts::111122223333:assumed-role/Dev/jane@example.com", "jane@example.com"],
    ["arn:aws:iam::111122223333:root", "root"],
    ["", "unknown"],
    ["arn:aws:iam::1:user/<script>", "script"],
  ])("%s is %s", (arn, name) => {
    expect(callerName(arn)).toBe(name);
  });
});

describe("a launch", () => {
  const spec: LaunchSpec = {
    version: 1,
    instanceType: "g6.xlarge",
    market: "on-demand",
    zones: ["us-east-1a"],
    imageId: "ami-0123456789abcdef0",
    rootDevice: "/dev/sda1",
    diskGiB: 100,
    hibernation: false,
    atShutdown: "stop",
    tags: { "gpu-dev:operation": "op", project: "vision" },
    name: "trainer",
    key: { kind: "new", name: "gpu-dev-op" },
    groupName: "gpu-dev-op",
    sshFrom: "203.0.113.7/32",
    userData: "",
  };
  const place = { zone: "us-east-1a", token: "t", groupId: "sg-0123456789abcdef0" };

  it("asks for one machine with an encrypted disk, tags from the start, and no open metadata", () => {
    const request = launchRequest(spec, place);
    expect(request).toMatchObject({
      MinCount: 1,
      MaxCount: 1,
      ClientToken: "t",
      MetadataOptions: { HttpTokens: "required" },
    });
    expect(request.BlockDeviceMappings?.[0]?.Ebs).toMatchObject({ Encrypted: true, VolumeSize: 100 });
    expect(request.TagSpecifications?.map(({ ResourceType }) => ResourceType)).toEqual(["instance", "volume"]);
    expect(request.TagSpecifications?.[0]?.Tags).toContainEqual({ Key: "Name", Value: "trainer" });
    expect(request).not.toHaveProperty("HibernationOptions");
    expect(request).not.toHaveProperty("InstanceMarketOptions");
  });

  it("asks for hibernation and Spot only where the spec does, and is the same after a crash", () => {
    const kept = parseLaunchSpec(JSON.stringify({ ...spec, market: "spot", hibernation: true }));
    if (!kept) throw new Error("not kept");
    const request = launchRequest(kept, place);
    expect(request).toMatchObject({
      HibernationOptions: { Configured: true },
      InstanceMarketOptions: { MarketType: "spot" },
    });
    expect(request.TagSpecifications).toHaveLength(3);
    expect(launchRequest(kept, place)).toEqual(request);
  });

  it.each(["", "null", "{}", JSON.stringify({ ...spec, zones: [] }), JSON.stringify({ ...spec, imageId: "x" })])(
    "is not made from the journal's %.40j",
    (text) => {
      expect(parseLaunchSpec(text)).toBeUndefined();
    },
  );
});

describe("money", () => {
  const price = (perHour: number, currency = "USD") => ({
    perHour,
    currency,
    source: { template: "test", values: [] },
    date: "2026-11-21",
  });

  it("is shown so that a small amount is not nothing", () => {
    expect(money(0.8048, "USD")).toBe("$0.8048");
    expect(money(98.32, "USD")).toBe("$98.32");
    expect(money(0.00001, "USD")).toBe("$0.00001");
    expect(money(0.00996, "USD")).toBe("$0.01");
    expect(money(1.2, "EUR")).toBe("€1.20");
  });

  it("a saving is computed from two prices of one currency, and never claimed otherwise", () => {
    expect(savingPercent(price(0.24), price(0.8))).toBe(70);
    expect(savingPercent(price(0.9), price(0.8))).toBeUndefined();
    expect(savingPercent(price(0.2, "EUR"), price(0.8))).toBeUndefined();
    expect(savingPercent(undefined, price(0.8))).toBeUndefined();
    expect(savingPercent(undefined, undefined)).toBeUndefined();
  });
});
