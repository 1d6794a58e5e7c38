import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import { firstWord, normalBusId, parseNumber, parseText, type Cell } from "./placeholder.ts";
import type { Absence, GpuGauges, GpuReading } from "./reading.ts";
import { reasonsOfMask } from "./throttle.ts";

/** A reading under construction. */
type Draft = { -readonly [Key in keyof GpuReading]?: GpuReading[Key] };
type Absences = Record<string, Absence>;

interface Column {
  readonly place: number;
  readonly unit?: string;
  readonly read: ReadCell;
  /** What the texts of this column mean: a stream says the same few again and again. */
  readonly texts: Map<string, unknown>;
}

/** Puts the value of a cell into the draft, or says why there is none. */
type ReadCell = (draft: Draft, absent: Absences, cell: string, column: Column) => void;

/** What the header line says of the lines below it. */
export interface CsvPlan {
  readonly width: number;
  readonly columns: readonly Column[];
  readonly indexPlace: number | undefined;
  readonly countPlace: number | undefined;
}

export interface CsvRow {
  readonly reading: GpuReading;
  /** How many GPUs the driver has, where the column was asked for: the number of rows of a batch. */
  readonly count: number | undefined;
}

/** More than any answer of ours: a host with 16 GPUs says 8 kB. */
export const MAX_ANSWER_LENGTH = 4 * 1024 * 1024;
/** A host has at most 16; what claims more is no host. */
export const MAX_GPUS = 1024;
const MAX_LINES = 10_000;
/** All 241 fields of driver 610 make a header of 7 kB. */
export const MAX_LINE_LENGTH = 64 * 1024;
const MAX_NOTICES = 32;
const MAX_NOTICE_LENGTH = 400;

function gauge(key: keyof GpuGauges): ReadCell {
  return (draft, absent, cell, column) => {
    const number = parseNumber(cell, column.unit);
    if ("value" in number) {
      draft[key] = number.value;
      // Two columns may tell the same: the one with a value wins.
      if (key in absent) Reflect.deleteProperty(absent, key);
    } else if (draft[key] === undefined) absent[key] = number.absence;
  };
}

function text<Key extends keyof Draft>(key: Key, convert: (value: string) => Draft[Key]): ReadCell {
  const parse = (cell: string): Outcome<Draft[Key]> => {
    const read = parseText(cell);
    const value = "value" in read ? convert(read.value) : undefined;
    return value === undefined ? { absence: "absence" in read ? read.absence : "error" } : { value };
  };
  return (draft, absent, cell, { texts }) => {
    // Only this function writes to the map of its column.
    const outcome = (texts.get(cell) as Outcome<Draft[Key]> | undefined) ?? remembered(texts, cell, parse(cell));
    if ("value" in outcome) draft[key] = outcome.value;
    else if (draft[key] === undefined) absent[key] = outcome.absence;
  };
}

type Outcome<T> = { readonly value: T } | { readonly absence: Absence };

/** A host that invents new texts must not fill the memory. */
const MAX_TEXTS = 64;

function remembered<T>(texts: Map<string, unknown>, cell: string, outcome: Outcome<T>): Outcome<T> {
  if (texts.size < MAX_TEXTS) texts.set(cell, outcome);
  return outcome;
}

const asIs = (value: string): string => value;
const wholeNumber = (value: string): number | undefined => (/^\d{1,6}$/.test(value) ? Number(value) : undefined);
const enabled = (value: string): boolean | undefined =>
  value === "Enabled" ? true : value === "Disabled" ? false : undefined;

// Every name a column of ours has had, https://docs.nvidia.com/deploy/nvidia-smi/
const COLUMNS: ReadonlyMap<string, ReadCell> = new Map(
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

/** The plan of a header line such as `index, name, memory.used [MiB]`; undefined for any other line. */
export function readHeader(line: string): CsvPlan | undefined {
  if (line.length > MAX_LINE_LENGTH) return undefined;
  const columns: Column[] = [];
  const names: string[] = [];
  for (const [place, cell] of line.split(", ").entries()) {
    const match = /^([a-z][\w.]*)(?: \[([^\]]{1,16})\])?\s*$/.exec(cell);
    if (!match) return undefined;
    const [, name = "", unit] = match;
    names.push(name);
    const read = COLUMNS.get(name);
    if (read) columns.push({ place, read, texts: new Map(), ...(unit === undefined ? {} : { unit }) });
  }
  if (columns.length === 0) return undefined;
  const placeOf = (name: string): number | undefined => (names.includes(name) ? names.indexOf(name) : undefined);
  return { width: names.length, columns, indexPlace: placeOf("index"), countPlace: placeOf("count") };
}

/** One line of readings; undefined for a line that is none, such as a notice. */
export function readRow(plan: CsvPlan, line: string): CsvRow | undefined {
  const cells = line.length > MAX_LINE_LENGTH ? [] : line.split(", ");
  if (cells.length !== plan.width) return undefined;
  const draft: Draft = {};
  const absent: Absences = {};
  for (const column of plan.columns) column.read(draft, absent, cells[column.place] ?? "", column);
  if (plan.indexPlace !== undefined && absent["index"] === "error") return undefined;
  const count = plan.countPlace === undefined ? undefined : wholeNumber(cells[plan.countPlace]?.trim() ?? "");
  return { reading: { ...draft, absent }, count };
}

export interface CsvReadings {
  readonly gpus: readonly GpuReading[];
  readonly notices: readonly string[];
}

/** A whole answer of `--query-gpu … --format=csv[,nounits]`. Throws "unreadable-answer" past 4 MB or 1024 GPUs. */
export function parseCsv(answer: string): CsvReadings {
  if (answer.length > MAX_ANSWER_LENGTH) throw tooLong();
  const gpus: GpuReading[] = [];
  const notices: string[] = [];
  let plan: CsvPlan | undefined;
  const lines = linesOf(answer);
  if (lines.length > MAX_LINES) throw tooLong();
  for (const line of lines) {
    const header = readHeader(line);
    const row = header || !plan ? undefined : readRow(plan, line);
    if (header) plan = header;
    else if (row) gpus.push(row.reading);
    else addNotice(notices, line);
    if (gpus.length > MAX_GPUS) throw tooLong();
  }
  return { gpus, notices };
}

/** Keeps a line that is no reading, unless there are many already. */
export function addNotice(notices: string[], line: string): void {
  const trimmed = line.trim();
  if (trimmed !== "" && notices.length < MAX_NOTICES) notices.push(trimmed.slice(0, MAX_NOTICE_LENGTH));
}

/** The lines of an answer, without their ends and without a byte order mark. */
export function linesOf(answer: string): readonly string[] {
  return answer.replace(/^\uFEFF/, "").split(/\r?\n/);
}

export function tooLong(): GpuDevError {
  return new GpuDevError(
    "unreadable-answer",
    sentence("The answer was longer than any real one, more than {0} MB or {1} GPUs, and was left out.", 4, MAX_GPUS),
  );
}

/** The value of a cell, where there is one. */
export function valueOf<T>(cell: Cell<T>): T | undefined {
  return "value" in cell ? cell.value : undefined;
}
