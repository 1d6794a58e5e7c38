/** One measured claim. It holds where `value` ≤ `limit`. */
export interface Figure {
  readonly id: string;
  readonly value: number;
  readonly unit: string;
  readonly limit: number;
  /** The peer that was measured in the same run, and its own value. */
  readonly against: string;
}

/** A set of figures that are measured together. */
export interface Part {
  /** The ids it gives, in its order. */
  readonly ids: readonly string[];
  /** Reason why some of its figures cannot be measured here, by id; they are left out by name. */
  readonly leftOut?: () => Readonly<Record<string, string>>;
  /** Throws where a figure could not be taken. */
  measure(): Promise<readonly Figure[]>;
}

export function holds({ value, limit }: Figure): boolean {
  return value <= limit;
}

/** Three significant digits, whole numbers kept whole: what a busy machine can tell apart. */
export function rounded(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** By nearest rank. Throws for no values: nothing measured is no figure. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  const found = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  if (found === undefined) throw new Error("Nothing was measured.");
  return found;
}

/** Milliseconds that an act takes. */
export function timed(act: () => unknown): number {
  const start = performance.now();
  act();
  return performance.now() - start;
}

/**
 * Milliseconds of processor time that an act takes, for tails: a median shrugs off that a busy machine took the
 * processor away for a moment, the slowest of many does not.
 */
export function worked(act: () => unknown): number {
  const start = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

async function timedAsync(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/** Two rivals in turns, so that whatever else the machine does hits both alike. `warmUps` turns are not counted. */
export async function alternately(
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
  { turns, warmUps }: { readonly turns: number; readonly warmUps: number },
): Promise<{ readonly one: readonly number[]; readonly other: readonly number[] }> {
  const times: { one: number[]; other: number[] } = { one: [], other: [] };
  for (let turn = -warmUps; turn < turns; turn++) {
    const oneMs = await timedAsync(one);
    const otherMs = await timedAsync(other);
    if (turn < 0) continue;
    times.one.push(oneMs);
    times.other.push(otherMs);
  }
  return times;
}
