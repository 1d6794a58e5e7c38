import { DescribeInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { describe, expect, it, vi } from "vitest";
import type { FaultEffect } from "../../../emulators/aws/emulator.ts";
import { clientConfig, ec2Client, errorName, instancesOf, only, setUp } from "./clients.ts";

const current = setUp();

const list = () => current().ec2.send(new DescribeInstancesCommand({}));
const spoil = (effect: FaultEffect) => current().aws.inject({ action: "DescribeInstances", effect });

/** The answer as it is on the wire. */
function raw(signal?: AbortSignal): Promise<Response> {
  return fetch(current().aws.endpoint, {
    method: "POST",
    headers: { authorization: "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/ec2/aws4_request" },
    body: "Action=DescribeInstances&Version=2016-11-15",
    ...(signal ? { signal } : {}),
  });
}

describe("an error", () => {
  it("has its code, status, message and time to wait", async () => {
    spoil({ kind: "error", code: "UnauthorizedOperation", message: "not you" });
    await expect(list()).rejects.toMatchObject({
      name: "UnauthorizedOperation",
      message: "not you",
      $metadata: { httpStatusCode: 403 },
    });
    spoil({ kind: "error", code: "Unavailable", retryAfter: "7" });
    await expect(list()).rejects.toMatchObject({ $response: { statusCode: 503, headers: { "retry-after": "7" } } });
    await list();
  });

  it("hits the requests that it is for: after some, so many times, of one region", async () => {
    const { aws } = current();
    const fault = aws.inject({
      region: "us-east-1",
      after: 1,
      times: 2,
      effect: { kind: "error", code: "InternalError" },
    });
    const paris = ec2Client(aws.endpoint, { region: "eu-west-3" });
    const names = [];
    for (let call = 0; call < 4; call += 1) {
      names.push(await errorName(list()));
      await paris.send(new DescribeInstancesCommand({}));
    }
    paris.destroy();
    expect(names).toEqual(["no error", "InternalError", "InternalError", "no error"]);
    expect(fault.hits).toBe(2);
  });

  it.each([500, 503])("of a proxy is HTML with status %i, which the SDK cannot read", async (status) => {
    spoil({ kind: "html", status });
    await expect(list()).rejects.toMatchObject({ $metadata: { httpStatusCode: status } });
  });
});

describe("a connection", () => {
  const end = (id: string) => current().ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));

  it("is reset before the work, or cut after it", async () => {
    const { aws } = current();
    const id = aws.addInstance();
    aws.inject({ effect: { kind: "reset" } });
    expect(await errorName(end(id))).not.toBe("no error");
    expect(only(aws.region("us-east-1").instances).state).toBe("running");
    aws.inject({ effect: { kind: "cut" } });
    expect(await errorName(end(id))).not.toBe("no error");
    expect(only(aws.region("us-east-1").instances).state).toBe("shutting-down");
  });

  it("is cut in the midst of the answer", async () => {
    spoil({ kind: "cut", afterBytes: 40 });
    expect(await errorName(list())).not.toBe("no error");
  });

  it("hangs until the client gives up", async () => {
    const { aws, ec2 } = current();
    const id = aws.addInstance();
    aws.inject({ effect: { kind: "hang" } });
    const giveUp = new AbortController();
    const call = ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }), { abortSignal: giveUp.signal });
    await vi.waitFor(() => expect(aws.requests).toHaveLength(1));
    giveUp.abort();
    expect(await errorName(call)).toBe("AbortError");
    expect(only(aws.region("us-east-1").instances).state).toBe("running");
  });

  it("trickles", async () => {
    spoil({ kind: "trickle" });
    const giveUp = new AbortController();
    const response = await raw(giveUp.signal);
    const first = await response.body?.getReader().read();
    expect(first?.value).toHaveLength(1);
    giveUp.abort();
  });

  it("waits while the emulator is paused", async () => {
    const { aws } = current();
    aws.pause();
    let answered = false;
    const call = list().then(() => (answered = true));
    await vi.waitFor(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      expect(answered).toBe(false);
    });
    aws.resume();
    expect(await call).toBe(true);
  });
});

describe("an answer", () => {
  it("lies as it is told to", async () => {
    current().aws.addInstance();
    spoil({ kind: "rewrite", rewrite: (body) => body.replace("<name>running</name>", "<name>dreaming</name>") });
    expect(only(instancesOf((await list()).Reservations)).State?.Name).toBe("dreaming");
  });

  it("has the emulator's time as its date, or another", async () => {
    const { aws } = current();
    await aws.clock.advance(86_400_000);
    const dateOf = async () => Date.parse((await raw()).headers.get("date") ?? "");
    expect(await dateOf()).toBe(Math.floor(aws.clock.now() / 1000) * 1000);
    spoil({ kind: "date", offsetMs: 7_200_000 });
    expect(await dateOf()).toBe(Math.floor((aws.clock.now() + 7_200_000) / 1000) * 1000);
  });

  it("is a refusal when there are too many in too short a time", async () => {
    const { aws } = current();
    spoil({ kind: "throttle", capacity: 2, refillPerSecond: 1 });
    const names = [];
    for (let call = 0; call < 3; call += 1) names.push(await errorName(list()));
    expect(names).toEqual(["no error", "no error", "RequestLimitExceeded"]);
    await aws.clock.advance(1_000);
    expect(await errorName(list())).toBe("no error");
    await expect(list()).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
  });

  it("of STS fails in the words of STS", async () => {
    const sts = new STSClient(clientConfig(current().aws.endpoint));
    current().aws.inject({ service: "sts", effect: { kind: "error", code: "AccessDenied" } });
    expect(await errorName(sts.send(new GetCallerIdentityCommand({})))).toBe("AccessDenied");
    sts.destroy();
  });
});

it("an action that the emulator does not know is refused", async () => {
  const response = await fetch(current().aws.endpoint, {
    method: "POST",
    headers: { authorization: "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/ec2/aws4_request" },
    body: "Action=CreateFleet&Version=2016-11-15",
  });
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining("InvalidAction")]);
});
