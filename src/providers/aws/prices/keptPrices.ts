import * as v from "valibot";
import { readIfPresent, replaceFile } from "../../../files/atomicFile.ts";
import { isAmount } from "./amount.ts";

const at = v.pipe(v.number(), v.integer(), v.minValue(0));
const amount = v.pipe(v.number(), v.check(isAmount));
/** An answer without an amount is kept too: that there is no price was asked, and is not asked again at once. */
const answer = v.object({ at, amount: v.exactOptional(amount) });

const kept = v.object({
  version: v.literal(1),
  /** On-demand, US dollars an hour, by type. */
  onDemand: v.record(v.string(), answer),
  /** Spot, by type: when it was asked for, and US dollars an hour by zone. */
  spot: v.record(v.string(), v.object({ at, zones: v.record(v.string(), amount) })),
  /** US dollars a GiB for a month, by type of volume. */
  storage: v.record(v.string(), answer),
});

/** What is known of the prices of one scope. `at`: when it was fetched, wall-clock milliseconds. */
export type KeptPrices = v.InferOutput<typeof kept>;

/** As much as 5,000 types in six zones take. */
const MAX_FILE_BYTES = 2_000_000;

export function noPrices(): KeptPrices {
  return { version: 1, onDemand: {}, spot: {}, storage: {} };
}

/** The prices of an earlier session; a file that is missing, unreadable or of another form is begun anew. */
export async function readPrices(file: string): Promise<KeptPrices> {
  try {
    const bytes = await readIfPresent(file);
    if (!bytes || bytes.length > MAX_FILE_BYTES) return noPrices();
    const parsed = v.safeParse(kept, JSON.parse(bytes.toString("utf8")));
    return parsed.success ? parsed.output : noPrices();
  } catch {
    return noPrices();
  }
}

export async function writePrices(file: string, prices: KeptPrices): Promise<void> {
  await replaceFile(file, Buffer.from(`${JSON.stringify(prices)}\n`));
}
