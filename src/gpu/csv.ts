import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import { utf8Of } from "../core/utf8.ts";
import { COLUMNS, plainDecimal, type CsvCell, type Column } from "./csvColumns.ts";
import type { Cell } from "./placeholder.ts";
import type { GpuReading } from "./reading.ts";
import { Draft, ReadingBatch } from "./readings.ts";

/** What the header line says of the lines below it. */
export interface CsvPlan {
  /** What reads the cell at each place; undefined where nobody asked for it. */
  readonly columns: readonly (Column | undefined)[];
  readonly hasIndex: boolean;
  readonly countPlace: number | undefined;
  /** How many GPUs the driver has, by the row read last, where the column was asked for: the rows of a batch. */
  count: number | undefined;
}

/** The cell that is being read, where those of its line begin, and what they say: one line at a time is read. */
const NO_BYTES = new Uint8Array();
const CELL: CsvCell = { bytes: NO_BYTES, from: 0, to: 0 };
const PLACES: number[] = [];
const DRAFT = new Draft();

/** More than any answer of ours: a host with 16 GPUs says 8 kB. */
export const MAX_ANSWER_LENGTH = 4 * 1024 * 1024;
/** A host has at most 16; what claims more is no host. */
export const MAX_GPUS = 1024;
const MAX_LINES = 10_000;
/** In bytes. All 241 fields of driver 610 make a header of 7 kB. */
export const MAX_LINE_LENGTH = 64 * 1024;
export const MAX_NOTICES = 32;
const MAX_NOTICE_LENGTH = 400;

/** Between cells: a comma and a space. */
const SEPARATOR = ", ";
const COMMA = 0x2c;
const SPACE = 0x20;
const SMALL_A = 0x61;
const SMALL_Z = 0x7a;
/** A GPU count of more digits is none. */
const MAX_COUNT_DIGITS = 6;

/** The plan of a header line such as `index, name, memory.used [MiB]`; undefined for any other line. */
export function readHeader(line: string): CsvPlan | undefined {
  // Rows, which begin with a number, are by far the most.
  if (line.length > MAX_LINE_LENGTH || !isSmallLetter(line.charCodeAt(0))) return undefined;
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
  return { columns, hasIndex: names.includes("index"), countPlace, count: undefined };
}

/** Whether a header may begin so, by the code of its first character: no row and hardly a notice does. */
export function isSmallLetter(code: number | undefined): boolean {
  return code !== undefined && code >= SMALL_A && code <= SMALL_Z;
}

/** A line, where it stands in UTF-8. */
export interface Utf8Line {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/**
 * One line of readings, good until the next one is read; undefined for a line that is none, such as a notice. It is
 * read where it stands: a text of it, and of each of its cells, would be garbage at once.
 */
export function readRow(plan: CsvPlan, line: Utf8Line): Draft | undefined {
  if (line.to - line.from > MAX_LINE_LENGTH || !hasPlaces(plan, line)) return undefined;
  const { columns, hasIndex, countPlace } = plan;
  DRAFT.clear();
  CELL.bytes = line.bytes;
  for (let place = 0; place < columns.length; place++) columns[place]?.read(DRAFT, cellAt(place));
  plan.count = countPlace === undefined ? undefined : countIn(cellAt(countPlace));
  CELL.bytes = NO_BYTES;
  return hasIndex && DRAFT.words.absent["index"] === "error" ? undefined : DRAFT;
}

/** Finds the cells of a line; false where there are more or fewer than the header has. */
function hasPlaces({ columns }: CsvPlan, { bytes, from, to }: Utf8Line): boolean {
  let found = 0;
  PLACES[0] = from;
  for (let at = from; at < to - 1 && found < columns.length; at++) {
    if (bytes[at] !== COMMA || bytes[at + 1] !== SPACE) continue;
    at++;
    found++;
    PLACES[found] = at + 1;
  }
  PLACES[found + 1] = to + SEPARATOR.length;
  return found + 1 === columns.length;
}

function cellAt(place: number): CsvCell {
  CELL.from = PLACES[place] ?? 0;
  CELL.to = (PLACES[place + 1] ?? 0) - SEPARATOR.length;
  return CELL;
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
  const batch = new ReadingBatch();
  const notices: string[] = [];
  let plan: CsvPlan | undefined;
  const lines = linesOf(answer);
  if (lines.length > MAX_LINES) throw tooLong();
  for (const line of lines) {
    const header = readHeader(line);
    const reading = header || !plan ? undefined : readRow(plan, utf8Line(line));
    if (header) plan = header;
    else if (reading) batch.add(reading);
    else addNotice(notices, line);
    if (batch.length > MAX_GPUS) throw tooLong();
  }
  return { gpus: batch.take(), notices };
}

export function utf8Line(text: string): Utf8Line {
  const bytes = utf8Of(text);
  return { bytes, from: 0, to: bytes.length };
}

/** Keeps a line that is no reading, unless there are many already. */
export function addNotice(notices: string[], line: string): void {
  const notice = toNotice(line);
  if (notice !== "" && notices.length < MAX_NOTICES) notices.push(notice);
}

/** A line that is no reading, as it is kept. */
export function toNotice(line: string): string {
  return line.trim().slice(0, MAX_NOTICE_LENGTH);
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
