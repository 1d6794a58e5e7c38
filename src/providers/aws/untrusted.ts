/**
 * Reading of answers as they may be instead of as they are declared: each function takes anything and gives a value of
 * its type, or undefined.
 */

export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text that is not empty, cut to `maxLength`. */
export function textOf(value: unknown, maxLength = 256): string | undefined {
  return typeof value === "string" && value !== "" ? value.slice(0, maxLength) : undefined;
}

/** A text that has exactly this form. */
export function formOf(value: unknown, form: RegExp): string | undefined {
  return typeof value === "string" && value.length <= 512 && form.test(value) ? value : undefined;
}

/** A finite number of at least 0. */
export function amountOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Milliseconds since 1970. */
export function timeOf(value: unknown): number | undefined {
  if (!(value instanceof Date)) return undefined;
  const at = value.getTime();
  return Number.isNaN(at) ? undefined : at;
}
