import type { Clock } from "../../../core/clock.ts";
import type { Price } from "../../../core/environment.ts";
import { isAbort, messageOf } from "../../../core/error.ts";
import { Emitter, type Disposable } from "../../../core/event.ts";
import { plainText } from "../../../core/plainText.ts";
import { sentence } from "../../../core/sentence.ts";
import { abortable } from "../../../core/waiting.ts";
import type { PriceBook, PriceRequest, StoragePriceRequest } from "../priceBook.ts";
import { dayOf } from "./amount.ts";
import { bundledPrice } from "./fallback.ts";
import { noPrices, readPrices, writePrices, type KeptPrices } from "./keptPrices.ts";
import { overriddenPrice, parseOverrides, type PriceOverrides } from "./overrides.ts";
import { VOLUME_TYPES, type PriceSources } from "./priceSources.ts";

/** What is asked for prices. */
const LIST = "Price List";
const SPOT = "Spot price history";
const LIST_SOURCE = sentence("AWS Price List");
const SPOT_SOURCE = sentence("AWS Spot price history");

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** List prices change a few times a year; the API is asked once a day for each type. */
const LIST_PRICE_FRESH_MS = 24 * HOUR_MS;
/** Spot prices move slowly, but they move. */
const SPOT_FRESH_MS = 10 * MINUTE_MS;
/** An older Spot price says too little about what is paid. */
const SPOT_SHOWN_MS = HOUR_MS;
/** After a failure, as a missing permission, the source is left alone for so long. */
const FAILURE_PAUSE_MS = 10 * MINUTE_MS;
/** Questions of the Price List API at the same time: each is about one type. */
const PARALLEL = 4;
/**
 * A month of storage in hours: 8,760 hours of a year by 12, as the AWS Pricing Calculator counts.
 * https://docs.aws.amazon.com/pricing-calculator/latest/userguide/faq.html
 */
const HOURS_PER_MONTH = 730;

export interface PriceBookDependencies {
  readonly region: string;
  /** Where prices are asked for. */
  readonly sources: PriceSources;
  /** The file that keeps them over sessions; its folder exists. One of each scope: zones are named by account. */
  readonly file: string;
  /** The setting `gpuDev.prices`, as it stands; read at each use. */
  readonly overrides: () => unknown;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** The prices of one region of one account: the user's, then AWS's, then those that the extension brings along. */
export class AwsPriceBook implements PriceBook, Disposable {
  private readonly dependencies: PriceBookDependencies;
  private readonly changed = new Emitter<undefined>();
  private readonly lifetime = new AbortController();
  private readonly underWay = new Map<string, Promise<void>>();
  private readonly failedAt = new Map<string, number>();
  private prices: KeptPrices = noPrices();
  private loading: Promise<void> | undefined;
  private saving: Promise<void> = Promise.resolve();
  private judged: { readonly text: string; readonly overrides: PriceOverrides } = { text: "", overrides: new Map() };

  readonly onDidChange = this.changed.event;

  constructor(dependencies: PriceBookDependencies) {
    this.dependencies = dependencies;
  }

  price({ instanceType, market, zone }: PriceRequest): Price | undefined {
    if (market === "spot") return this.spotPrice(instanceType, zone);
    const { region, clock } = this.dependencies;
    const own = overriddenPrice(this.overrides(), region, instanceType, clock());
    return own ?? this.listPrice(instanceType) ?? bundledPrice(region, instanceType);
  }

  storagePrice({ volumeType, sizeGiB }: StoragePriceRequest): Price | undefined {
    const perMonth = this.prices.storage[volumeType];
    if (perMonth?.amount === undefined || !(sizeGiB > 0)) return undefined;
    return listed((perMonth.amount * sizeGiB) / HOURS_PER_MONTH, perMonth.at);
  }

  async warm(requests: readonly PriceRequest[], signal: AbortSignal): Promise<void> {
    const work = this.load().then(() => this.fetchMissing(requests));
    await abortable<undefined>(signal, (resolve, reject) => {
      work.then(() => resolve(undefined), reject);
      return () => undefined; // goes on for whoever else waits, and to be known next time
    });
  }

  dispose(): void {
    this.lifetime.abort();
    this.changed.dispose();
  }

  /** The setting is read at each use, and judged once for each change. */
  private overrides(): PriceOverrides {
    const setting = this.dependencies.overrides();
    const text = JSON.stringify(setting ?? null);
    if (text !== this.judged.text) this.judged = { text, overrides: parseOverrides(setting, this.dependencies.log) };
    return this.judged.overrides;
  }

  private listPrice(instanceType: string): Price | undefined {
    const kept = this.prices.onDemand[instanceType];
    return kept?.amount === undefined ? undefined : listed(kept.amount, kept.at);
  }

  /** Without a zone, that of the dearest: what is paid turns out no higher. */
  private spotPrice(instanceType: string, zone: string | undefined): Price | undefined {
    const kept = this.prices.spot[instanceType];
    // Of the future: nobody knows how old it is since the clock was set back.
    if (!kept || Math.abs(this.dependencies.clock() - kept.at) > SPOT_SHOWN_MS) return undefined;
    const perHour = zone === undefined ? Math.max(...Object.values(kept.zones)) : kept.zones[zone];
    if (perHour === undefined || !Number.isFinite(perHour)) return undefined;
    return { perHour, currency: "USD", source: SPOT_SOURCE, date: dayOf(kept.at) };
  }

  private load(): Promise<void> {
    this.loading ??= readPrices(this.dependencies.file).then((prices) => {
      this.prices = prices;
      this.fireUnlessDisposed();
    });
    return this.loading;
  }

  private async fetchMissing(requests: readonly PriceRequest[]): Promise<void> {
    const types = (market: PriceRequest["market"]): readonly string[] => [
      ...new Set(requests.filter((request) => request.market === market).map(({ instanceType }) => instanceType)),
    ];
    const staleSpot = types("spot").filter((type) => this.isStale(this.prices.spot[type], SPOT_FRESH_MS));
    const staleTypes = types("on-demand").filter((type) =>
      this.isStale(this.prices.onDemand[type], LIST_PRICE_FRESH_MS),
    );
    const isStorageStale = VOLUME_TYPES.some((type) => this.isStale(this.prices.storage[type], LIST_PRICE_FRESH_MS));
    const before = this.prices;
    await Promise.all([
      this.eachOf(staleTypes, (type) => this.once(LIST, type, () => this.fetchListPrice(type))),
      staleSpot.length === 0 ? undefined : this.once(SPOT, staleSpot.join(" "), () => this.fetchSpot(staleSpot)),
      isStorageStale ? this.once(LIST, "disks", () => this.fetchStorage()) : undefined,
    ]);
    if (this.prices !== before) await this.save();
  }

  private isStale(kept: { readonly at: number } | undefined, freshMs: number): boolean {
    const age = this.dependencies.clock() - (kept?.at ?? -Infinity);
    return age > freshMs || age < 0; // from the future: the clock was set back
  }

  private async eachOf<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
    const waiting = items.values();
    const worker = async (): Promise<void> => {
      for (const item of waiting) await act(item);
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, worker));
  }

  /** One question at a time about one thing; a source that failed is left alone for a while, and fails nobody. */
  private once(source: string, what: string, fetch: () => Promise<void>): Promise<void> {
    const key = `${source} ${what}`;
    const running = this.underWay.get(key);
    if (running) return running;
    if (!this.isStale({ at: this.failedAt.get(source) ?? -Infinity }, FAILURE_PAUSE_MS)) return Promise.resolve();
    const work = fetch()
      .catch((error: unknown) => this.failed(source, what, error))
      .finally(() => this.underWay.delete(key));
    this.underWay.set(key, work);
    return work;
  }

  private failed(source: string, what: string, error: unknown): void {
    if (isAbort(error)) return;
    this.failedAt.set(source, this.dependencies.clock());
    this.dependencies.log(
      `Prices of ${this.dependencies.region} (${source}, ${what}) could not be read: ${plainText(messageOf(error))}`,
    );
  }

  private async fetchListPrice(instanceType: string): Promise<void> {
    const amount = await this.dependencies.sources.onDemand(instanceType, this.lifetime.signal);
    this.keep({ onDemand: { ...this.prices.onDemand, [instanceType]: this.answer(amount) } });
  }

  private async fetchStorage(): Promise<void> {
    const prices = await this.dependencies.sources.storage(this.lifetime.signal);
    this.keep({ storage: Object.fromEntries(VOLUME_TYPES.map((type) => [type, this.answer(prices.get(type))])) });
  }

  private async fetchSpot(instanceTypes: readonly string[]): Promise<void> {
    const prices = await this.dependencies.sources.spot(instanceTypes, this.lifetime.signal);
    const spot = { ...this.prices.spot };
    for (const type of instanceTypes) {
      const ofType = prices.filter(({ instanceType }) => instanceType === type);
      const zones = Object.fromEntries(ofType.map(({ zone, perHour }) => [zone, perHour]));
      spot[type] = { at: this.dependencies.clock(), zones };
    }
    this.keep({ spot });
  }

  private answer(amount: number | undefined): KeptPrices["onDemand"][string] {
    return { at: this.dependencies.clock(), ...(amount === undefined ? {} : { amount }) };
  }

  private keep(changes: Partial<KeptPrices>): void {
    this.prices = { ...this.prices, ...changes };
    this.fireUnlessDisposed();
  }

  /** One after the other: each writes what is known when its turn has come. */
  private save(): Promise<void> {
    this.saving = this.saving
      .then(() => writePrices(this.dependencies.file, this.prices))
      .catch((error: unknown) => this.dependencies.log(`Prices could not be kept: ${plainText(messageOf(error))}`));
    return this.saving;
  }

  private fireUnlessDisposed(): void {
    if (!this.lifetime.signal.aborted) this.changed.fire(undefined);
  }
}

function listed(perHour: number, at: number): Price {
  return { perHour, currency: "USD", source: LIST_SOURCE, date: dayOf(at) };
}
