import { describe, expect, it } from "vitest";
import type { PowerOperation } from "../../../../src/core/environment.ts";
import { GpuDevError } from "../../../../src/core/error.ts";
import type { EnvironmentProvider } from "../../../../src/core/provider.ts";
import { inEnglish, type Sentence } from "../../../../src/core/sentence.ts";
import type { InstanceSeed } from "../../../emulators/aws/emulator.ts";
import { aContext, never, theOne, withEmulatedAws, type Emulated, type KeptContext } from "./emulated.ts";

const ID = "operation-1";
const HIBERNATING: InstanceSeed = { instanceType: "m5.xlarge", hibernationConfigured: true, launchTime: 0 };

interface Performed extends Emulated {
  readonly id: string;
  readonly provider: (differing?: object) => EnvironmentProvider;
  readonly context: KeptContext;
  /** Performs the operation on the machine as it is listed. */
  readonly perform: (operation: PowerOperation) => Promise<readonly Sentence[]>;
  /** What AWS itself says of it. */
  readonly state: () => string | undefined;
}

function withMachine(seed: InstanceSeed, act: (performed: Performed) => Promise<void>): Promise<void> {
  return withEmulatedAws(async (emulated) => {
    const id = emulated.emulator.addInstance({ tags: { Name: "trainer" }, ...seed });
    const provider = emulated.provider();
    const context = aContext();
    await act({
      ...emulated,
      id,
      provider: () => provider,
      context,
      perform: async (operation) => provider.perform({ operation, operationId: ID }, await theOne(provider), context),
      state: () => emulated.emulator.region("us-east-1").instances.find((instance) => instance.id === id)?.state,
    });
  });
}

describe("operations on EC2 instances", () => {
  it.each([
    ["start", { state: "stopped" }, "running", ["pending", "running"]],
    ["stop", {}, "stopped", ["stopping", "stopped"]],
    ["hibernate", HIBERNATING, "stopped", ["stopping", "stopped"]],
    ["delete", {}, "terminated", ["shutting-down", "terminated"]],
  ] as const)("%s resolves when AWS reports it, and tells the stages", (operation, seed, end, stages) =>
    withMachine(seed, async ({ perform, state, context }) => {
      await perform(operation);
      expect(state()).toBe(end);
      expect(context.stages).toEqual(["accepted by AWS", ...stages.map((stage) => `AWS reports: ${stage}`)]);
    }),
  );

  it("starts a machine in another size, which it is given while it is off", () =>
    withMachine({ instanceType: "g5.xlarge", state: "stopped" }, async ({ provider, context, state, emulator, id }) => {
      const environment = await theOne(provider());
      await provider().perform({ operation: "start", operationId: ID, size: "g6.xlarge" }, environment, context);
      expect(state()).toBe("running");
      const { instances } = emulator.region("us-east-1");
      expect(instances.find((instance) => instance.id === id)?.instanceType).toBe("g6.xlarge");
      expect((await theOne(provider())).gpu?.model).toBe("NVIDIA L4");
    }));

  it("restart waits until the status checks pass again", () =>
    withMachine({ launchTime: 0 }, async ({ perform, context, emulator }) => {
      const begin = emulator.clock.now();
      await perform("restart");
      expect(emulator.clock.now() - begin).toBeGreaterThanOrEqual(120_000);
      expect(context.stages).toEqual([
        "accepted by AWS",
        "AWS reports: running",
        "status checks",
        "status checks have passed",
      ]);
    }));

  it("restart is done where the status checks may not be read, and says so", () =>
    withMachine({ launchTime: 0 }, async ({ perform, context, emulator }) => {
      const effect = { kind: "error", code: "UnauthorizedOperation", status: 403 } as const;
      emulator.inject({ action: "DescribeInstanceStatus", effect: { kind: "reset" }, times: 3 });
      emulator.inject({ action: "DescribeInstanceStatus", effect, times: 100 });
      await perform("restart");
      expect(context.stages.at(-1)).toContain("lacks the permission ec2:DescribeInstanceStatus");
    }));

  it("shows a hibernated machine as such, and starts it again", () =>
    withMachine(HIBERNATING, async ({ perform, provider }) => {
      await perform("hibernate");
      expect(await theOne(provider())).toMatchObject({ state: "hibernated", billing: { kind: "storage-only" } });
      await provider().perform({ operation: "start", operationId: "other" }, await theOne(provider()), aContext());
      expect(await theOne(provider())).toMatchObject({ state: "running" });
    }));

  it("asks often at first and then seldom", () =>
    withMachine({}, async ({ perform, waits, emulator }) => {
      emulator.setDurations({ stoppingMs: 120_000 });
      await perform("stop");
      expect(waits[0]).toBe(2000);
      expect(Math.max(...waits)).toBe(10_000);
    }));

  it("writes down that it asks before it does", () =>
    withMachine({}, async ({ provider, emulator }) => {
      const context = aContext();
      const steps = { get: () => undefined, put: () => Promise.reject(new Error("The disk is full.")) };
      const environment = await theOne(provider());
      emulator.clearRequests();
      const act = provider().perform({ operation: "stop", operationId: ID }, environment, { ...context, steps });
      await expect(act).rejects.toThrow("The disk is full.");
      expect(emulator.requests).toEqual([]);
    }));

  it("tells that there is no capacity, and keeps the machine", () =>
    withMachine({ state: "stopped" }, async ({ perform, emulator, state }) => {
      emulator.setCapacity({ instanceType: "g5.xlarge", available: 0 });
      const error: unknown = await perform("start").catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "capacity" });
      expect(String(error)).toContain("no capacity left for g5.xlarge in us-east-1a");
      expect(String(error)).toContain("The machine and its disks are kept");
      expect(state()).toBe("stopped");
      emulator.setCapacity({ instanceType: "g5.xlarge", available: 1 });
      await perform("start");
    }));

  it("tells capacity, quota and permission apart", () =>
    withMachine({ state: "stopped" }, async ({ perform, emulator }) => {
      const codes = ["InsufficientInstanceCapacity", "VcpuLimitExceeded", "UnauthorizedOperation"];
      const told: unknown[] = [];
      for (const code of codes) {
        emulator.inject({ action: "StartInstances", effect: { kind: "error", code, status: 400 } });
        told.push(await perform("start").catch((error: unknown) => error instanceof GpuDevError && error.code));
      }
      expect(told).toEqual(["capacity", "quota", "permission"]);
    }));

  it("tells when AWS refuses to hibernate yet, and that it goes on", () =>
    withMachine({ ...HIBERNATING, state: "stopped" }, async ({ perform, state, provider }) => {
      await perform("start");
      const hibernated = provider().perform(
        { operation: "hibernate", operationId: "other" },
        await theOne(provider()),
        aContext(),
      );
      const error: unknown = await hibernated.catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "unsupported" });
      expect(String(error)).toContain("not ready to hibernate yet");
      expect(String(error)).toContain("It goes on as it was, and goes on billing.");
      expect(state()).toBe("running");
    }));

  it("tells when a hibernation ended as a plain stop", () =>
    withMachine(HIBERNATING, async ({ perform, emulator, id, provider }) => {
      emulator.failHibernation(id);
      const error: unknown = await perform("hibernate").catch((reason: unknown) => reason);
      expect(String(error)).toContain("trainer was stopped instead of hibernated");
      expect(String(error)).toContain("what was in memory is lost");
      expect(await theOne(provider())).toMatchObject({ state: "stopped" });
    }));

  it.each([
    ["hibernate", {}, "cannot hibernate. Stop keeps the disks"],
    ["hibernate", { instanceType: "m5.xlarge" }, "was not set up for hibernation when it was launched"],
    ["stop", { spot: {} }, "A one-time Spot instance cannot be stopped"],
    ["stop", { state: "stopped" }, "It is not running."],
    ["start", {}, "It is running."],
    ["scale", {}, "there is nothing to scale"],
    ["extend", {}, "EC2 sets no end"],
  ] as const)("%s is refused before AWS is asked, with the reason (%j)", (operation, seed, reason) =>
    withMachine(seed, async ({ provider, emulator }) => {
      const environment = await theOne(provider());
      emulator.clearRequests();
      const act = provider().perform({ operation, operationId: ID }, environment, aContext());
      const error: unknown = await act.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "unsupported" });
      expect(String(error)).toContain("trainer was left as it is.");
      expect(String(error)).toContain(reason);
      expect(emulator.requests).toEqual([]);
    }),
  );

  it("can stop a persistent Spot instance", () =>
    withMachine({ spot: { persistent: true, interruption: "stop" } }, async ({ perform, state }) => {
      await perform("stop");
      expect(state()).toBe("stopped");
    }));

  it("ends a persistent Spot request with its machine, so that no other is launched in its place", () =>
    withMachine({ spot: { persistent: true, interruption: "stop" } }, async ({ perform, emulator }) => {
      await perform("delete");
      await emulator.clock.advance(3_600_000);
      const { instances } = emulator.region("us-east-1");
      expect(instances.filter(({ state }) => state !== "terminated")).toEqual([]);
    }));

  it("deletes no machine whose Spot request would launch another", () =>
    withMachine({ spot: { persistent: true } }, async ({ perform, emulator, state }) => {
      emulator.inject({
        action: "CancelSpotInstanceRequests",
        effect: { kind: "error", code: "UnauthorizedOperation", status: 403 },
      });
      await expect(perform("delete")).rejects.toThrow("deleted now, it would be replaced by another machine");
      expect(state()).toBe("running");
    }));

  it("takes what is there already for done", () =>
    withMachine({}, async ({ provider, emulator, id }) => {
      const before = await theOne(provider());
      await provider().perform({ operation: "stop", operationId: "by another window" }, before, aContext());
      await provider().perform({ operation: "stop", operationId: ID }, before, aContext());
      expect(emulator.region("us-east-1").instances.find((instance) => instance.id === id)?.state).toBe("stopped");
    }));

  it("takes a refusal for success where the machine is on its way", () =>
    withMachine({ state: "stopped" }, async ({ emulator, state, provider }) => {
      await provider().perform({ operation: "start", operationId: "other" }, await theOne(provider()), aContext());
      const stale = { ...(await theOne(provider())), operations: await stoppedOperations(provider()) };
      emulator.inject({ action: "StartInstances", effect: { kind: "error", code: "IncorrectInstanceState" } });
      await provider().perform({ operation: "start", operationId: ID }, stale, aContext());
      expect(state()).toBe("running");
    }));
});

async function stoppedOperations(provider: EnvironmentProvider) {
  const { operations } = await theOne(provider);
  return { ...operations, start: { available: true } as const };
}

describe("operations whose answers are lost", () => {
  it.each([
    ["start", { state: "stopped" }, "running"],
    ["stop", {}, "stopped"],
    ["delete", {}, "terminated"],
  ] as const)("%s goes on where AWS did it and the answer was cut", (operation, seed, end) =>
    withMachine(seed, async ({ perform, emulator, state }) => {
      const action = { start: "StartInstances", stop: "StopInstances", delete: "TerminateInstances" }[operation];
      emulator.inject({ action, times: 3, effect: { kind: "cut" } });
      await perform(operation);
      expect(state()).toBe(end);
    }),
  );

  it("asks again where AWS had not done it", () =>
    withMachine({}, async ({ perform, emulator, state }) => {
      emulator.inject({ action: "StopInstances", times: 3, effect: { kind: "reset" } });
      await perform("stop");
      expect(state()).toBe("stopped");
    }));

  it("restarts once, whatever becomes of the answer", () =>
    withMachine({ launchTime: 0 }, async ({ perform, emulator, provider, context }) => {
      emulator.inject({ action: "RebootInstances", effect: { kind: "cut" } });
      await expect(perform("restart")).rejects.toThrow("is not known. Refresh to see.");
      const again = provider().perform({ operation: "restart", operationId: ID }, await theOne(provider()), context);
      await expect(again).rejects.toThrow("whether AWS has done it is not known");
      expect(emulator.requests.filter(({ action }) => action === "RebootInstances")).toHaveLength(1);
    }));

  it("restarts once also over a crash after AWS has accepted it", () =>
    withMachine({ launchTime: 0 }, async ({ emulator, provider, context }) => {
      const environment = await theOne(provider());
      const crash = new AbortController();
      const act = provider().perform({ operation: "restart", operationId: ID }, environment, {
        ...context,
        signal: crash.signal,
        report: () => crash.abort(),
      });
      await expect(act).rejects.toMatchObject({ name: "AbortError" });
      await provider().perform({ operation: "restart", operationId: ID }, environment, context);
      expect(emulator.requests.filter(({ action }) => action === "RebootInstances")).toHaveLength(1);
    }));

  it("goes on after a crash, also where the machine is in between by then", () =>
    withMachine({}, async ({ provider, state, context }) => {
      const environment = await theOne(provider());
      const crash = new AbortController();
      const act = provider().perform({ operation: "stop", operationId: ID }, environment, {
        ...context,
        signal: crash.signal,
        report: () => crash.abort(),
      });
      await expect(act).rejects.toMatchObject({ name: "AbortError" });
      expect(state()).toBe("stopping");
      await provider().perform({ operation: "stop", operationId: ID }, await theOne(provider()), context);
      expect(state()).toBe("stopped");
    }));

  it.each([
    ["throttled", { kind: "error", code: "RequestLimitExceeded", status: 503, retryAfter: "30" } as const],
    ["signed out", { kind: "error", code: "ExpiredToken", status: 400 } as const],
    ["cut off", { kind: "reset" } as const],
    ["behind a broken gateway", { kind: "html", status: 502 } as const],
  ])("goes on with the following when it was %s meanwhile", (_what, effect) =>
    withMachine({}, async ({ emulator, provider, state }) => {
      const environment = await theOne(provider());
      emulator.inject({ action: "DescribeInstances", times: 6, effect });
      await provider().perform({ operation: "stop", operationId: ID }, environment, aContext());
      expect(state()).toBe("stopped");
    }),
  );

  it("ends after its time, and says what AWS reports", () =>
    withMachine({}, async ({ perform, emulator }) => {
      emulator.setDurations({ stoppingMs: 3 * 3_600_000 });
      const error: unknown = await perform("stop").catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "timeout" });
      expect(String(error)).toContain("After 15 min AWS still reports stopping");
      expect(String(error)).toContain("may be billing");
    }));

  it("stops following when it is cancelled", () =>
    withMachine({}, async ({ provider, emulator }) => {
      const environment = await theOne(provider());
      const abort = new AbortController();
      const context = { ...aContext(new Map(), abort.signal), report: () => abort.abort() };
      const act = provider().perform({ operation: "stop", operationId: ID }, environment, context);
      await expect(act).rejects.toMatchObject({ name: "AbortError" });
      const sent = emulator.requests.length;
      await emulator.clock.advance(60_000);
      expect(emulator.requests).toHaveLength(sent);
    }));

  it("does not take a list that lags for the end", () =>
    withMachine({}, async ({ perform, emulator, state }) => {
      emulator.inject({
        action: "DescribeInstances",
        after: 1,
        times: 2,
        effect: { kind: "error", code: "InvalidInstanceID.NotFound" },
      });
      await perform("delete");
      expect(state()).toBe("terminated");
    }));

  it("tells that a machine was deleted by somebody meanwhile", () =>
    withMachine({}, async ({ provider, emulator }) => {
      const environment = await theOne(provider());
      emulator.setDurations({ stoppingMs: 600_000 });
      const context = aContext();
      const act = provider().perform({ operation: "stop", operationId: ID }, environment, {
        ...context,
        report: () => {
          emulator.inject({
            action: "DescribeInstances",
            times: 1000,
            effect: { kind: "error", code: "InvalidInstanceID.NotFound" },
          });
        },
      });
      await expect(act).rejects.toMatchObject({ code: "not-found" });
    }));
});

describe("what was made with a machine", () => {
  const TAGS = { Name: "trainer", "gpu-dev:operation": "made-1" };

  it("goes with it where nothing else uses it", () =>
    withMachine({ tags: TAGS }, async (performed) => {
      await makeCompanions(performed);
      await performed.perform("delete");
      expect(performed.emulator.region("us-east-1").keyPairs).toEqual([]);
      expect(groupNames(performed)).not.toContain("made-1");
    }));

  it("stays where another machine uses it, and that is told", () =>
    withMachine({ tags: TAGS, keyName: "made-1" }, async (performed) => {
      await makeCompanions(performed);
      const environment = await theOne(performed.provider());
      performed.emulator.addInstance({ keyName: "made-1" });
      const request = { operation: "delete", operationId: ID } as const;
      const left = await performed.provider().perform(request, environment, performed.context);
      expect(performed.emulator.region("us-east-1").keyPairs).toHaveLength(1);
      expect(left.map(inEnglish)).toEqual(["the key pair made-1 (another machine uses it)"]);
    }));

  it("is told where it cannot be deleted, and the machine is deleted all the same", () =>
    withMachine({ tags: TAGS }, async (performed) => {
      await makeCompanions(performed);
      performed.emulator.inject({
        action: "DeleteSecurityGroup",
        times: 100,
        effect: { kind: "error", code: "UnauthorizedOperation", status: 403 },
      });
      const left = await performed.perform("delete");
      expect(performed.state()).toBe("terminated");
      expect(left.map(inEnglish).join("\n")).toMatch(/^the security group sg-.*ec2:DeleteSecurityGroup/);
    }));

  it("of a machine that somebody else made is left alone", () =>
    withMachine({}, async (performed) => {
      await makeCompanions(performed);
      await performed.perform("delete");
      expect(performed.emulator.region("us-east-1").keyPairs).toHaveLength(1);
    }));
});

function groupNames({ emulator }: Emulated): readonly string[] {
  return emulator.region("us-east-1").securityGroups.map(({ name }) => name);
}

async function makeCompanions({ clients }: Pick<Emulated, "clients">): Promise<void> {
  const { CreateKeyPairCommand, CreateSecurityGroupCommand } = await import("@aws-sdk/client-ec2");
  const tags = [{ Key: "gpu-dev:operation", Value: "made-1" }];
  const purpose = { failure: { template: "It could not be made", values: [] } };
  await clients.send(
    clients.ec2,
    new CreateKeyPairCommand({ KeyName: "made-1", TagSpecifications: [{ ResourceType: "key-pair", Tags: tags }] }),
    purpose,
    never(),
  );
  await clients.send(
    clients.ec2,
    new CreateSecurityGroupCommand({
      GroupName: "made-1",
      Description: "made-1",
      TagSpecifications: [{ ResourceType: "security-group", Tags: tags }],
    }),
    purpose,
    never(),
  );
}
