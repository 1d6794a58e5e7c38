import { describe, expect, it } from "vitest";
import type { Answers } from "../../../../../src/core/provisioning.ts";
import { DEFAULT_ACCOUNT } from "../../../../emulators/aws/options.ts";
import type { Fault } from "../../../../emulators/aws/emulator.ts";
import {
  ADDRESS,
  contextOf,
  converse,
  eachInRegion,
  english,
  G6,
  journal,
  never,
  questionOf,
  type Region,
} from "./region.ts";

const current = eachInRegion();

/** Machines that are there and not ended. */
function live({ view }: Region) {
  return view.instances.filter(({ state }) => state !== "terminated" && state !== "shutting-down");
}

async function provisioned(region: Region, given: Answers, operationId = "operation-1") {
  const provisioning = region.open();
  const answers = await converse(provisioning, given);
  const reported: string[] = [];
  const environment = await provisioning.provision(answers, operationId, contextOf(journal(), never(), reported));
  return { environment, reported, answers, provisioning };
}

function only<Item>(items: readonly Item[]): Item {
  expect(items).toHaveLength(1);
  const [item] = items;
  if (item === undefined) throw new Error("There is none.");
  return item;
}

describe("provisioning", { timeout: 60_000 }, () => {
  it("makes one running machine as planned, and says how far it is", async () => {
    const region = current();
    const { environment, reported } = await provisioned(region, { ...G6, name: "trainer" });
    const machine = only(live(region));
    expect(machine).toMatchObject({
      ...{ instanceType: "g6.xlarge", state: "running", shutdownBehavior: "stop" },
      ...{ tokensRequired: true, hibernationConfigured: false },
    });
    expect(Buffer.from(machine.userData ?? "", "base64").toString()).toContain("OnBootSec=8h");
    expect(environment).toMatchObject({ name: "trainer", state: "running" });
    expect(environment.id).toContain(machine.id);
    expect(reported).toEqual(["Asking for g6.xlarge in us-east-1a.", "AWS has accepted the launch in us-east-1a."]);
  });

  it("tags all that it makes with whose it is and what made it", async () => {
    const region = current();
    const { view } = region;
    await provisioned(region, { ...G6, name: "trainer", tags: "project=vision" });
    const group = only(view.securityGroups.filter(({ name }) => name !== "default"));
    const ours = {
      project: "vision",
      "gpu-dev:operation": "operation-1",
      "gpu-dev:owner": "developer",
      "gpu-dev:extension": "gpu-dev-environments",
      "gpu-dev:created-at": expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      "gpu-dev:max-hours": "8",
      "gpu-dev:ssh-user": "ubuntu",
    };
    for (const made of [only(live(region)), only(view.volumes)])
      expect(Object.fromEntries(made.tags)).toEqual({ ...ours, Name: "trainer" });
    for (const made of [only(view.keyPairs), group]) expect(Object.fromEntries(made.tags)).toEqual(ours);
  });

  it("encrypts the disk, keeps the key here, and lets SSH in from one address only", async () => {
    const region = current();
    const { view, keys } = region;
    await provisioned(region, G6);
    expect(view.volumes).toMatchObject([{ encrypted: true, sizeGiB: 100, type: "gp3" }]);
    expect(view.keyPairs).toMatchObject([{ name: "gpu-dev-operation-1" }]);
    expect(keys.files.get("gpu-dev-operation-1")).toContain("BEGIN OPENSSH PRIVATE KEY");
    const group = only(view.securityGroups.filter(({ name }) => name === "gpu-dev-operation-1"));
    const ingress = JSON.stringify(group.ingress);
    expect(ingress.match(/\d+\.\d+\.\d+\.\d+\/\d+/g)).toEqual([`${ADDRESS}/32`]);
    expect(only(live(region)).groupIds).toEqual([group.id]);
  });

  it("buys on the Spot market in the cheapest zone, and what ends there is deleted", async () => {
    const region = current();
    const { provisioning, answers } = await provisioned(region, { ...G6, market: "spot" });
    const [machine] = live(region);
    expect(machine?.spotRequestId).toBeDefined();
    expect(machine).toMatchObject({ zone: "us-east-1a", shutdownBehavior: "terminate" });
    expect(region.view.spotRequests).toHaveLength(1);
    expect(answers["atMaxHours"]).toBeUndefined();
    const plan = await provisioning.plan(answers, never());
    expect(plan.risks.map(english).join("\n")).toContain("at any moment");
    const price = region.prices.price({ instanceType: "g6.xlarge", market: "spot", zone: machine?.zone ?? "" });
    expect(plan.price).toEqual(price);
    expect(price?.perHour).toBeLessThan(0.8048 / 2);
  });

  it("takes the user's own public key, or that of an earlier machine", async () => {
    const region = current();
    const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl jane";
    region.keys.own = [{ file: "/home/jane/.ssh/id_ed25519.pub", publicKey }];
    await provisioned(region, { ...G6, key: "file:/home/jane/.ssh/id_ed25519.pub" }, "operation-1");
    expect(region.keys.files.size).toBe(0);
    await provisioned(region, G6, "operation-2");
    await provisioned(region, { ...G6, key: "earlier:gpu-dev-operation-2" }, "operation-3");
    expect(region.view.keyPairs.map(({ name }) => name).sort()).toEqual(["gpu-dev-operation-1", "gpu-dev-operation-2"]);
    expect(
      live(region)
        .map(({ keyName }) => keyName)
        .at(-1),
    ).toBe("gpu-dev-operation-2");
  });

  it("waits for a machine that the lists do not know yet", async () => {
    const region = current();
    region.aws.setDurations({ visibleAfterMs: 20_000 });
    const { environment } = await provisioned(region, G6);
    expect(environment.state).toBe("running");
    expect(live(region)).toHaveLength(1);
  });

  it("goes to the next zone where one has no capacity", async () => {
    const region = current();
    region.aws.setCapacity({ instanceType: "g6.xlarge", zone: "us-east-1a", available: 0 });
    region.aws.setCapacity({ instanceType: "g6.xlarge", zone: "us-east-1b", available: 0 });
    const { reported } = await provisioned(region, G6);
    expect(live(region)).toMatchObject([{ zone: "us-east-1c" }]);
    expect(reported).toContain("Asking for g6.xlarge in us-east-1b.");
  });

  const refusals: readonly (readonly [string, string, Fault["effect"] | "no capacity" | "no quota", RegExp])[] = [
    ["no capacity in any zone", "capacity", "no capacity", /no capacity left for g6\.xlarge in any zone of us-east-1/],
    ["no quota", "quota", "no quota", /limit "Running On-Demand G and VT instances"/],
    [
      "a missing permission",
      "permission",
      { kind: "error", code: "UnauthorizedOperation", status: 403 },
      /ec2:RunInstances/,
    ],
    ["a wrong parameter", "invalid-request", { kind: "error", code: "InvalidParameterValue" }, /refuses the request/],
    ["a setup without a network", "invalid-request", { kind: "error", code: "VPCIdNotSpecified" }, /VPCIdNotSpecified/],
    ["a type in no zone", "unsupported", { kind: "error", code: "Unsupported" }, /does not offer that here/],
    ["an ended machine", "conflict", { kind: "error", code: "IdempotentInstanceTerminated" }, /provision anew/],
    ["other parameters", "conflict", { kind: "error", code: "IdempotentParameterMismatch" }, /provision anew/],
  ];
  it.each(refusals)("tells %s as %s, and takes back what it had made", async (_name, code, effect, words) => {
    const region = current();
    const { aws } = region;
    const provisioning = region.open();
    const answers = await converse(provisioning, G6);
    if (effect === "no capacity") aws.setCapacity({ instanceType: "g6.xlarge", available: 0 });
    else if (effect === "no quota") aws.setQuota("L-DB2E81BA", 0);
    else aws.inject({ action: "RunInstances", times: 9, effect });
    const steps = journal();
    // The limit that was read a moment ago is still believed: AWS's refusal is what counts.
    const failed = provisioning.provision(answers, "operation-1", contextOf(steps));
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(words) as string });
    expect(live(region)).toEqual([]);
    expect(await provisioning.abandon(answers, "operation-1", contextOf(steps))).toEqual([]);
    expect(await provisioning.findRemains(never())).toEqual([]);
    expect(region.keys.files.size).toBe(0);
  });

  it("tries again all zones once there may be capacity", async () => {
    const region = current();
    const provisioning = region.open();
    const answers = await converse(provisioning, G6);
    region.aws.setCapacity({ instanceType: "g6.xlarge", available: 0 });
    const steps = journal();
    await expect(provisioning.provision(answers, "operation-1", contextOf(steps))).rejects.toThrow(/capacity/);
    region.aws.setCapacity({ instanceType: "g6.xlarge", available: 5 });
    await provisioning.provision(answers, "operation-1", contextOf(steps));
    expect(live(region)).toMatchObject([{ zone: "us-east-1a" }]);
  });

  it("ends with an AbortError when it is cancelled, and nothing is left after that", async () => {
    const region = current();
    const provisioning = region.open();
    const answers = await converse(provisioning, G6);
    const abort = new AbortController();
    const steps = journal();
    const context = { ...contextOf(steps, abort.signal), report: () => abort.abort() };
    await expect(provisioning.provision(answers, "operation-1", context)).rejects.toMatchObject({ name: "AbortError" });
    expect(await provisioning.abandon(answers, "operation-1", contextOf(steps))).toEqual([]);
    expect(live(region)).toEqual([]);
    expect(region.view.keyPairs).toEqual([]);
  });

  it("says what is left where AWS does not let it be deleted, and does not go on from there", async () => {
    const region = current();
    const { provisioning, answers } = await provisioned(region, G6);
    region.aws.inject({
      action: "TerminateInstances",
      times: 9,
      effect: { kind: "error", code: "UnauthorizedOperation", status: 403 },
    });
    const left = await provisioning.abandon(answers, "operation-1", contextOf(journal()));
    expect(left.map(english).join("\n")).toMatch(/^its machine\. .*may cost money.*ec2:TerminateInstances/);
    expect(live(region)).toHaveLength(1);
    expect(region.view.keyPairs).toHaveLength(1);
  });

  it("keeps a key by which a later machine is reached", async () => {
    const region = current();
    const first = await provisioned(region, G6, "operation-1");
    await provisioned(region, { ...G6, key: "earlier:gpu-dev-operation-1" }, "operation-2");
    const left = await first.provisioning.abandon(first.answers, "operation-1", contextOf(journal()));
    expect(left.map(english).join()).toMatch(/^its key pair\. Another machine uses it: i-/);
    expect(live(region)).toHaveLength(1);
    expect(region.keys.files.has("gpu-dev-operation-1")).toBe(true);
  });

  it("asks for hibernation only where it was chosen, and tells AWS's refusal of it", async () => {
    const region = current();
    const { aws } = region;
    aws.inject({
      action: "DescribeInstanceTypes",
      times: 99,
      effect: { kind: "rewrite", rewrite: (body) => body.replaceAll(/(<hibernationSupported>)false/g, "$1true") },
    });
    const provisioning = region.open();
    const small = { ...G6, diskGiB: "80" };
    const asked = await questionOf(provisioning, "hibernation", small);
    const yes = asked.kind === "choice" ? asked.options.find(({ value }) => value === "yes") : undefined;
    expect(english(yes?.unavailable)).toBe("Its memory needs a disk of at least 91 GiB.");
    const answers = await converse(provisioning, { ...G6, hibernation: "yes" });
    expect(Object.keys(await converse(provisioning, { ...G6, market: "spot" }))).not.toContain("hibernation");
    await expect(provisioning.plan({ ...answers, diskGiB: "80" }, never())).rejects.toMatchObject({
      code: "invalid-request",
    });
    // The emulator knows better than the answer that was changed: no type with GPUs can hibernate.
    await expect(provisioning.provision(answers, "operation-1", contextOf(journal()))).rejects.toMatchObject({
      code: "unsupported",
    });
    expect(aws.requests.some(({ parameters }) => parameters["HibernationOptions.Configured"] === "true")).toBe(true);
  });

  it("waits on while AWS asks to be asked less, and while its answers are lost", async () => {
    const region = current();
    const { aws } = region;
    const provisioning = region.open();
    const answers = await converse(provisioning, G6);
    const times = { times: 3 } as const;
    aws.inject({
      action: "DescribeInstanceStatus",
      ...times,
      effect: { kind: "error", code: "RequestLimitExceeded", status: 503, retryAfter: "30" },
    });
    aws.inject({ action: "DescribeInstanceStatus", times: 6, after: 3, effect: { kind: "cut" } });
    await provisioning.provision(answers, "operation-1", contextOf(journal()));
    expect(live(region)).toMatchObject([{ state: "running" }]);
  });

  it("tells why AWS ended a machine before it ran", async () => {
    const region = current();
    const provisioning = region.open();
    const answers = await converse(provisioning, G6);
    const context = {
      ...contextOf(journal()),
      report: () => {
        for (const { id } of live(region)) region.aws.interruptSpot(id, "terminate");
      },
    };
    region.aws.setDurations({ pendingMs: 100, interruptionNoticeMs: 200 }); // both between two looks
    const failed = provisioning.provision({ ...answers, market: "spot" }, "operation-1", context);
    await expect(failed).rejects.toMatchObject({
      code: "capacity",
      message: expect.stringContaining("AWS ended") as string,
    });
  });

  it("goes on after somebody signed in again", async () => {
    const region = current();
    const { aws } = region;
    const { accessKeyId } = DEFAULT_ACCOUNT;
    const provisioning = region.open();
    const answers = await converse(provisioning, G6);
    const steps = journal();
    const context = { ...contextOf(steps), report: () => aws.setCredentials(accessKeyId, "revoked") };
    await expect(provisioning.provision(answers, "operation-1", context)).rejects.toMatchObject({
      code: "authentication",
    });
    aws.setCredentials(accessKeyId, "valid");
    await provisioning.provision(answers, "operation-1", contextOf(steps));
    expect(live(region)).toMatchObject([{ state: "running" }]);
  });

  it.each(["*", "operation-?", "", "OPERATION-1"])(
    "takes back nothing of another operation for the id %j",
    async (id) => {
      const region = current();
      const { answers } = await provisioned(region, G6);
      expect(await region.open().abandon(answers, id, contextOf(journal()))).toEqual([]);
      expect(live(region)).toHaveLength(1);
      expect(region.view.keyPairs).toHaveLength(1);
    },
  );

  it("finds what is left beside machines, once it is too old to be on its way", async () => {
    const region = current();
    await provisioned(region, { ...G6, name: "kept" });
    const provisioning = region.open();
    const answers = await converse(provisioning, G6);
    const error = { kind: "error", code: "UnauthorizedOperation", status: 403 } as const;
    region.aws.inject({ action: "RunInstances", times: 1, effect: error });
    await expect(provisioning.provision(answers, "operation-2", contextOf(journal()))).rejects.toThrow();
    expect(await provisioning.findRemnants?.(never())).toEqual([]);
    await region.aws.clock.advance(31 * 60_000);
    expect(await provisioning.findRemnants?.(never())).toMatchObject([
      { operationId: "operation-2", parts: [{ template: "the security group {0}" }, { template: "the key pair {0}" }] },
    ]);
    expect(await provisioning.abandon(answers, "operation-2", contextOf(journal()))).toEqual([]);
    expect(await provisioning.findRemnants?.(never())).toEqual([]);
    expect(live(region)).toHaveLength(1);
  });

  it("finds what no journal knows of, and takes it back by its tags", async () => {
    const region = current();
    const { answers } = await provisioned(region, G6);
    const [machine] = live(region);
    const found = await region.open().findRemains(never());
    expect(found).toMatchObject([
      { operationId: "operation-1", owner: "developer", instanceIds: [machine?.id], keyNames: ["gpu-dev-operation-1"] },
    ]);
    const told = await region.open().remains?.("operation-1", never());
    expect(told?.map(english)).toEqual([
      `the machine ${machine?.id ?? ""}, with everything on its disk`,
      `the security group ${found[0]?.groupIds[0] ?? ""}`,
      "the key pair gpu-dev-operation-1",
    ]);
    expect(await region.open().abandon(answers, "operation-1", contextOf(journal()))).toEqual([]);
    expect(await region.open().findRemains(never())).toEqual([]);
    expect(await region.open().remains?.("operation-1", never())).toEqual([]);
  });
});
