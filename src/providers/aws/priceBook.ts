import type { Price } from "../../core/environment.ts";
import type { Event } from "../../core/event.ts";

export type Market = "on-demand" | "spot";

export interface PriceRequest {
  /** "g5.xlarge" */
  readonly instanceType: string;
  readonly market: Market;
  /** The availability zone, by which Spot prices differ: "eu-central-1a". */
  readonly zone?: string;
}

export interface StoragePriceRequest {
  /** "gp3" */
  readonly volumeType: string;
  readonly sizeGiB: number;
}

/** What the machines of one scope cost. Asking never waits: what is not known yet is fetched by `warm`. */
export interface PriceBook {
  /** Undefined where nobody could tell. */
  price(request: PriceRequest): Price | undefined;
  storagePrice(request: StoragePriceRequest): Price | undefined;
  /** Fetches what is missing or out of date. Rejects on abort only: a price that cannot be had is no failure. */
  warm(requests: readonly PriceRequest[], signal: AbortSignal): Promise<void>;
  /** Fires when an answer of `price` or `storagePrice` has changed. */
  readonly onDidChange: Event<undefined>;
}

/** Knows no price. */
export const EMPTY_PRICE_BOOK: PriceBook = {
  price: () => undefined,
  storagePrice: () => undefined,
  warm: () => Promise.resolve(),
  onDidChange: () => ({ dispose: () => undefined }),
};
