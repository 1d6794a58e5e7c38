import type { Absence } from "./reading.ts";

/** A value, or why there is none. */
export type Cell<T> = { readonly value: T } | { readonly absence: Absence };

// What nvidia-smi prints in place of a value, lower case and without the brackets some versions put around it.
const PLACEHOLDERS: Readonly<Record<string, Absence>> = {
  "": "not-supported",
  "n/a": "not-supported",
  "not supported": "not-supported",
  "not available": "not-supported",
  "not found": "not-supported",
  "function not found": "not-supported",
  none: "not-supported",
  "not active": "not-supported",
  "unknown error": "error",
  "err!": "error",
  error: "error",
  "insufficient permissions": "no-permission",
  "insufficient permission": "no-permission",
  "no permission": "no-permission",
  "gpu is lost": "lost",
  "gpu requires reset": "requires-reset",
  "requested functionality has been deprecated": "deprecated",
};

/** Why a text is no value; undefined where it may be one. */
export function placeholder(text: string): Absence | undefined {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  const first = bare.charCodeAt(0);
  // Most cells are numbers; no placeholder begins with a digit.
  if (first >= 0x30 && first <= 0x39) return undefined;
  const key = bare.trim().toLowerCase();
  return Object.hasOwn(PLACEHOLDERS, key) ? PLACEHOLDERS[key] : undefined;
}

/** What each unit must be multiplied by to become ours: MiB, MHz, W, C and percent. Old drivers say MB for MiB. */
const UNITS: Readonly<Record<string, number>> = {
  "%": 1,
  KiB: 1 / 1024,
  MiB: 1,
  MB: 1,
  GiB: 1024,
  MHz: 1,
  mW: 0.001,
  W: 1,
  C: 1,
  x: 1,
};

/** As many decimals as stand beside a digit and a point in the cells that csvColumns.ts reads by itself. */
const NUMBER = /^(-?\d{1,15}(?:\.\d{1,13})?)(?: ?([A-Za-z%]{1,8}))?$/;
const PLAIN_DIGITS = /^\d{1,9}$/;

/**
 * "37 C", "81559 MiB", "3.5" with `unit` "W" from the column's header, "16x". A number in an unknown unit, or anything
 * that is neither a number nor a known placeholder, is an "error": never a guess.
 */
export function parseNumber(text: string, unit?: string): Cell<number> {
  if (unit === undefined && PLAIN_DIGITS.test(text)) return { value: Number(text) };
  const trimmed = text.trim();
  const match = NUMBER.exec(trimmed);
  if (!match) return { absence: placeholder(trimmed) ?? "error" };
  const own = match[2] ?? unit;
  const factor = own === undefined ? 1 : factorOf(own);
  return factor === undefined ? { absence: "error" } : { value: Number(match[1]) * factor };
}

/** A text as it stands, or why there is none. */
export function parseText(text: string): Cell<string> {
  const trimmed = text.trim();
  const absence = placeholder(trimmed);
  return absence === undefined ? { value: trimmed } : { absence };
}

/** Undefined for a unit that is not known. */
export function factorOf(unit: string): number | undefined {
  return Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
}

/** "0000:0A:00.0", "0A:00.0" and "00000000:0a:00.0" as the last of them in upper case; undefined for anything else. */
export function normalBusId(text: string): string | undefined {
  const match = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([0-9a-f]{2})(?:\.([0-7]))?$/i.exec(text.trim());
  if (!match) return undefined;
  const [, domain = "", bus = "", device = "", part = "0"] = match;
  return `${domain.padStart(8, "0")}:${bus}:${device}.${part}`.toUpperCase();
}

/** The version alone: driver 610 adds a remark in brackets. */
export function firstWord(text: string): string {
  return text.split(" ", 1)[0] ?? "";
}
