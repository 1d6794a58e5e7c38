import { factorOf, firstWord, normalBusId, parseNumber, parseText } from "./placeholder.ts";
import type { Absence, GpuGauges, GpuReading } from "./reading.ts";
import { reasonsOfMask } from "./throttle.ts";

/** A reading under construction. */
export type Draft = { -readonly [Key in keyof GpuReading]: GpuReading[Key] };

/** A cell: what stands in a line between two places. No text is made of it unless it is a new one. */
export interface CsvCell {
  readonly line: string;
  from: number;
  to: number;
}

/** Puts the value of a cell into the draft, or says why there is none. */
export type ReadCell = (draft: Draft, cell: CsvCell) => void;

/** What reads a column whose header names this unit. It remembers what it has seen: one for each stream. */
type Column = (unit: string | undefined) => ReadCell;

/** A host that invents new texts must not fill the memory. */
const MAX_TEXTS = 64;
/** So many digits are exact in a double. */
const MAX_EXACT_DIGITS = 15;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** All fields, in one order: a stream makes thousands of readings, and so they all have one shape. */
export function emptyDraft(): Draft {
  return {
    index: undefined,
    uuid: undefined,
    busId: undefined,
    name: undefined,
    driverVersion: undefined,
    performanceState: undefined,
    utilizationPercent: undefined,
    memoryUtilizationPercent: undefined,
    memoryUsedMiB: undefined,
    memoryTotalMiB: undefined,
    temperatureC: undefined,
    memoryTemperatureC: undefined,
    powerDrawW: undefined,
    powerLimitW: undefined,
    smClockMHz: undefined,
    memoryClockMHz: undefined,
    fanPercent: undefined,
    throttleReasons: undefined,
    migEnabled: undefined,
    absent: NOTHING_ABSENT,
  };
}

const NOTHING_ABSENT: GpuReading["absent"] = {};

/**
 * Notes why a field has no value. Readings of a stream miss the same fields again and again, so that they share one
 * record of it: it is made anew only where something has changed.
 */
function noteAbsence(key: string): (draft: Draft, why: Absence) => void {
  let before = NOTHING_ABSENT;
  let after: GpuReading["absent"] | undefined;
  return (draft, why) => {
    if (after?.[key] !== why || before !== draft.absent) {
      before = draft.absent;
      after = { ...before, [key]: why };
    }
    draft.absent = after;
  };
}

function gauge(key: keyof GpuGauges): Column {
  return (unit) => {
    const factor = unit === undefined ? 1 : factorOf(unit);
    const isAbsent = noteAbsence(key);
    let known: { readonly text: string; readonly absence: Absence } | undefined;
    const read = (cell: CsvCell): number | Absence => {
      const plain = factor === undefined ? Number.NaN : plainDecimal(cell) * factor;
      if (!Number.isNaN(plain)) return plain;
      if (known && isText(cell, known.text)) return known.absence;
      const text = textOf(cell);
      const number = parseNumber(text, unit);
      if ("value" in number) return number.value;
      known = { text, absence: number.absence };
      return number.absence;
    };
    return (draft, cell) => {
      const number = read(cell);
      if (typeof number === "number") {
        draft[key] = number;
        // Two columns may tell the same: the one with a value wins.
        if (key in draft.absent) draft.absent = without(draft.absent, key);
      } else if (draft[key] === undefined) isAbsent(draft, number);
    };
  };
}

function without(absent: GpuReading["absent"], key: string): GpuReading["absent"] {
  return Object.fromEntries(Object.entries(absent).filter(([name]) => name !== key));
}

/** The digits of a cell as a number; NaN where anything else stands there, even a sign or a unit. */
export function plainDecimal({ line, from, to }: CsvCell): number {
  const isPossible = isDigit(line.charCodeAt(from)) && isDigit(line.charCodeAt(to - 1));
  if (!isPossible || to - from > MAX_EXACT_DIGITS) return Number.NaN;
  let digits = 0;
  let scale = 0;
  for (let place = from; place < to; place++) {
    const code = line.charCodeAt(place);
    if (isDigit(code)) {
      digits = digits * 10 + code - ZERO;
      scale *= 10;
    } else if (code === POINT && scale === 0) scale = 1;
    else return Number.NaN;
  }
  return scale === 0 ? digits : digits / scale;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

type TextKey = "index" | "uuid" | "busId" | "name" | "driverVersion" | "performanceState" | OtherTextKey;
type OtherTextKey = "throttleReasons" | "migEnabled";
type Outcome<T> = { readonly value: T } | { readonly absence: Absence };

function text<Key extends TextKey>(key: Key, convert: (value: string) => Draft[Key]): Column {
  const parse = (cell: string): Outcome<Draft[Key]> => {
    const read = parseText(cell);
    const value = "value" in read ? convert(read.value) : undefined;
    return value === undefined ? { absence: "absence" in read ? read.absence : "error" } : { value };
  };
  return () => {
    const texts = new SeenTexts(parse);
    const isAbsent = noteAbsence(key);
    return (draft, cell) => {
      const outcome = texts.outcome(cell);
      if ("value" in outcome) draft[key] = outcome.value;
      else if (draft[key] === undefined) isAbsent(draft, outcome.absence);
    };
  };
}

/** What the texts of one column mean. A stream says the same few again and again, and mostly in the same order. */
class SeenTexts<T> {
  private readonly parse: (cell: string) => Outcome<T>;
  private readonly seen: { readonly text: string; readonly outcome: Outcome<T> }[] = [];
  private next = 0;

  constructor(parse: (cell: string) => Outcome<T>) {
    this.parse = parse;
  }

  outcome(cell: CsvCell): Outcome<T> {
    const { seen } = this;
    for (let left = seen.length; left > 0; left--) {
      const one = seen[this.next];
      this.next = this.next + 1 < seen.length ? this.next + 1 : 0;
      if (one && isText(cell, one.text)) return one.outcome;
    }
    const own = textOf(cell);
    const outcome = this.parse(own);
    if (this.seen.length < MAX_TEXTS) this.seen.push({ text: own, outcome });
    return outcome;
  }
}

function isText({ line, from, to }: CsvCell, text: string): boolean {
  return text.length === to - from && line.startsWith(text, from);
}

function textOf({ line, from, to }: CsvCell): string {
  return line.slice(from, to);
}

const asIs = (value: string): string => value;
const wholeNumber = (value: string): number | undefined => (/^\d{1,6}$/.test(value) ? Number(value) : undefined);
const enabled = (value: string): boolean | undefined =>
  value === "Enabled" ? true : value === "Disabled" ? false : undefined;

// Every name a column of ours has had, https://docs.nvidia.com/deploy/nvidia-smi/
export const COLUMNS: ReadonlyMap<string, Column> = new Map(
  Object.entries({
    index: text("index", wholeNumber),
    uuid: text("uuid", asIs),
    gpu_uuid: text("uuid", asIs),
    "pci.bus_id": text("busId", normalBusId),
    gpu_bus_id: text("busId", normalBusId),
    name: text("name", asIs),
    gpu_name: text("name", asIs),
    driver_version: text("driverVersion", firstWord),
    kmd_version: text("driverVersion", firstWord),
    pstate: text("performanceState", asIs),
    "utilization.gpu": gauge("utilizationPercent"),
    "utilization.memory": gauge("memoryUtilizationPercent"),
    "memory.used": gauge("memoryUsedMiB"),
    "memory.total": gauge("memoryTotalMiB"),
    "temperature.gpu": gauge("temperatureC"),
    "temperature.memory": gauge("memoryTemperatureC"),
    "power.draw": gauge("powerDrawW"),
    "power.draw.average": gauge("powerDrawW"),
    "gpu.power.draw.average": gauge("powerDrawW"),
    "enforced.power.limit": gauge("powerLimitW"),
    "gpu.power.current_limit": gauge("powerLimitW"),
    "power.limit": gauge("powerLimitW"),
    "clocks.sm": gauge("smClockMHz"),
    "clocks.current.sm": gauge("smClockMHz"),
    "clocks.mem": gauge("memoryClockMHz"),
    "clocks.current.memory": gauge("memoryClockMHz"),
    "fan.speed": gauge("fanPercent"),
    "clocks_event_reasons.active": text("throttleReasons", reasonsOfMask),
    "clocks_throttle_reasons.active": text("throttleReasons", reasonsOfMask),
    "mig.mode.current": text("migEnabled", enabled),
  }),
);
