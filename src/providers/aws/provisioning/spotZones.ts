import type { Price } from "../../../core/environment.ts";
import type { PriceBook } from "../priceBook.ts";

export interface SpotZone {
  readonly zone: string;
  /** Undefined where nobody could tell. */
  readonly price: Price | undefined;
}

/** The zones of a type by what it costs there on the Spot market: the cheapest first, those of unknown price last. */
export function bySpotPrice(instanceType: string, zones: readonly string[], prices: PriceBook): readonly SpotZone[] {
  return zones
    .map((zone) => ({ zone, price: prices.price({ instanceType, market: "spot", zone }) }))
    .sort((a, b) => rank(a) - rank(b));
}

function rank({ price }: SpotZone): number {
  return price?.perHour ?? Number.MAX_VALUE;
}
