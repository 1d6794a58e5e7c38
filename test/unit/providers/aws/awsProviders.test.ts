import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { createAwsProviders, type AwsProviders } from "../../../../src/providers/aws/awsProviders.ts";
import { listAll, never, withEmulatedAws } from "./emulated.ts";

const WORK = { profile: "default", regions: ["us-east-1", "eu-central-1"] };

function withProviders(act: (aws: AwsProviders, log: readonly string[]) => Promise<void>): Promise<void> {
  return withEmulatedAws(async ({ emulator, dependencies }) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-aws-"));
    emulator.addInstance({ region: "eu-central-1" });
    const log: string[] = [];
    const aws = createAwsProviders({
      ...dependencies,
      log: (line) => void log.push(line),
      folder: path.join(folder, "prices"),
      filter: () => ({ gpuOnly: true, mine: false }),
      prices: () => undefined,
      keys: {
        save: () => Promise.reject(new Error("No key is made here.")),
        file: () => Promise.resolve(undefined),
        remove: () => Promise.resolve(),
        publicKeys: () => Promise.resolve([]),
      },
    });
    await act(aws, log);
    aws.dispose();
    await rm(folder, { recursive: true, force: true });
  });
}

describe("the accounts of the settings", () => {
  it("are one provider for each region", () =>
    withProviders(async (aws) => {
      const [first, second, ...others] = aws.providers([WORK]);
      expect(others).toEqual([]);
      expect([first?.id, second?.id]).toEqual(["aws.ec2/default/us-east-1", "aws.ec2/default/eu-central-1"]);
      if (!second) throw new Error("There is no second provider.");
      expect(await listAll(second)).toMatchObject([{ group: "111122223333 · eu-central-1" }]);
      expect(second.provisioning).toBeDefined();
    }));

  it("stay the same providers while their entry does", () =>
    withProviders((aws) => {
      const [first, second] = aws.providers([WORK]);
      const again = aws.providers([
        { profile: "", regions: ["eu-central-1"] },
        { profile: "other", regions: ["us-east-1"] },
      ]);
      expect(again[0]).toBe(second);
      expect(again).not.toContain(first);
      const renamed = aws.providers([{ profile: "default", regions: ["eu-central-1"], name: "team" }]);
      expect(renamed[0]).not.toBe(second);
      expect(aws.providers([])).toEqual([]);
      return Promise.resolve();
    }));

  it("say what is no account", () =>
    withProviders((aws, log) => {
      expect(aws.providers([7, { profile: "work", regions: ["nowhere"] }])).toEqual([]);
      expect(log).toHaveLength(2);
      return Promise.resolve();
    }));

  it("can be chosen from the profiles and their regions", () =>
    withProviders(async (aws) => {
      expect(await aws.profiles()).toEqual(["default"]);
      expect(await aws.regions("default", never())).toContain("us-east-1");
    }));
});
