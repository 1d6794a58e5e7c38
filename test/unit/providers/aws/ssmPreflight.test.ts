import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { programOnPath } from "../../../../src/files/programOnPath.ts";
import type { Fault } from "../../../emulators/aws/emulator.ts";
import { installSessionManager, type SessionManager } from "../../../sandbox/sessionManager.ts";
import { errorOf } from "../../remote/support.ts";
import { never, SCOPE, theOne, withEmulatedAws, type Emulated } from "./emulated.ts";

let folder: string;
let manager: SessionManager;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-ssm-"));
  manager = await installSessionManager(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const withPrograms = async (name: string): Promise<boolean> =>
  (await programOnPath(name, { PATH: manager.bin }, process.platform)) !== undefined;
const withNone = (): Promise<boolean> => Promise.resolve(false);

const information = (effect: Fault["effect"], times = 1): Fault => ({
  action: "DescribeInstanceInformation",
  effect,
  times,
});
const rewritten = (from: string, to: string): Fault =>
  information({ kind: "rewrite", rewrite: (body) => body.replace(from, to) });

interface Machine {
  readonly hasProgram?: (name: string) => Promise<boolean>;
  readonly instanceProfile?: string | undefined;
  readonly faults?: readonly Fault[];
  /** Since when it runs. */
  readonly ageMs?: number;
}

/** Asks for the connection of the one machine, which has no public address. */
function connecting(
  { hasProgram = withPrograms, faults = [], ageMs = 3_600_000, ...machine }: Machine,
  act: (connect: () => Promise<unknown>, emulated: Emulated) => Promise<void>,
): Promise<void> {
  return withEmulatedAws(
    async (emulated) => {
      const { emulator, provider } = emulated;
      const profile = "instanceProfile" in machine ? machine.instanceProfile : "SessionManager";
      emulator.addInstance({
        reachable: false,
        launchTime: emulator.clock.now() - ageMs,
        tags: { Name: "trainer" },
        ...(profile === undefined ? {} : { instanceProfile: profile }),
      });
      const one = provider({ hasProgram });
      const environment = await theOne(one);
      for (const fault of faults) emulator.inject(fault);
      emulator.clearRequests();
      await act(() => one.connection(environment, never()), emulated);
    },
    { scope: { ...SCOPE, ssh: { user: "ubuntu" } } },
  );
}

const CLI = "The program aws is not on the PATH: install the AWS CLI (https://docs.aws.amazon.com/";
const PLUGIN = "The program session-manager-plugin is not on the PATH: install it (https://";
const ROLE = "The instance has no IAM role: attach an instance profile with the policy AmazonSSM";
const AGENT = "Its SSM Agent has not reported to AWS: check that it is installed and runs";

describe("the preflight of a session", () => {
  it("lets pass what has all it needs, asks once a minute, and starts no program", () =>
    connecting({}, async (connect, { emulator }) => {
      await manager.takeCalls();
      const asked = () => emulator.requests.filter(({ action }) => action === "DescribeInstanceInformation").length;
      await connect();
      await connect();
      expect(asked()).toBe(1);
      await emulator.clock.advance(60_000);
      await connect();
      expect(asked()).toBe(2);
      expect(await manager.takeCalls()).toEqual([]);
    }));

  it("names everything that is missing, each with its fix, and the way without a session", () =>
    connecting({ hasProgram: withNone, instanceProfile: undefined }, async (connect) => {
      const error = await errorOf(connect());
      expect(error.code).toBe("missing-tool");
      for (const piece of [CLI, PLUGIN, ROLE, AGENT]) expect(error.message).toContain(piece);
      expect(error.message).toMatch(/^trainer has no public address, and a session of Systems Manager cannot reach it/);
      expect(error.message).toContain('set "address": "private" in gpuDev.aws.accounts');
    }));

  it.each([
    ["the AWS CLI", { hasProgram: (name: string) => Promise.resolve(name !== "aws") }, "missing-tool", CLI],
    ["the plugin", { hasProgram: (name: string) => Promise.resolve(name === "aws") }, "missing-tool", PLUGIN],
    ["the role", { instanceProfile: undefined }, "permission", ROLE],
    ["the agent", { faults: [rewritten("InstanceInformationList", "Nothing")] }, "configuration", AGENT],
    [
      "an agent that answers",
      { faults: [rewritten('"Online"', '"ConnectionLost"')] },
      "unreachable",
      "Its SSM Agent does not answer (AWS reports ConnectionLost): start it",
    ],
    [
      "an agent that is new enough",
      { faults: [rewritten("3.3.1142.0", "2.3.671.99")] },
      "configuration",
      "Its SSM Agent 2.3.671.99 is too old for SSH: update it to 2.3.672.0 or later",
    ],
  ] as const)("names %s alone where nothing else is missing", (what, machine, code, words) =>
    connecting(machine, async (connect) => {
      const error = await errorOf(connect());
      expect(error.code).toBe(code);
      expect(error.message).toContain(words);
      const others = [CLI, PLUGIN, ROLE, AGENT, "does not answer", "too old"].filter((each) => !words.includes(each));
      const named = others.filter((each) => error.message.includes(each));
      // Without a role an agent cannot report, so that both are named.
      expect(named).toEqual(what === "the role" ? [AGENT] : []);
    }),
  );

  it.each(["2.3.672.0", "2.3.672", "2.10.0.0", "3.0", "", "unknown", "9".repeat(60)])(
    "takes the version %j for new enough, or for one that says nothing",
    (version) =>
      connecting({ faults: [rewritten("3.3.1142.0", version)] }, async (connect) => {
        await connect();
      }),
  );

  it("takes an agent that has not reported for one that may still come, so soon after the start", () =>
    connecting({ faults: [rewritten("InstanceInformationList", "Nothing")], ageMs: 60_000 }, async (connect) => {
      const error = await errorOf(connect());
      expect(error.code).toBe("unreachable");
      expect(error.message).toContain(AGENT);
    }));

  it("finds what was mended at the next call", () =>
    connecting({}, async (connect) => {
      await manager.setPlugin(false);
      try {
        expect((await errorOf(connect())).message).toContain(PLUGIN);
      } finally {
        await manager.setPlugin(true);
      }
      await connect();
    }));

  it("does not miss a role where the agent reports without a profile of its own", () =>
    connecting({}, async (connect, { emulator }) => {
      const withoutProfile = (body: string) => body.replace(/<iamInstanceProfile>.*?<\/iamInstanceProfile>/s, "");
      emulator.inject({ action: "DescribeInstances", effect: { kind: "rewrite", rewrite: withoutProfile } });
      await connect();
    }));

  const REFUSED = information({ kind: "error", code: "AccessDeniedException", status: 400 });

  it("does not stand in the way of somebody who may start sessions but not ask about them", () =>
    connecting({ faults: [REFUSED] }, async (connect, { log }) => {
      await connect();
      expect(log.join()).toContain("lacks the permission ssm:DescribeInstanceInformation");
    }));

  it("tells of such a missing permission beside what is missing for certain", () =>
    connecting({ hasProgram: withNone, faults: [REFUSED] }, async (connect) => {
      const error = await errorOf(connect());
      expect(error.code).toBe("missing-tool");
      for (const piece of [CLI, PLUGIN, "ssm:DescribeInstanceInformation"]) expect(error.message).toContain(piece);
    }));

  it("passes on that a sign-in has ended", () =>
    connecting(
      { faults: [information({ kind: "error", code: "ExpiredTokenException", status: 400 }, 9)] },
      async (connect) => {
        expect((await errorOf(connect())).code).toBe("authentication");
      },
    ));

  it.each(["null", "[]", '{"InstanceInformationList":null}', '{"InstanceInformationList":[null,{"InstanceId":7}]}'])(
    "takes the answer %s for an agent that is not known",
    (body) =>
      connecting({ faults: [information({ kind: "rewrite", rewrite: () => body })] }, async (connect) => {
        expect((await errorOf(connect())).message).toContain(AGENT);
      }),
  );

  it("shows what AWS says of an agent as text only", () =>
    connecting({ faults: [rewritten('"Online"', '"\\u202eOn\\nline\\u0000"')] }, async (connect) => {
      const { message } = await errorOf(connect());
      expect(message).toContain("AWS reports");
      expect(message).not.toMatch(/[\u202e\n\0]/);
    }));

  it("asks nothing for a machine with an address, and stops with its signal", () =>
    withEmulatedAws(async ({ emulator, provider }) => {
      emulator.addInstance();
      const one = provider({ hasProgram: withNone });
      const environment = await theOne(one);
      emulator.clearRequests();
      await one.connection(environment, never());
      expect(emulator.requests.map(({ service }) => service)).not.toContain("ssm");
      await expect(one.connection(environment, AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
    }));
});
