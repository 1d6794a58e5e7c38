import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import { COLUMNS, emptyDraft, plainDecimal, type CsvCell, type Column } from "./csvColumns.ts";
import type { Cell } from "./placeholder.ts";
import type { GpuReading } from "./reading.ts";

/** What the header line says of the lines below it. */
export interface CsvPlan {
  /** What reads the cell at each place; undefined where nobody asked for it. */
  readonly columns: readonly (Column | undefined)[];
  readonly hasIndex: boolean;
  readonly countPlace: number | undefined;
}

/** Where the cells of the line begin that is being read, and where the last of them ends: one line at a time is read. */
const PLACES: number[] = [];

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

const SEPARATOR = ", ";
const SMALL_A = 0x61;
const SMALL_Z = 0x7a;
/** A GPU count of more digits is none. */
const MAX_COUNT_DIGITS = 6;

/** The plan of a header line such as `index, name, memory.used [MiB]`; undefined for any other line. */
export function readHeader(line: string): CsvPlan | undefined {
  // Rows, which begin with a number, are by far the most.
  const first = line.charCodeAt(0);
  if (line.length > MAX_LINE_LENGTH || !(first >= SMALL_A && first <= SMALL_Z)) return undefined;
  const columns: (Column | undefined)[] = [];
  const names: string[] = [];
  for (const cell of line.split(SEPARATOR)) {
    const match = /^([a-z][\w.]*)(?: \[([^\]]{1,16})\])?\s*$/.exec(cell);
    if (!match) return undefined;
    const [, name = "", unit] = match;
    names.push(name);
    columns.push(COLUMNS.get(name)?.(unit));
  }
  if (columns.every((column) => column === undefined)) return undefined;
  const countPlace = names.includes("count") ? names.indexOf("count") : undefined;
  return { columns, hasIndex: names.includes("index"), countPlace };
}

/** One line of readings; undefined for a line that is none, such as a notice. */
export function readRow(plan: CsvPlan, line: string): CsvRow | undefined {
  if (line.length > MAX_LINE_LENGTH || !hasPlaces(plan, line)) return undefined;
  const { columns, hasIndex, countPlace } = plan;
  const reading = emptyDraft();
  const cell: CsvCell = { line, from: 0, to: 0 };
  for (let place = 0; place < columns.length; place++) {
    columns[place]?.read(reading, moved(cell, place));
  }
  if (hasIndex && reading.absent["index"] === "error") return undefined;
  return { reading, count: countPlace === undefined ? undefined : countIn(moved(cell, countPlace)) };
}

/** Finds the cells of a line; false where there are more or fewer than the header has. */
function hasPlaces({ columns }: CsvPlan, line: string): boolean {
  let found = 0;
  for (let from = 0; from <= line.length && found <= columns.length; found++) {
    PLACES[found] = from;
    const end = line.indexOf(SEPARATOR, from);
    from = (end < 0 ? line.length : end) + SEPARATOR.length;
  }
  PLACES[found] = line.length + SEPARATOR.length;
  return found === columns.length;
}

function moved(cell: CsvCell, place: number): CsvCell {
  cell.from = PLACES[place] ?? 0;
  cell.to = (PLACES[place + 1] ?? 0) - SEPARATOR.length;
  return cell;
}

function countIn(cell: CsvCell): number | undefined {
  const count = cell.to - cell.from <= MAX_COUNT_DIGITS ? plainDecimal(cell) : Number.NaN;
  return Number.isInteger(count) ? count : undefined;
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
