import { DescribeInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import type { Environment, PowerOperation, Price } from "../../../../src/core/environment.ts";
import { Inventory } from "../../../../src/core/inventory.ts";
import type { EnvironmentProvider } from "../../../../src/core/provider.ts";
import { inEnglish, sentence } from "../../../../src/core/sentence.ts";
import { createLearned } from "../../../../src/providers/aws/learned.ts";
import { EMPTY_PRICE_BOOK } from "../../../../src/providers/aws/priceBook.ts";
import { waitForChecks } from "../../../../src/providers/aws/statusChecks.ts";
import { createFormat } from "../../../../src/ui/format.ts";
import { costLines } from "../../../../src/views/billingWords.ts";
import type { Speech } from "../../../../src/views/environmentRow.ts";
import { aContext, listAll, never, theOne } from "./emulated.ts";
import { HOUR_MS, MINUTE_MS, NOON, SKEWS_MS, told, withSkewedClock, type Skewed } from "./skewed.ts";

const speech: Speech = {
  say: (template, ...values) => inEnglish(sentence(template, ...values)),
  localize: inEnglish,
  format: createFormat("en"),
};
const PRICE: Price = { perHour: 1, currency: "USD", source: sentence("list"), date: "2026-11-01" };
const PRICES = { ...EMPTY_PRICE_BOOK, price: () => PRICE };
const SKEWS = SKEWS_MS.map((aheadMs) => [told(aheadMs), aheadMs] as const);

function ask({ clients }: Pick<Skewed, "clients">): Promise<unknown> {
  const purpose = { failure: sentence("The list could not be read") };
  return clients.send(clients.ec2, new DescribeInstancesCommand({}), purpose, never());
}

function perform(provider: EnvironmentProvider, operation: PowerOperation, environment: Environment): Promise<unknown> {
  return provider.perform({ operation, operationId: "operation" }, environment, aContext());
}

describe.each(SKEWS)("F-18: where the clock of this computer is %s", (words, aheadMs) => {
  it("AWS refuses one signature, and from then on they bear its time", () =>
    withSkewedClock(aheadMs, async ({ emulator, provider }) => {
      emulator.addInstance();
      const opened = provider();
      expect(await listAll(opened)).toHaveLength(1);
      emulator.clearRequests();
      await listAll(opened);
      expect(emulator.requests.map(({ action }) => action)).toEqual(["DescribeInstances"]);
    }));

  it("the cost since the start is counted by AWS's clock", () =>
    withSkewedClock(aheadMs, async ({ emulator, provider }) => {
      emulator.addInstance({ launchTime: NOON - 3 * HOUR_MS });
      const [line] = costLines(await theOne(provider({ prices: PRICES })), Date.now(), speech);
      expect(line).toContain("$3.00 since its start");
    }));

  it("a pause until a date is as long as AWS meant it", () =>
    withSkewedClock(aheadMs, async (skewed) => {
      const { emulator, pass } = skewed;
      await ask(skewed);
      const retryAfter = new Date(emulator.clock.now() + 90_000).toUTCString();
      emulator.inject({ effect: { kind: "error", code: "RequestLimitExceeded", status: 503, retryAfter } });
      await expect(ask(skewed)).rejects.toThrow("is left alone for 90 s");
      emulator.clearRequests();
      await pass(80_000);
      await expect(ask(skewed)).rejects.toThrow("is left alone for 10 s");
      expect(emulator.requests).toEqual([]);
      await pass(10_000);
      await ask(skewed);
      expect(emulator.requests).toHaveLength(1);
    }));

  it("a refusal that remains explains the clock", () =>
    withSkewedClock(aheadMs, async (skewed) => {
      const effect = { kind: "error", code: "RequestTimeTooSkewed", status: 403 } as const;
      skewed.emulator.inject({ times: 5, effect });
      const minutes = Math.abs(aheadMs) / MINUTE_MS;
      await expect(ask(skewed)).rejects.toMatchObject({
        code: "clock",
        message: expect.stringContaining(
          `The clock of this machine is ${minutes} min ${words.split(" ")[2] ?? ""}`,
        ) as unknown,
      });
    }));

  it.each([
    ["that has just started may still", NOON - MINUTE_MS, "unreachable"],
    ["that runs for an hour should", NOON - HOUR_MS, "configuration"],
  ])("a machine %s report to Systems Manager", (_what, launchTime, code) =>
    withSkewedClock(aheadMs, async ({ emulator, provider }) => {
      emulator.addInstance({ launchTime, reachable: false, instanceProfile: "SessionManager" });
      // Each service refuses the first signature by itself: that answer stays as it is.
      const rewrite = (body: string): string => body.replace(/(?<="InstanceInformationList":)\[.*\]/, "[]");
      emulator.inject({ action: "DescribeInstanceInformation", times: 2, effect: { kind: "rewrite", rewrite } });
      const opened = provider({ hasProgram: () => Promise.resolve(true) });
      const environment = await theOne(opened);
      await expect(opened.connection(environment, never())).rejects.toMatchObject({ code });
    }),
  );

  it("a machine is told to be stuck after half an hour, and not before", () =>
    withSkewedClock(aheadMs, async ({ emulator, provider, pass }) => {
      emulator.setDurations({ shuttingDownMs: 24 * HOUR_MS });
      emulator.addInstance();
      const opened = provider();
      await expect(perform(opened, "delete", await theOne(opened))).rejects.toMatchObject({ code: "timeout" });
      expect(await theOne(opened)).toMatchObject({ state: "transitioning", activity: "shutting-down" });
      await pass(16 * MINUTE_MS);
      expect(await theOne(opened)).toMatchObject({ state: "failed", billing: { kind: "billing" } });
    }));
});

/** From what to what the clock is set while the window is open. */
const JUMPS = [
  [2 * HOUR_MS, 0],
  [-2 * HOUR_MS, 0],
  [0, 2 * HOUR_MS],
  [0, -2 * HOUR_MS],
].map(([from = 0, to = 0]) => [told(from), told(to), from, to] as const);

describe.each(JUMPS)("F-18: a clock that was %s and is then %s", (_from, _to, from, to) => {
  it("costs one refused signature, and no list", () =>
    withSkewedClock(from, async ({ emulator, provider, setClock }) => {
      emulator.addInstance({ launchTime: NOON - HOUR_MS });
      const opened = provider({ prices: PRICES });
      await listAll(opened);
      setClock(to);
      emulator.clearRequests();
      const [line] = costLines(await theOne(opened), Date.now(), speech);
      expect(line).toContain("$1.00 since its start");
      expect(emulator.requests).toHaveLength(2);
    }));

  it.each(["stop", "delete"] as const)("does not end the wait for a %s too early or too late", (operation) =>
    withSkewedClock(from, async ({ emulator, provider, setClock, events }) => {
      const id = emulator.addInstance();
      const opened = provider();
      const environment = await theOne(opened);
      events.push(
        () => undefined,
        () => setClock(to),
      );
      await perform(opened, operation, environment);
      const after = emulator.region("us-east-1").instances.find((instance) => instance.id === id);
      expect(after?.state).toBe(operation === "stop" ? "stopped" : "terminated");
      expect(emulator.clock.now() - NOON).toBeLessThan(MINUTE_MS);
    }),
  );
});

describe("F-18: a computer that sleeps for two hours", () => {
  const reset = { kind: "reset" } as const;

  it("finds what it waited for done, although its network is back only a moment later", () =>
    withSkewedClock(0, async ({ emulator, provider, pass, events }) => {
      emulator.addInstance();
      const opened = provider();
      const environment = await theOne(opened);
      events.push(async () => {
        await pass(2 * HOUR_MS);
        emulator.inject({ times: 6, effect: reset });
      });
      await perform(opened, "stop", environment);
      expect(await theOne(opened)).toMatchObject({ state: "stopped" });
    }));

  it("does not take a machine that a list lacks for gone because of the hours between two looks", () =>
    withSkewedClock(0, async ({ emulator, provider, pass, events }) => {
      emulator.setDurations({ shuttingDownMs: 3 * HOUR_MS });
      emulator.addInstance();
      const opened = provider();
      const environment = await theOne(opened);
      const lacking = { kind: "error", code: "InvalidInstanceID.NotFound", status: 400 } as const;
      events.push(
        () => void emulator.inject({ action: "DescribeInstances", times: 2, effect: lacking }),
        () => pass(2 * HOUR_MS),
      );
      await expect(perform(opened, "delete", environment)).rejects.toMatchObject({ code: "timeout" });
    }));

  it("goes on waiting for the status checks of a machine that it has just started", () =>
    withSkewedClock(0, async ({ emulator, provider, clients, pass, events }) => {
      const id = emulator.addInstance();
      await listAll(provider());
      const context = aContext();
      const own = (milliseconds: number): Promise<void> => pass(milliseconds).then(() => events.shift()?.());
      events.push(async () => {
        await pass(2 * HOUR_MS);
        emulator.inject({ times: 6, effect: reset });
      });
      await waitForChecks(id, "trainer", context, { clients, clock: Date.now, wait: own });
      expect(context.stages.at(-1)).toBe("status checks have passed");
    }));

  it("asks at once where a pause has ended meanwhile", () =>
    withSkewedClock(0, async (skewed) => {
      const { emulator, pass } = skewed;
      const retryAfter = new Date(NOON + HOUR_MS).toUTCString();
      emulator.inject({ effect: { kind: "error", code: "RequestLimitExceeded", status: 503, retryAfter } });
      await expect(ask(skewed)).rejects.toMatchObject({ code: "throttled" });
      await pass(2 * HOUR_MS);
      await ask(skewed);
      expect(emulator.requests).toHaveLength(2);
    }));
});

describe("F-18: a clock that is set back by two hours", () => {
  it("does not bring a deleted machine back, and hides none that exists", () =>
    withSkewedClock(0, async ({ emulator, provider, setClock, pass }) => {
      emulator.addInstance();
      const opened = provider();
      const inventory = new Inventory([opened], Date.now);
      await inventory.refresh(opened.id);
      inventory.bury(inventory.environments()[0]?.id ?? "");
      setClock(-2 * HOUR_MS);
      await inventory.refresh(opened.id);
      expect(inventory.environments()).toEqual([]);
      await pass(61_000);
      await inventory.refresh(opened.id);
      expect(inventory.environments()).toHaveLength(1); // AWS still lists it after its lag: it exists, and bills
      inventory.dispose();
    }));

  it("lets a machine that is gone leave the list as soon as ever", () =>
    withSkewedClock(0, async ({ emulator, clients, provider, setClock, pass }) => {
      const id = emulator.addInstance();
      const opened = provider();
      const inventory = new Inventory([opened], Date.now);
      await inventory.refresh(opened.id);
      const command = new TerminateInstancesCommand({ InstanceIds: [id] });
      await clients.send(clients.ec2, command, { failure: sentence("It was not deleted") }, never());
      setClock(-2 * HOUR_MS);
      for (let round = 0; round < 3; round += 1) {
        await pass(MINUTE_MS);
        await inventory.refresh(opened.id);
      }
      expect(inventory.environments()).toEqual([]);
      inventory.dispose();
    }));

  it("asks again ten minutes later for what AWS did not tell", async () => {
    let now = NOON;
    let asked = 0;
    const learned = createLearned<string>({
      ...{ atOnce: 10, clock: () => now, log: () => undefined },
      fetch: () => Promise.resolve(asked++ === 0 ? new Map<string, string>() : new Map([["vol-1", "known"]])),
    });
    await learned.learn(["vol-1"], never());
    now -= 2 * HOUR_MS;
    for (let minute = 0; minute <= 11; minute += 1) {
      await learned.learn(["vol-1"], never());
      now += MINUTE_MS;
    }
    expect(learned.get("vol-1")).toBe("known");
    expect(asked).toBe(2);
  });
});
