/** More than any machine costs an hour; what is above it is a mistake of whoever says so. */
const MAX_PER_HOUR = 10_000;

/** An amount of money that can be shown as a price: a finite number above 0, of sane size. */
export function isAmount(value: number): boolean {
  return Number.isFinite(value) && value > 0 && value < MAX_PER_HOUR;
}

/** "0.5260000000" → 0.526. Undefined for what is no plain decimal number above 0: no price of 0 ever comes of it. */
export function parseAmount(text: unknown): number | undefined {
  if (typeof text !== "string" || !/^\d{1,6}(\.\d{1,12})?$/.test(text)) return undefined;
  const amount = Number(text);
  return isAmount(amount) ? amount : undefined;
}

const DAY_MS = 86_400_000;
/** Thousands of machines have prices of the same day. */
let last: { readonly day: number; readonly text: string } | undefined;

/** The day of a moment in UTC, as `Price.date` has it: "2026-11-01". */
export function dayOf(milliseconds: number): string {
  const day = Math.floor(milliseconds / DAY_MS);
  if (last?.day !== day) last = { day, text: new Date(milliseconds).toISOString().slice(0, 10) };
  return last.text;
}
