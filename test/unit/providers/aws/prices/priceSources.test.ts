import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createAwsClients, type AwsClients } from "../../../../../src/providers/aws/client.ts";
import { createPriceSources } from "../../../../../src/providers/aws/prices/priceSources.ts";
import { startAwsEmulator, type AwsEmulator } from "../../../../emulators/aws/emulator.ts";
import { DEFAULT_ACCOUNT } from "../../../../emulators/aws/options.ts";

let aws: AwsEmulator;
const opened: AwsClients[] = [];
const never = (): AbortSignal => new AbortController().signal;

function sourcesIn(region: string) {
  const clients = createAwsClients(
    { profile: "default", region, ssh: {} },
    { clock: () => aws.clock.now(), log: () => undefined },
  );
  opened.push(clients);
  return createPriceSources(clients);
}

describe("AWS's prices", () => {
  beforeEach(async () => {
    aws = await startAwsEmulator();
    vi.stubEnv("AWS_ENDPOINT_URL", aws.endpoint);
    vi.stubEnv("AWS_ACCESS_KEY_ID", DEFAULT_ACCOUNT.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  });
  afterEach(async () => {
    for (const clients of opened.splice(0)) clients.dispose();
    await aws.stop();
    vi.unstubAllEnvs();
  });

  it("on-demand come from the Price List, asked in the region that has it", async () => {
    expect(await sourcesIn("us-east-1").onDemand("g6.xlarge", never())).toBe(0.8048);
    expect(await sourcesIn("eu-west-1").onDemand("g6.xlarge", never())).toBeCloseTo(0.88528, 6);
    expect(aws.requests.map(({ service, region }) => `${service} ${region}`)).toEqual([
      "pricing us-east-1",
      "pricing us-east-1",
    ]);
  });

  it("of a type that nobody sells are absent", async () => {
    expect(await sourcesIn("us-east-1").onDemand("p99.xlarge", never())).toBeUndefined();
  });

  it.each(["cn-north-1", "us-gov-west-1", "us-iso-east-1"])("are not asked for in %s", async (region) => {
    await expect(sourcesIn(region).onDemand("g6.xlarge", never())).rejects.toMatchObject({ code: "unsupported" });
    expect(aws.requests).toEqual([]);
  });

  it("of the Spot market are those of each zone that offers the type, for several types at once", async () => {
    const prices = await sourcesIn("us-east-1").spot(["g6.xlarge", "g5.xlarge"], never());
    const zones = (type: string) => prices.filter(({ instanceType }) => instanceType === type).map(({ zone }) => zone);
    expect(zones("g6.xlarge").sort()).toEqual(["a", "b", "c", "d", "f"].map((letter) => `us-east-1${letter}`));
    expect(zones("g5.xlarge")).toHaveLength(5);
    for (const { perHour } of prices) expect(perHour).toBeGreaterThan(0);
    expect(aws.requests).toHaveLength(1);
  });

  it("that may not be read are a failure in our words", async () => {
    aws.inject({ service: "pricing", effect: { kind: "error", code: "AccessDeniedException", status: 400 } });
    await expect(sourcesIn("us-east-1").onDemand("g6.xlarge", never())).rejects.toMatchObject({
      code: "permission",
      message: expect.stringContaining("pricing:GetProducts") as string,
    });
  });
});
