import * as v from "valibot";
import type { Price } from "../../../core/environment.ts";
import { plainText } from "../../../core/plainText.ts";
import { sentence } from "../../../core/sentence.ts";
import { dayOf, isAmount } from "./amount.ts";

const currency = v.pipe(v.string(), v.regex(/^[A-Z]{3}$/));
const amount = v.pipe(v.number(), v.check(isAmount));
const withCurrency = v.strictObject({ perHour: amount, currency: v.exactOptional(currency, "USD") });
const override = v.union([
  withCurrency,
  v.pipe(
    amount,
    v.transform((perHour) => ({ perHour, currency: "USD" })),
  ),
]);

/** "aws/eu-central-1/g5.xlarge", or "aws/*\/g5.xlarge" for every region. */
const KEY = /^aws\/(?<region>\*|[a-z]{2,4}(?:-[a-z]+)+-\d)\/(?<type>[a-z0-9-]+\.[a-z0-9-]+)$/;

/** The user's own prices an hour, by region or "*", and type: what was negotiated, or is billed in another currency. */
export type PriceOverrides = ReadonlyMap<string, { readonly perHour: number; readonly currency: string }>;

/**
 * The setting `gpuDev.prices`: `{ "aws/<region or *>/<type>": 1.25 | { perHour: 1.25, currency: "EUR" } }`. Keys of
 * other clouds are passed over; an entry of ours that has another form is left out, which `log` is told.
 */
export function parseOverrides(setting: unknown, log: (line: string) => void): PriceOverrides {
  const overrides = new Map<string, { perHour: number; currency: string }>();
  if (typeof setting !== "object" || setting === null) return overrides;
  for (const [key, value] of Object.entries(setting)) {
    if (!key.startsWith("aws/")) continue;
    const parsed = v.safeParse(override, value);
    if (KEY.test(key) && parsed.success) overrides.set(key.slice("aws/".length), parsed.output);
    else log(`An entry of gpuDev.prices is not a price and is left out: ${plainText(key, 100)}`);
  }
  return overrides;
}

/** The price the user gave for a type: that of the region before that of all regions. `now`: wall-clock milliseconds. */
export function overriddenPrice(
  overrides: PriceOverrides,
  region: string,
  instanceType: string,
  now: number,
): Price | undefined {
  const own = overrides.get(`${region}/${instanceType}`) ?? overrides.get(`*/${instanceType}`);
  return own && { ...own, source: sentence("your settings"), date: dayOf(now) };
}
