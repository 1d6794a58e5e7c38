import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  RebootInstancesCommand,
  StartInstancesCommand,
} from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { sentence } from "../../../../src/core/sentence.ts";
import { createAwsClients } from "../../../../src/providers/aws/client.ts";
import type { AwsCommand } from "../../../../src/providers/aws/sending.ts";
import { never, SCOPE, withEmulatedAws, type Emulated } from "./emulated.ts";

const RESET = { kind: "reset" } as const;

describe("sending a request", () => {
  it("reads again after a cut connection, at most twice", () =>
    withEmulatedAws(async (emulated) => {
      emulated.emulator.inject({ times: 2, effect: RESET });
      await send(emulated, new DescribeInstancesCommand({}));
      expect(emulated.emulator.requests).toHaveLength(3);
      emulated.emulator.inject({ times: 3, effect: RESET });
      await expect(send(emulated, new DescribeInstancesCommand({}))).rejects.toMatchObject({ code: "unreachable" });
    }));

  it("reads again after a gateway's page, and then says that it was unreadable", () =>
    withEmulatedAws(async (emulated) => {
      emulated.emulator.inject({ times: 3, effect: { kind: "html", status: 502 } });
      await expect(send(emulated, new DescribeInstancesCommand({}))).rejects.toMatchObject({
        code: "unreadable-answer",
      });
      expect(emulated.emulator.requests).toHaveLength(3);
    }));

  it("repeats a start, which done twice is done once", () =>
    withEmulatedAws(async (emulated) => {
      const id = emulated.emulator.addInstance({ state: "stopped" });
      emulated.emulator.inject({ action: "StartInstances", effect: { kind: "cut" } });
      await send(emulated, new StartInstancesCommand({ InstanceIds: [id] }));
      expect(emulated.emulator.requests).toHaveLength(2);
    }));

  it.each([
    ["a restart", (id: string) => new RebootInstancesCommand({ InstanceIds: [id] })],
    ["a change without a token", (id: string) => new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "a" }] })],
  ])("never repeats %s, and says that it may have been done", (_what, command) =>
    withEmulatedAws(async (emulated) => {
      const id = emulated.emulator.addInstance();
      emulated.emulator.inject({ effect: { kind: "cut" } });
      const sent = send(emulated, command(id));
      await expect(sent).rejects.toThrow("Whether AWS has done it all the same is not known.");
      expect(emulated.emulator.requests).toHaveLength(1);
    }),
  );

  it.each([
    ["accepts and never answers", { kind: "hang" } as const],
    ["answers byte by byte", { kind: "trickle", everyMs: 50 } as const],
  ])("ends in its time where AWS %s", (_what, effect) =>
    withEmulatedAws(
      async (emulated) => {
        emulated.emulator.inject({ effect });
        const error: unknown = await send(emulated, new DescribeInstancesCommand({})).catch(
          (reason: unknown) => reason,
        );
        expect(error).toMatchObject({ code: "timeout" });
        expect(String(error)).toContain("did not answer within 0.3 s");
      },
      { requestDeadlineMs: 300 },
    ),
  );

  it("passes the abort of its signal untouched, also before it is sent", () =>
    withEmulatedAws(async (emulated) => {
      emulated.emulator.inject({ effect: { kind: "hang" } });
      const abort = new AbortController();
      const sent = send(emulated, new DescribeInstancesCommand({}), abort.signal);
      setImmediate(() => abort.abort());
      await expect(sent).rejects.toMatchObject({ name: "AbortError" });
      await expect(send(emulated, new DescribeInstancesCommand({}), abort.signal)).rejects.toMatchObject({
        name: "AbortError",
      });
    }));

  it("signs by AWS's clock where this machine's is off", () =>
    withEmulatedAws(
      async ({ emulator, dependencies }) => {
        const clients = createAwsClients(SCOPE, { ...dependencies, clock: Date.now });
        await send({ clients }, new DescribeInstancesCommand({}));
        expect(emulator.requests).toHaveLength(2);
        clients.dispose();
      },
      { checkSignatureTime: true, startsAt: Date.now() + 2 * 3_600_000 },
    ));

  it("blames the credentials, and not the clock, where both were wrong", () =>
    withEmulatedAws(
      async ({ emulator, dependencies }) => {
        emulator.setCredentials("AKIAIOSFODNN7EXAMPLE", "revoked");
        const clients = createAwsClients(SCOPE, { ...dependencies, clock: Date.now });
        const sent = send({ clients }, new DescribeInstancesCommand({}));
        await expect(sent).rejects.toMatchObject({ code: "authentication" });
        clients.dispose();
      },
      { checkSignatureTime: true, startsAt: Date.now() + 2 * 3_600_000 },
    ));

  it("tells the clock where AWS refuses the time all the same", () =>
    withEmulatedAws(async (emulated) => {
      emulated.emulator.inject({ times: 5, effect: { kind: "error", code: "RequestTimeTooSkewed", status: 403 } });
      await expect(send(emulated, new DescribeInstancesCommand({}))).rejects.toMatchObject({ code: "clock" });
    }));

  it("tells who has to sign in, and asks once", () =>
    withEmulatedAws(async (emulated) => {
      emulated.emulator.setCredentials("AKIAIOSFODNN7EXAMPLE", "expired");
      await expect(send(emulated, new DescribeInstancesCommand({}))).rejects.toMatchObject({ code: "authentication" });
      expect(emulated.emulator.requests.length).toBeLessThanOrEqual(2);
    }));

  it("goes on with the credentials that a profile has after its user signed in again", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-aws-"));
    const file = path.join(folder, "credentials");
    const write = (key: string): Promise<void> =>
      writeFile(file, `[work]\naws_access_key_id = ${key}\naws_secret_access_key = secret-of-tests\n`);
    const account = { accountId: "111122223333", userName: "developer" };
    const accounts = ["AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"].map((accessKeyId) => ({
      ...account,
      accessKeyId,
    }));
    await withEmulatedAws(
      async ({ emulator, dependencies }) => {
        process.env["AWS_SHARED_CREDENTIALS_FILE"] = file;
        await write("AKIAIOSFODNN7EXAMPLE");
        const clients = createAwsClients({ ...SCOPE, profile: "work" }, dependencies);
        await send({ clients }, new DescribeInstancesCommand({}));
        emulator.setCredentials("AKIAIOSFODNN7EXAMPLE", "expired");
        await expect(send({ clients }, new DescribeInstancesCommand({}))).rejects.toMatchObject({
          code: "authentication",
        });
        await write("AKIAI44QH8DHBEXAMPLE");
        await send({ clients }, new DescribeInstancesCommand({}));
        clients.dispose();
      },
      { accounts },
    );
    await rm(folder, { recursive: true, force: true });
  });

  it("says where there are no credentials at all", () =>
    withEmulatedAws(async ({ dependencies }) => {
      const clients = createAwsClients({ ...SCOPE, profile: "nobody" }, dependencies);
      const sent = send({ clients }, new DescribeInstancesCommand({}));
      await expect(sent).rejects.toMatchObject({ code: "authentication" });
      clients.dispose();
    }));
});

function send(
  { clients }: Pick<Emulated, "clients">,
  command: AwsCommand<unknown>,
  signal: AbortSignal = never(),
): Promise<unknown> {
  return clients.send(clients.ec2, command, { failure: sentence("It could not be done") }, signal);
}
