import type { Price } from "../../../core/environment.ts";
import { sentence, type Sentence } from "../../../core/sentence.ts";

/** "$0.53", "€1.20": small amounts to a hundredth of a cent, since Spot prices and disks cost less than one. */
export function money(amount: number, currency: string): string {
  const format = { style: "currency", currency, minimumFractionDigits: 2 } as const;
  return new Intl.NumberFormat("en", { ...format, maximumFractionDigits: amount < 1 ? 4 : 2 }).format(amount);
}

export function perHour(price: Price | undefined): Sentence {
  return price ? sentence("{0} an hour", money(price.perHour, price.currency)) : sentence("price unknown");
}

/** With where the figure comes from, and of which day it is. */
export function perHourWithSource(price: Price): Sentence {
  return sentence("{0} an hour ({1}, {2})", money(price.perHour, price.currency), price.source, price.date);
}

/** How much less the first costs than the second, in whole percent; undefined where that cannot be said. */
export function savingPercent(price: Price | undefined, than: Price | undefined): number | undefined {
  if (price?.currency !== than?.currency || !price || !than || price.perHour >= than.perHour) return undefined;
  return Math.floor(100 * (1 - price.perHour / than.perHour));
}
