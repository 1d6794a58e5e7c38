import type { Price } from "../../../core/environment.ts";
import { sentence, type Sentence } from "../../../core/sentence.ts";

/** "$0.8048", "€1.20", "$0.00001": a small amount is never rounded to nothing. */
export function money(amount: number, currency: string): string {
  return new Intl.NumberFormat("en", { style: "currency", currency, ...precision(amount) }).format(amount);
}

function precision(amount: number): Intl.NumberFormatOptions {
  if (amount >= 1) return { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return amount >= 0.01 ? { minimumFractionDigits: 2, maximumFractionDigits: 4 } : { maximumSignificantDigits: 2 };
}

export function perHour(price: Price | undefined): Sentence {
  return price ? sentence("{0} an hour", money(price.perHour, price.currency)) : sentence("price unknown");
}

/** How much less the first costs than the second, in whole percent; undefined where that cannot be said. */
export function savingPercent(price: Price | undefined, than: Price | undefined): number | undefined {
  if (price?.currency !== than?.currency || !price || !than || price.perHour >= than.perHour) return undefined;
  return Math.floor(100 * (1 - price.perHour / than.perHour));
}
