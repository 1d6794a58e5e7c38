import { textOfUtf8 } from "../core/utf8.ts";
import { factorOf, firstWord, normalBusId, parseNumber, parseText } from "./placeholder.ts";
import type { Absence, GpuGauges, GpuWords } from "./reading.ts";
import { placeOf, type Draft } from "./readings.ts";
import { reasonsOfMask } from "./throttle.ts";

/** A cell: what stands in UTF-8 between two places. No text is made of it unless it is a new one. */
export interface CsvCell {
  bytes: Uint8Array;
  from: number;
  to: number;
}

/** Reads the cells of one column, and remembers what it has seen there: one for each stream. */
export interface Column {
  /** Puts the value of a cell into the draft, or says why there is none. */
  read(draft: Draft, cell: CsvCell): void;
}

/** A host that invents new texts must not fill the memory. */
const MAX_TEXTS = 64;
/** So many digits are exact in a double. */
const MAX_EXACT_DIGITS = 15;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/**
 * Notes why a field has no value. Readings of a stream miss the same fields again and again, so that they share one
 * record of it: it is made anew only where something has changed.
 */
class AbsenceNote {
  private readonly key: string;
  private before: GpuWords["absent"] | undefined;
  private after: GpuWords["absent"] = {};

  constructor(key: string) {
    this.key = key;
  }

  addTo({ words }: Draft, why: Absence): void {
    if (this.after[this.key] !== why || this.before !== words.absent) {
      this.before = words.absent;
      this.after = { ...words.absent, [this.key]: why };
    }
    words.absent = this.after;
  }
}

class GaugeColumn implements Column {
  private readonly key: keyof GpuGauges;
  private readonly place: number;
  private readonly unit: string | undefined;
  /** Undefined for a unit that is not known: such a column has no values. */
  private readonly factor: number | undefined;
  private absence: AbsenceNote | undefined;
  private known: { readonly text: string; readonly absence: Absence } | undefined;

  constructor(key: keyof GpuGauges, unit: string | undefined) {
    this.key = key;
    this.place = placeOf(key);
    this.unit = unit;
    this.factor = unit === undefined ? 1 : factorOf(unit);
  }

  read(draft: Draft, cell: CsvCell): void {
    const plain = this.factor === undefined ? Number.NaN : plainDecimal(cell) * this.factor;
    if (Number.isNaN(plain)) this.readText(draft, cell);
    else this.put(draft, plain);
  }

  private put(draft: Draft, value: number): void {
    const { key } = this;
    draft.set(this.place, value);
    // Two columns may tell the same: the one with a value wins.
    if (draft.lacksSomething && key in draft.words.absent) draft.words.absent = without(draft.words.absent, key);
  }

  private readText(draft: Draft, cell: CsvCell): void {
    if (!this.known || !isText(cell, this.known.text)) {
      const text = textOf(cell);
      const number = parseNumber(text, this.unit);
      if ("value" in number) {
        this.put(draft, number.value);
        return;
      }
      this.known = { text, absence: number.absence };
    }
    if (!draft.has(this.place)) (this.absence ??= new AbsenceNote(this.key)).addTo(draft, this.known.absence);
  }
}

function without(absent: GpuWords["absent"], key: string): GpuWords["absent"] {
  return Object.fromEntries(Object.entries(absent).filter(([name]) => name !== key));
}

/** The digits of a cell as a number; NaN where anything else stands there, even a sign or a unit. */
export function plainDecimal({ bytes, from, to }: CsvCell): number {
  // At the place of an empty cell stands what ends it.
  const isPossible = isDigit(bytes[from]) && isDigit(bytes[to - 1]);
  if (!isPossible || to - from > MAX_EXACT_DIGITS) return Number.NaN;
  let digits = 0;
  let scale = 0;
  for (let place = from; place < to; place++) {
    const code = bytes[place] ?? 0;
    if (isDigit(code)) {
      digits = digits * 10 + code - ZERO;
      scale *= 10;
    } else if (code === POINT && scale === 0) scale = 1;
    else return Number.NaN;
  }
  return scale === 0 ? digits : digits / scale;
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= ZERO && code <= NINE;
}

type TextKey = Exclude<keyof GpuWords, "absent">;
type Convert<Key extends TextKey> = (value: string) => GpuWords[Key];
/** Where there is no absence, there is a value. */
interface Outcome<T> {
  readonly text: string;
  readonly value: T | undefined;
  readonly absence: Absence | undefined;
}

class TextColumn<Key extends TextKey> implements Column {
  private readonly key: Key;
  private readonly convert: Convert<Key>;
  private absence: AbsenceNote | undefined;
  /** A stream says the same few texts again and again, and mostly in the same order. */
  private seen: readonly Outcome<GpuWords[Key]>[] = [];
  private next = 0;

  constructor(key: Key, convert: Convert<Key>) {
    this.key = key;
    this.convert = convert;
  }

  read(draft: Draft, cell: CsvCell): void {
    const { value, absence } = this.outcome(cell);
    if (absence === undefined) draft.words[this.key] = value;
    else if (draft.words[this.key] === undefined) (this.absence ??= new AbsenceNote(this.key)).addTo(draft, absence);
  }

  private outcome(cell: CsvCell): Outcome<GpuWords[Key]> {
    const { seen } = this;
    for (let left = seen.length; left > 0; left--) {
      const one = seen[this.next];
      this.next = this.next + 1 < seen.length ? this.next + 1 : 0;
      if (one && isText(cell, one.text)) return one;
    }
    const outcome = this.parsed(textOf(cell));
    // An array that is pushed to has room for seventeen, in each column of each host.
    if (outcome.text.length === cell.to - cell.from && seen.length < MAX_TEXTS) this.seen = [...seen, outcome];
    return outcome;
  }

  private parsed(text: string): Outcome<GpuWords[Key]> {
    const read = parseText(text);
    if ("absence" in read) return { text, value: undefined, absence: read.absence };
    const value = this.convert(read.value);
    return { text, value, absence: value === undefined ? "error" : undefined };
  }
}

/** Whether a cell says this, in ASCII; any other text is none that is recognised. */
function isText({ bytes, from, to }: CsvCell, text: string): boolean {
  if (text.length !== to - from) return false;
  for (let place = 0; place < text.length; place++) if (bytes[from + place] !== text.charCodeAt(place)) return false;
  return true;
}

function textOf({ bytes, from, to }: CsvCell): string {
  return textOfUtf8(bytes.subarray(from, to));
}

const asIs = (value: string): string => value;
const wholeNumber = (value: string): number | undefined => (/^\d{1,6}$/.test(value) ? Number(value) : undefined);
const enabled = (value: string): boolean | undefined =>
  value === "Enabled" ? true : value === "Disabled" ? false : undefined;

type MakeColumn = (unit: string | undefined) => Column;

function gauge(key: keyof GpuGauges): MakeColumn {
  return (unit) => new GaugeColumn(key, unit);
}

function text<Key extends TextKey>(key: Key, convert: Convert<Key>): MakeColumn {
  return () => new TextColumn(key, convert);
}

// Every name a column of ours has had, https://docs.nvidia.com/deploy/nvidia-smi/
export const COLUMNS: ReadonlyMap<string, MakeColumn> = new Map(
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
