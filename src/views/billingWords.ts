import type { Billing, Environment, Price } from "../core/environment.ts";
import type { Speech } from "./environmentRow.ts";

const HOUR_MS = 3_600_000;
/** AWS and Azure count a month as 730 hours in their own estimates: 365 days of 24 hours over 12 months. */
const HOURS_A_MONTH = 730;

/** What it costs at this moment, for the row: "$32.77/h", "storage $8/month". False where nothing is to be said. */
export function costWords({ billing }: Environment, speech: Speech): string | false {
  const { say } = speech;
  switch (billing.kind) {
    case "billing":
      return billing.price ? say("{0}/h", money(billing.price, 1, speech)) : say("price unknown");
    case "storage-only":
      return billing.price
        ? say("storage {0}/month", money(billing.price, HOURS_A_MONTH, speech))
        : say("storage bills");
    case "nothing":
    case "unknown":
      return false;
  }
}

/** What starting it will cost. Undefined where nobody could tell. */
export function startingCost({ priceWhenRunning }: Environment, speech: Speech): string | undefined {
  if (!priceWhenRunning) return undefined;
  const { source, date } = priceWhenRunning;
  const cost = speech.say("{0} an hour while it runs", money(priceWhenRunning, 1, speech));
  return `${cost} · ${speech.say("source: {0}, {1}", speech.localize(source), date)}`;
}

/** The same in full, for the tooltip: with its source and date, and what it has come to since the start. */
export function costLines(environment: Environment, now: number, speech: Speech): readonly string[] {
  const starting = startingCost(environment, speech);
  return [...currentCost(environment, now, speech), ...(starting === undefined ? [] : [starting])];
}

function currentCost(environment: Environment, now: number, speech: Speech): readonly string[] {
  const { billing, startedAt, clockAheadMs = 0 } = environment;
  const ranMs = startedAt === undefined ? 0 : now - clockAheadMs - startedAt;
  const { say, localize } = speech;
  switch (billing.kind) {
    case "billing":
      return [
        priced(
          billing,
          say("It bills; nobody could tell the price."),
          (price) => [
            say("Costs {0} an hour", money(price, 1, speech)),
            // Of the future: a clock is off, and a cost of nothing would be a lie.
            ...(ranMs > 0 ? [sinceStart(price, ranMs, speech)] : []),
          ],
          speech,
        ),
      ];
    case "storage-only":
      return [
        priced(
          billing,
          say("It is off; its storage bills at a price nobody could tell."),
          (price) => [say("It is off; its storage costs {0} a month", money(price, HOURS_A_MONTH, speech))],
          speech,
        ),
      ];
    case "nothing":
      return [say("Costs nothing.")];
    case "unknown":
      return [say("Costs: {0}", localize(billing.reason))];
  }
}

function priced(
  { price }: Exclude<Billing, { readonly kind: "nothing" | "unknown" }>,
  unpriced: string,
  words: (price: Price) => readonly string[],
  { say, localize }: Speech,
): string {
  if (!price) return unpriced;
  return [...words(price), say("source: {0}, {1}", localize(price.source), price.date)].join(" · ");
}

function sinceStart(price: Price, milliseconds: number, speech: Speech): string {
  return speech.say("{0} since its start", money(price, milliseconds / HOUR_MS, speech));
}

function money({ perHour, currency }: Price, hours: number, { format }: Speech): string {
  return format.money(perHour * hours, currency);
}
