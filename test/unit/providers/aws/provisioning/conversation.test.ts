import { describe, expect, it } from "vitest";
import type { AwsEmulator } from "../../../../emulators/aws/emulator.ts";
import { ADDRESS, contextOf, converse, eachInRegion, english, G6, journal, L4, never, questionOf } from "./region.ts";

const current = eachInRegion();

describe("the conversation", { timeout: 60_000 }, () => {
  it("goes from the GPUs to a plan", async () => {
    tellStoragePrices(current().aws);
    const provisioning = current().open();
    const answers = await converse(provisioning, G6);
    expect(Object.keys(answers)).toEqual([
      ..."gpu instanceType market image diskGiB name tags maxHours atMaxHours key".split(" "),
    ]);
    const plan = await provisioning.plan(answers, never());
    expect(plan.name).toBe("gpu-g6-xlarge");
    expect(plan.maxHours).toBe(8);
    expect(plan.price).toMatchObject({ perHour: 0.8048, currency: "USD" });
    expect(plan.storagePrice?.perHour).toBeCloseTo((0.08 * 100) / 730, 6);
    const creates = plan.creates.map(english).join("\n");
    expect(creates).toContain("g6.xlarge with 1× NVIDIA L4");
    expect(creates).toContain(`${ADDRESS}/32`);
    expect(creates).toContain("stops it 8 h after each start, which cost $6.44");
    expect(plan.risks.map(english).join("\n")).toContain("Pause stops it");
    expect(current().view.instances).toEqual([]);
  });

  it("shows every kind of GPU of the region, also a part of one and other makers'", async () => {
    const question = await questionOf(current().open(), "gpu", {});
    const labels = question.kind === "choice" ? question.options.map(({ label }) => english(label)) : [];
    expect(labels).toContain("1× NVIDIA L4 (1/8)");
    expect(labels).toContain("8× NVIDIA H100");
    expect(labels.join()).toMatch(/AMD/);
    expect(labels.join()).not.toMatch(/Inferentia|U30/);
  });

  it("tells price, zones and limits of a type", async () => {
    const question = await questionOf(current().open(), "instanceType", { gpu: L4 });
    if (question.kind !== "choice") throw new Error("no choice");
    const [option] = question.options;
    expect(option?.value).toBe("g6.xlarge");
    expect(english(option?.description)).toContain("4 vCPUs, 16 GiB · $0.8048 an hour");
    expect(english(option?.detail)).toMatch(/Zones: us-east-1a.*on-demand limit: \d+ of \d+ vCPUs left/);
    expect(english(option?.detail)).toContain("cannot hibernate");
    expect(english(option?.detail)).not.toContain("us-east-1e");
  });

  it("counts what runs against the limit, and says where to ask for more", async () => {
    const { aws, open } = current();
    aws.setQuota("L-DB2E81BA", 6);
    aws.setQuota("L-3819A6DF", 3);
    aws.addInstance({ instanceType: "g5.xlarge" });
    const question = await questionOf(open(), "instanceType", { gpu: L4 });
    const option = question.kind === "choice" ? question.options[0] : undefined;
    expect(english(option?.unavailable)).toContain("leaves 2 of 6 vCPUs, while g6.xlarge needs 4");
    expect(english(option?.unavailable)).toContain("L-DB2E81BA");
  });

  it("offers Spot with its price and what it saves, or says why not", async () => {
    const { aws, open } = current();
    const question = await questionOf(open(), "market", G6);
    const spot = question.kind === "choice" ? question.options.find(({ value }) => value === "spot") : undefined;
    expect(english(spot?.description)).toMatch(/^\$0\.\d+ an hour in us-east-1[a-f], \d+ % less than on-demand$/);
    aws.setQuota("L-3819A6DF", 0);
    const later = await questionOf(open(), "market", G6);
    const refused = later.kind === "choice" ? later.options.find(({ value }) => value === "spot") : undefined;
    expect(english(refused?.unavailable)).toContain("leaves 0 of 0 vCPUs");
  });

  it("does without limits and prices that may not be read, and says so", async () => {
    const { aws, open } = current();
    aws.inject({
      service: "servicequotas",
      times: 99,
      effect: { kind: "error", code: "AccessDeniedException", status: 400 },
    });
    aws.inject({
      service: "pricing",
      times: 99,
      effect: { kind: "error", code: "AccessDeniedException", status: 400 },
    });
    const provisioning = open();
    const question = await questionOf(provisioning, "instanceType", { gpu: L4 });
    const option = question.kind === "choice" ? question.options[0] : undefined;
    expect(option?.unavailable).toBeUndefined();
    expect(english(option?.detail)).toContain("the permission to read the limit is missing");
    const plan = await provisioning.plan(await converse(provisioning, G6), never());
    expect(plan.price && english(plan.price.source)).toContain("bundled list of");
    expect(plan.storagePrice).toBeUndefined();
    expect(plan.risks.map(english).join("\n")).toContain("limits allow it is not known");
  });

  it("offers images by architecture and maker", async () => {
    const { open } = current();
    const systems = async (gpu: string, instanceType: string): Promise<readonly string[]> => {
      const question = await questionOf(open(), "image", { gpu, instanceType });
      if (question.kind !== "choice") throw new Error("no choice");
      return question.options.flatMap(({ value, unavailable }) => (unavailable ? [] : [value]));
    };
    expect(await systems(L4, "g6.xlarge")).toHaveLength(4);
    expect(await systems("AMD Radeon Pro V520/1/8192", "g4ad.xlarge")).toEqual(["ubuntu-24.04", "ubuntu-22.04"]);
  });

  it("asks from where SSH may come only where nobody can tell", async () => {
    const provisioning = current().open({ callerAddress: () => Promise.resolve(undefined) });
    const question = await questionOf(provisioning, "sshFrom", G6);
    if (question.kind !== "text") throw new Error("no text");
    expect(question.problem("0.0.0.0/0")).toBeDefined();
    expect(question.problem("198.51.100.4")).toBeUndefined();
    const answers = await converse(provisioning, { ...G6, sshFrom: "198.51.100.4" });
    const plan = await provisioning.plan(answers, never());
    expect(plan.creates.map(english).join("\n")).toContain("198.51.100.4/32");
  });

  it.each([
    ["gpu", "NVIDIA L4/1/22888; reboot"],
    ["instanceType", "g5.xlarge"],
    ["market", "free"],
    ["image", "ami-0123456789abcdef0"],
    ["diskGiB", "1"],
    ["diskGiB", "100000000"],
    ["diskGiB", "1e3"],
    ["name", "x\n"],
    ["tags", "aws:x=1"],
    ["maxHours", "1; reboot"],
    ["maxHours", "-1"],
    ["atMaxHours", "maybe"],
    ["key", "file:/etc/passwd"],
    ["key", "earlier:somebody-elses"],
    ["gpu", "__proto__"],
  ])("judges every answer again: %s = %j makes no plan", async (id, value) => {
    const provisioning = current().open();
    const answers = await converse(provisioning, G6);
    await expect(provisioning.plan({ ...answers, [id]: value }, never())).rejects.toMatchObject({
      code: "invalid-request",
    });
  });

  it("makes no plan of answers that are not complete", async () => {
    const provisioning = current().open();
    const answers = Object.entries(await converse(provisioning, G6)).filter(([id]) => id !== "name");
    await expect(provisioning.plan(Object.fromEntries(answers), never())).rejects.toMatchObject({
      code: "invalid-request",
    });
  });

  it("tells a missing permission before anything is made", async () => {
    const { aws, open, view } = current();
    const provisioning = open();
    const answers = await converse(provisioning, G6);
    aws.inject({ action: "RunInstances", effect: { kind: "error", code: "UnauthorizedOperation", status: 403 } });
    await expect(provisioning.plan(answers, never())).rejects.toMatchObject({
      code: "permission",
      message: expect.stringContaining("ec2:RunInstances") as string,
    });
    expect(view.keyPairs).toEqual([]);
  });
});

/** The emulator's Price List has no disks: what it says of gp3 in its place. */
function tellStoragePrices(aws: AwsEmulator): void {
  const product = {
    product: { productFamily: "Storage", attributes: { volumeApiName: "gp3", regionCode: "us-east-1" } },
    terms: { OnDemand: { t: { priceDimensions: { d: { unit: "GB-Mo", pricePerUnit: { USD: "0.0800000000" } } } } } },
  };
  aws.inject({
    service: "pricing",
    times: 99,
    matches: ({ parameters }) => JSON.stringify(parameters).includes('"gp3"'),
    effect: { kind: "rewrite", rewrite: () => JSON.stringify({ PriceList: [JSON.stringify(product)] }) },
  });
}

describe("the network", () => {
  /** What DescribeSubnets says of each subnet is changed: the emulator has default networks only. */
  const withSubnets = (aws: AwsEmulator, rewrite: (body: string) => string): void => {
    aws.inject({ action: "DescribeSubnets", times: 99, effect: { kind: "rewrite", rewrite } });
  };
  const notDefault = (body: string): string => body.replaceAll(/(<defaultForAz>)true/g, "$1false");

  it("is not asked for where the account has a default one, and only its zones are tried", async () => {
    const { aws, open } = current();
    withSubnets(aws, (body) =>
      body.replace(/(<availabilityZone>us-east-1a<[\s\S]*?<mapPublicIpOnLaunch>)true/, "$1false"),
    );
    const provisioning = open();
    const answers = await converse(provisioning, G6);
    expect(answers).not.toHaveProperty("network");
    const plan = await provisioning.plan(answers, never());
    expect(english(plan.creates[0])).toMatch(/in one of us-east-1b, .*\(vpc-[0-9a-f]+\)$/);
  });

  it("is asked for where there is no default one", async () => {
    const { aws, open, view } = current();
    withSubnets(aws, notDefault);
    const provisioning = open();
    const question = await questionOf(provisioning, "network", G6);
    const option = question.kind === "choice" ? question.options[0] : undefined;
    expect(option?.unavailable).toBeUndefined();
    const answers = await converse(provisioning, G6);
    await provisioning.provision(answers, "operation-1", contextOf(journal()));
    expect(view.instances).toMatchObject([{ state: "running", vpcId: answers["network"] }]);
    const launch = aws.requests.find(({ action, parameters }) => action === "RunInstances" && !parameters["DryRun"]);
    expect(launch?.parameters["SubnetId"]).toBe(view.instances[0]?.subnetId);
    expect(aws.requests.find(({ action }) => action === "CreateSecurityGroup")?.parameters["VpcId"]).toBe(
      answers["network"],
    );
  });

  it("without public addresses is no choice, since the machine would not be reached", async () => {
    const { aws, open } = current();
    withSubnets(aws, (body) => notDefault(body).replaceAll(/(<mapPublicIpOnLaunch>)true/g, "$1false"));
    const question = await questionOf(open(), "network", G6);
    const option = question.kind === "choice" ? question.options[0] : undefined;
    expect(english(option?.unavailable)).toBe("None of its subnets gives machines a public address.");
  });

  it("is left to AWS where it may not be read", async () => {
    const { aws, open, view } = current();
    aws.inject({
      action: "DescribeSubnets",
      times: 99,
      effect: { kind: "error", code: "UnauthorizedOperation", status: 403 },
    });
    const provisioning = open();
    await provisioning.provision(await converse(provisioning, G6), "operation-1", contextOf(journal()));
    expect(view.instances).toHaveLength(1);
    expect(aws.requests.find(({ action }) => action === "RunInstances")?.parameters).not.toHaveProperty("SubnetId");
  });
});
