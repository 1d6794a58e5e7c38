import { describe, expect, it } from "vitest";
import { DescribeInstancesCommand, type DescribeInstancesCommandInput } from "@aws-sdk/client-ec2";
import { GpuDevError } from "../../../../src/core/error.ts";
import { sentence } from "../../../../src/core/sentence.ts";
import { createAwsClients } from "../../../../src/providers/aws/client.ts";
import { backoffMs, createPacing } from "../../../../src/providers/aws/pacing.ts";
import type { FaultEffect } from "../../../emulators/aws/emulator.ts";
import { never, SCOPE, withEmulatedAws, type Emulated } from "./emulated.ts";

const HALF = (): number => 0.5;
const MINUTE_MS = 60_000;

describe("pacing", () => {
  it("doubles its back-off from one to three hundred seconds, with chance in it", () => {
    for (const random of [() => 0, HALF, () => 0.999]) {
      const pauses = Array.from({ length: 30 }, (_unused, refusals) => backoffMs(refusals + 1, random));
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1000);
      expect(Math.max(...pauses)).toBeLessThanOrEqual(5 * MINUTE_MS);
      expect(pauses).toEqual(pauses.toSorted((one, other) => one - other));
    }
    expect(backoffMs(5, () => 0)).not.toBe(backoffMs(5, () => 0.9));
  });

  it("judges a date by the clock of the server that named it", () => {
    const twoHoursOff = Date.UTC(2026, 10, 21, 14, 0, 0);
    const pacing = createPacing(() => twoHoursOff, HALF);
    pacing.refused({ retryAfter: "Sat, 21 Nov 2026 12:01:00 GMT", date: "Sat, 21 Nov 2026 12:00:00 GMT" });
    expect(pacing.waitMs()).toBe(MINUTE_MS);
  });

  it("is not shortened by a later refusal that asks for less, nor by an answer that was under way", () => {
    const pacing = createPacing(() => 0, HALF);
    pacing.refused({ retryAfter: "100" });
    pacing.refused({ retryAfter: "1" });
    pacing.succeeded();
    expect(pacing.waitMs()).toBe(100_000);
  });

  it("does not wait for days because a header says so", () => {
    const pacing = createPacing(() => 0, HALF);
    pacing.refused({ retryAfter: "99999999999" });
    expect(pacing.waitMs()).toBe(24 * 60 * MINUTE_MS);
  });

  it("ends also where the clock of the machine is set back meanwhile", () => {
    let now = 10 * 60 * MINUTE_MS;
    const pacing = createPacing(() => now, HALF);
    pacing.refused({ retryAfter: "60" });
    now = 0;
    expect(pacing.waitMs()).toBe(MINUTE_MS);
    now = MINUTE_MS;
    expect(pacing.waitMs()).toBe(0);
  });
});

interface Kind {
  readonly title: string;
  readonly effect: (now: number) => FaultEffect;
  /** How long nothing may arrive after it. */
  readonly pauseMs: number;
}

const http = (milliseconds: number): string => new Date(milliseconds).toUTCString();
const refused = (code: string, status: number, retryAfter?: string): FaultEffect => ({
  kind: "error",
  code,
  status,
  ...(retryAfter === undefined ? {} : { retryAfter }),
});
const page = (status: number, retryAfter?: string): FaultEffect => ({
  kind: "html",
  status,
  ...(retryAfter === undefined ? {} : { retryAfter }),
});

/** Without a header the first pause is at least a second. */
const KINDS: readonly Kind[] = [
  ...["RequestLimitExceeded", "Throttling", "ThrottlingException", "EC2ThrottledException", "SlowDown"].map((code) => ({
    title: `${code} without a header`,
    effect: () => refused(code, 400),
    pauseMs: 1000,
  })),
  ...[1, 3, 30, 372].flatMap((seconds) => [
    {
      title: `503 for ${seconds} s`,
      effect: () => refused("Unavailable", 503, String(seconds)),
      pauseMs: seconds * 1000,
    },
    { title: `429 for ${seconds} s`, effect: () => page(429, String(seconds)), pauseMs: seconds * 1000 },
    {
      title: `RequestLimitExceeded until a date in ${seconds} s`,
      effect: (now: number) => refused("RequestLimitExceeded", 503, http(now + seconds * 1000)),
      pauseMs: seconds * 1000 - 1000, // a date names whole seconds only
    },
  ]),
  { title: "503 as a page", effect: () => page(503), pauseMs: 1000 },
  { title: "429 as a page", effect: () => page(429), pauseMs: 1000 },
  { title: "a date of the past", effect: (now) => refused("Throttling", 400, http(now - 60_000)), pauseMs: 1000 },
  { title: "no number", effect: () => refused("Throttling", 400, "soon"), pauseMs: 1000 },
  { title: "a negative number", effect: () => refused("Throttling", 400, "-5"), pauseMs: 1000 },
  { title: "500 with a header", effect: () => refused("InternalError", 500, "20"), pauseMs: 20_000 },
  { title: "502 as a page with a header", effect: () => page(502, "20"), pauseMs: 20_000 },
];

describe("requests after AWS asked for less", () => {
  it("knows 24 kinds of such answers", () => expect(KINDS).toHaveLength(24));

  it.each(KINDS)("are none before their time: $title", ({ effect, pauseMs }) =>
    withEmulatedAws(async (emulated) => {
      const { emulator } = emulated;
      // A clock that is two hours off must not shorten the pause.
      const clients = createAwsClients(SCOPE, {
        ...emulated.dependencies,
        clock: () => emulator.clock.now() + 2 * 60 * MINUTE_MS,
        log: () => undefined,
      });
      emulator.inject({ action: "DescribeInstances", effect: effect(emulator.clock.now()) });
      for (let refresh = 0; refresh < 20; refresh += 1) {
        await ask({ ...emulated, clients }).catch((error: unknown) => expect(error).toBeInstanceOf(GpuDevError));
        await emulator.clock.advance(250);
      }
      const [first = 0, ...later] = emulator.requests.map(({ at }) => at);
      expect(later.filter((at) => at - first < pauseMs)).toEqual([]);
      await emulator.clock.advance(10 * MINUTE_MS);
      await ask({ ...emulated, clients });
      clients.dispose();
    }),
  );

  it("say when, and are asked again after it", () =>
    withEmulatedAws(async (emulated) => {
      const { emulator } = emulated;
      emulator.inject({ effect: refused("RequestLimitExceeded", 503, "60") });
      const error: unknown = await ask(emulated).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "throttled" });
      const until = new Date(emulator.clock.now() + 60_000).toISOString().slice(11, 19);
      expect(String(error)).toContain(`for 60 s, until ${until} UTC`);
      await emulator.clock.advance(60_000);
      await ask(emulated);
      expect(emulator.requests).toHaveLength(2);
    }));

  it("wait out what is short, with at most two further attempts", () =>
    withEmulatedAws(async (emulated) => {
      const { emulator } = emulated;
      emulator.inject({ times: 10, effect: refused("RequestLimitExceeded", 503, "2") });
      await expect(ask(emulated)).rejects.toMatchObject({ code: "throttled" });
      expect(emulator.requests).toHaveLength(3);
    }));

  it("keep to a budget when 500 machines are asked about one by one", () =>
    withEmulatedAws(async (emulated) => {
      const { emulator } = emulated;
      const ids = Array.from({ length: 500 }, () => emulator.addInstance());
      emulator.inject({ effect: { kind: "throttle", capacity: 20, refillPerSecond: 2 } });
      const begin = emulator.clock.now();
      for (let round = 0; round < 3; round += 1) {
        await Promise.all(ids.map((id) => ask(emulated, { InstanceIds: [id] }).catch(() => undefined)));
        await emulator.clock.advance(10_000);
      }
      const budget = 20 + (2 * (emulator.clock.now() - begin)) / 1000;
      expect(emulator.requests.length).toBeLessThanOrEqual(1.2 * budget);
    }));
});

function ask({ clients }: Pick<Emulated, "clients">, input: DescribeInstancesCommandInput = {}): Promise<unknown> {
  const purpose = { failure: sentence("The list could not be read") };
  return clients.send(clients.ec2, new DescribeInstancesCommand(input), purpose, never());
}
