import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inEnglish } from "../../../../../src/core/sentence.ts";
import type { PriceRequest } from "../../../../../src/providers/aws/priceBook.ts";
import { AwsPriceBook } from "../../../../../src/providers/aws/prices/awsPriceBook.ts";
import type { PriceSources } from "../../../../../src/providers/aws/prices/priceSources.ts";

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 10, 21, 12);
const ON_DEMAND: PriceRequest = { instanceType: "g6.xlarge", market: "on-demand" };
const SPOT: PriceRequest = { instanceType: "g6.xlarge", market: "spot" };
const never = (): AbortSignal => new AbortController().signal;

/** Prices as they are told by a source of ours; counts what it is asked. */
class Told implements PriceSources {
  readonly asked: string[] = [];
  onDemandPrices: Readonly<Record<string, number>> = { "g6.xlarge": 0.8, "g5.xlarge": 1 };
  failing = false;

  onDemand(instanceType: string): Promise<number | undefined> {
    this.asked.push(instanceType);
    if (this.failing) return Promise.reject(new Error("not allowed"));
    return Promise.resolve(this.onDemandPrices[instanceType]);
  }

  storage(): Promise<ReadonlyMap<string, number>> {
    this.asked.push("storage");
    if (this.failing) return Promise.reject(new Error("not allowed"));
    return Promise.resolve(new Map([["gp3", 0.073]]));
  }

  spot(instanceTypes: readonly string[]) {
    this.asked.push(`spot ${instanceTypes.join(" ")}`);
    if (this.failing) return Promise.reject(new Error("not allowed"));
    return Promise.resolve([
      { instanceType: "g6.xlarge", zone: "eu-west-1a", perHour: 0.3 },
      { instanceType: "g6.xlarge", zone: "eu-west-1b", perHour: 0.2 },
    ]);
  }
}

let folder: string;
let file: string;
let now = START;
const log: string[] = [];

const open = (sources: PriceSources, overrides: unknown = {}, region = "eu-west-1"): AwsPriceBook =>
  new AwsPriceBook({
    region,
    sources,
    file,
    overrides: () => overrides,
    clock: () => now,
    log: (line) => log.push(line),
  });

describe("the price book", () => {
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "prices-"));
    file = path.join(folder, "prices.json");
    now = START;
    log.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("knows nothing before it is warmed, then tells source and day", async () => {
    const book = open(new Told());
    expect(book.price(ON_DEMAND)).toBeUndefined();
    await book.warm([ON_DEMAND, SPOT], never());
    const price = book.price(ON_DEMAND);
    expect(price).toMatchObject({ perHour: 0.8, currency: "USD", date: "2026-11-21" });
    expect(price && inEnglish(price.source)).toBe("AWS Price List");
    expect(book.price({ ...SPOT, zone: "eu-west-1b" })?.perHour).toBe(0.2);
    expect(book.price({ ...SPOT, zone: "eu-west-1c" })).toBeUndefined();
    expect(book.price(SPOT)?.perHour).toBe(0.3);
    expect(book.storagePrice({ volumeType: "gp3", sizeGiB: 100 })?.perHour).toBeCloseTo(0.01, 10);
    expect(book.storagePrice({ volumeType: "io2", sizeGiB: 100 })).toBeUndefined();
  });

  it("asks for each type once a day, for Spot prices every ten minutes, and not twice at a time", async () => {
    const sources = new Told();
    const book = open(sources);
    await Promise.all([book.warm([ON_DEMAND, SPOT, ON_DEMAND], never()), book.warm([SPOT, ON_DEMAND], never())]);
    expect(sources.asked.sort()).toEqual(["g6.xlarge", "spot g6.xlarge", "storage"]);
    now += 11 * 60_000;
    await book.warm([ON_DEMAND, SPOT], never());
    expect(sources.asked.filter((asked) => asked.startsWith("spot"))).toHaveLength(2);
    expect(sources.asked).toHaveLength(4);
    now += 24 * HOUR_MS;
    await book.warm([ON_DEMAND], never());
    expect(sources.asked).toHaveLength(6);
  });

  it("does not ask again for a type that has no price", async () => {
    const sources = new Told();
    const book = open(sources);
    const unknown: PriceRequest = { instanceType: "p9.xlarge", market: "on-demand" };
    await book.warm([unknown], never());
    await book.warm([unknown], never());
    expect(book.price(unknown)).toBeUndefined();
    expect(sources.asked.filter((asked) => asked === "p9.xlarge")).toHaveLength(1);
  });

  it("keeps prices over sessions", async () => {
    await open(new Told()).warm([ON_DEMAND, SPOT], never());
    const sources = new Told();
    const later = open(sources);
    let changes = 0;
    later.onDidChange(() => (changes += 1));
    await later.warm([ON_DEMAND, SPOT], never());
    expect(sources.asked).toEqual([]);
    expect(changes).toBe(1);
    expect(later.price(ON_DEMAND)?.perHour).toBe(0.8);
  });

  it.each([
    "",
    "{",
    '{"version":1}',
    '{"version":1,"onDemand":{"g6.xlarge":{"at":1,"amount":0}},"spot":{},"storage":{}}',
  ])("begins anew with the file %j", async (content) => {
    await writeFile(file, content);
    const book = open(new Told());
    await book.warm([ON_DEMAND], never());
    expect(book.price(ON_DEMAND)?.perHour).toBe(0.8);
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ version: 1 });
  });

  it("fails nobody when its sources fail, and leaves them alone for a while", async () => {
    const sources = new Told();
    sources.failing = true;
    const book = open(sources, {}, "us-east-1");
    await book.warm([ON_DEMAND, SPOT], never());
    expect(book.price(ON_DEMAND)).toMatchObject({ perHour: 0.8048, date: "2025-07-01" });
    expect(log).toHaveLength(3);
    await book.warm([ON_DEMAND, SPOT], never());
    expect(sources.asked).toHaveLength(3);
    now += 11 * 60_000;
    sources.failing = false;
    await book.warm([ON_DEMAND], never());
    expect(book.price(ON_DEMAND)?.perHour).toBe(0.8);
  });

  it("does not go on to ask a source that failed for one type for all the others", async () => {
    const sources = new Told();
    sources.failing = true;
    const requests = Array.from({ length: 60 }, (_, index): PriceRequest => ({
      instanceType: `g${index}.xlarge`,
      market: "on-demand",
    }));
    await open(sources).warm(requests, never());
    expect(sources.asked.length).toBeLessThan(6);
  });

  it.each([
    ["two hours: how old it is, nobody knows", 2 * HOUR_MS, undefined],
    ["six minutes: it is hardly older", 6 * 60_000, 0.3],
  ])(
    "F-18: judges a Spot price after the clock was set back by %s, and asks for it anew",
    async (_what, backMs, perHour) => {
      const sources = new Told();
      const book = open(sources);
      await book.warm([SPOT], never());
      now -= backMs;
      expect(book.price(SPOT)?.perHour).toBe(perHour);
      await book.warm([SPOT], never());
      expect(book.price(SPOT)?.perHour).toBe(0.3);
      expect(sources.asked.filter((asked) => asked.startsWith("spot"))).toHaveLength(2);
    },
  );

  it("no longer tells a Spot price that is an hour old", async () => {
    const book = open(new Told());
    await book.warm([SPOT], never());
    now += HOUR_MS + 1;
    expect(book.price(SPOT)).toBeUndefined();
  });

  it("lets the user's price win over all others", async () => {
    const book = open(new Told(), { "aws/*/g6.xlarge": { perHour: 0.42, currency: "EUR" } });
    await book.warm([ON_DEMAND, SPOT], never());
    expect(book.price(ON_DEMAND)).toMatchObject({ perHour: 0.42, currency: "EUR" });
    expect(book.price(SPOT)?.perHour).toBe(0.3);
  });

  it("stops waiting when the asker gives up, and goes on for the others", async () => {
    const sources = new Told();
    const answer = Promise.withResolvers<number>();
    sources.onDemand = () => answer.promise;
    const book = open(sources);
    const abort = new AbortController();
    const given = book.warm([ON_DEMAND], abort.signal);
    const other = book.warm([ON_DEMAND], never());
    abort.abort();
    await expect(given).rejects.toMatchObject({ name: "AbortError" });
    answer.resolve(0.9);
    await other;
    expect(book.price(ON_DEMAND)?.perHour).toBe(0.9);
  });

  it("asks about many types a few at a time", async () => {
    const sources = new Told();
    let open_ = 0;
    let most = 0;
    sources.onDemand = async () => {
      most = Math.max(most, (open_ += 1));
      await Promise.resolve();
      open_ -= 1;
      return 1;
    };
    const requests = Array.from({ length: 60 }, (_, index): PriceRequest => ({
      instanceType: `g${index}.xlarge`,
      market: "on-demand",
    }));
    await open(sources).warm(requests, never());
    expect(most).toBe(4);
  });
});
