import { describe, expect, it } from "vitest";
import { bundledPrice } from "../../../../../src/providers/aws/prices/fallback.ts";
import { overriddenPrice, parseOverrides } from "../../../../../src/providers/aws/prices/overrides.ts";
import { instancePrice, storagePrices } from "../../../../../src/providers/aws/prices/priceList.ts";
import { newestSpotPrices } from "../../../../../src/providers/aws/prices/spotHistory.ts";
import { inEnglish } from "../../../../../src/core/sentence.ts";

const NOW = Date.UTC(2026, 10, 21);

/** A product as the Price List API sends it, with the parts that are read. */
function product(usd: string, attributes: Readonly<Record<string, string>> = {}, unit = "Hrs"): string {
  return JSON.stringify({
    product: {
      productFamily: "Compute Instance",
      sku: "ABC",
      attributes: {
        instanceType: "g6.xlarge",
        regionCode: "us-east-1",
        operatingSystem: "Linux",
        tenancy: "Shared",
        preInstalledSw: "NA",
        capacitystatus: "Used",
        marketoption: "OnDemand",
        ...attributes,
      },
    },
    serviceCode: "AmazonEC2",
    terms: {
      OnDemand: {
        "ABC.JRTC": {
          priceDimensions: { "ABC.JRTC.6YS6": { unit, beginRange: "0", endRange: "Inf", pricePerUnit: { USD: usd } } },
          effectiveDate: "2026-11-01T00:00:00Z",
        },
      },
    },
    version: "20261101",
  });
}

const priceOf = (...products: unknown[]): number | undefined => instancePrice(products, "us-east-1", "g6.xlarge");

describe("the Price List", () => {
  it("tells the on-demand price an hour", () => {
    expect(priceOf(product("0.8048000000"))).toBe(0.8048);
  });

  it("passes over the products of other systems, tenancies and markets", () => {
    const others = [
      product("1.2", { operatingSystem: "Windows" }),
      product("9.9", { tenancy: "Dedicated" }),
      product("0.0001", { marketoption: "CapacityBlock" }),
      product("3.3", { instanceType: "g6.2xlarge" }),
      product("4.4", { regionCode: "eu-west-1" }),
    ];
    expect(priceOf(...others)).toBeUndefined();
    expect(priceOf(...others, product("0.8048"))).toBe(0.8048);
  });

  it("never tells a price of 0, and none where two contradict each other", () => {
    expect(priceOf(product("0.0000000000"))).toBeUndefined();
    expect(priceOf(product("0.0000000000"), product("0.8048"))).toBe(0.8048);
    expect(priceOf(product("0.8048"), product("0.9"))).toBeUndefined();
  });

  it.each([
    "",
    "null",
    "[]",
    "{",
    "{}",
    product("-1"),
    product("1e9"),
    product("NaN"),
    product("0x10"),
    product("99999999"),
    product("0.8").replace('"0.8"', "0.8"),
    product("0.8").replace('"Hrs"', '"Quantity"'),
    product("0.8").replace('"OnDemand":{"ABC', '"Reserved":{"ABC'),
    `${" ".repeat(200_001)}${product("0.8")}`,
    undefined,
    42,
    {},
  ])("finds no price in %.60j", (text) => {
    expect(priceOf(text)).toBeUndefined();
  });

  it("survives whatever is done to an answer", () => {
    const text = product("0.8048");
    for (let length = 0; length < text.length; length += 1) {
      expect(priceOf(text.slice(0, length))).toBeUndefined();
      const changed = priceOf(`${text.slice(0, length)}#${text.slice(length + 1)}`);
      if (changed !== undefined) expect(changed).toBeGreaterThan(0);
    }
  });

  it("tells the price of a GiB for a month by type of volume", () => {
    const volume = (type: string, usd: string): string =>
      product(usd, { volumeApiName: type, instanceType: "", operatingSystem: "" }, "GB-Mo");
    const prices = storagePrices([volume("gp3", "0.08"), volume("gp2", "0.10")], "us-east-1", ["gp3", "gp2", "st1"]);
    expect([...prices]).toEqual([
      ["gp3", 0.08],
      ["gp2", 0.1],
    ]);
  });
});

describe("the Spot price history", () => {
  const record = (zone: string, price: string, minute: number) => ({
    InstanceType: "g6.xlarge" as const,
    AvailabilityZone: zone,
    SpotPrice: price,
    Timestamp: new Date(NOW + minute * 60_000),
  });

  it("gives the newest price of each zone, in whatever order they come", () => {
    const prices = newestSpotPrices([
      record("us-east-1a", "0.2500", 1),
      record("us-east-1a", "0.2900", 9),
      record("us-east-1b", "0.2000", 3),
      record("us-east-1a", "0.2700", 5),
    ]);
    expect(prices).toEqual([
      { instanceType: "g6.xlarge", zone: "us-east-1a", perHour: 0.29 },
      { instanceType: "g6.xlarge", zone: "us-east-1b", perHour: 0.2 },
    ]);
  });

  it("passes over what is no price, zone or type", () => {
    expect(
      newestSpotPrices([
        {},
        record("us-east-1a", "0", 1),
        record("us-east-1a", "free", 1),
        record("us-east-1a\n", "0.2", 1),
        { ...record("us-east-1a", "0.2", 1), InstanceType: "$(id)" as never },
      ]),
    ).toEqual([]);
  });
});

describe("the user's own prices", () => {
  const log: string[] = [];
  const overrides = parseOverrides(
    {
      "aws/us-east-1/g6.xlarge": 0.5,
      "aws/*/g6.xlarge": { perHour: 0.7, currency: "EUR" },
      "aws/*/g5.xlarge": 0,
      "aws/*/p5.48xlarge": "40",
      "aws/Frankfurt/g5.xlarge": 1,
      "azure/westeurope/Standard_NC24": 1,
    },
    (line) => log.push(line),
  );

  it("win by region before all regions", () => {
    expect(overriddenPrice(overrides, "us-east-1", "g6.xlarge", NOW)).toMatchObject({ perHour: 0.5, currency: "USD" });
    const everywhere = overriddenPrice(overrides, "eu-west-1", "g6.xlarge", NOW);
    expect(everywhere).toMatchObject({ perHour: 0.7, currency: "EUR", date: "2026-11-21" });
    expect(everywhere && inEnglish(everywhere.source)).toBe("your settings");
  });

  it("leave out what is no price, and say so once for each", () => {
    expect(overriddenPrice(overrides, "us-east-1", "g5.xlarge", NOW)).toBeUndefined();
    expect(overriddenPrice(overrides, "us-east-1", "p5.48xlarge", NOW)).toBeUndefined();
    expect(log).toHaveLength(3);
  });

  it.each([undefined, null, 3, "aws", [], { aws: {} }])("%j holds none", (setting) => {
    expect(parseOverrides(setting, () => undefined).size).toBe(0);
  });
});

describe("the bundled list", () => {
  it("counts for the region it was taken for, with its date and a warning", () => {
    const price = bundledPrice("us-east-1", "g4dn.xlarge");
    expect(price).toMatchObject({ perHour: 0.526, currency: "USD" });
    expect(price && inEnglish(price.source)).toBe(`bundled list of ${price?.date ?? ""}; may be out of date`);
    expect(bundledPrice("eu-central-1", "g4dn.xlarge")).toBeUndefined();
    expect(bundledPrice("us-east-1", "toString")).toBeUndefined();
    expect(bundledPrice("__proto__", "g4dn.xlarge")).toBeUndefined();
  });
});
