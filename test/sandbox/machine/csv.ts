import { absentInCsv, fieldsOf, type Field } from "./fields.ts";
import type { Driver, Machine, SimulatedProcess } from "./machine.ts";
import { csvTimestamp, processMemoryMiB, type GpuMoment } from "./moment.ts";

/** A header and its rows, or the text of the error that nvidia-smi prints instead. */
export type CsvAnswer =
  | { readonly kind: "known"; readonly header: string; readonly rows: readonly string[] }
  | { readonly kind: "unknown"; readonly message: string };

type Columns<C> =
  { readonly kind: "known"; readonly columns: readonly C[] } | { readonly kind: "unknown"; readonly message: string };

interface Column {
  /** As it was asked for: the header repeats it. */
  readonly asked: string;
  readonly field: Field;
}

interface ProcessField {
  readonly name: string;
  readonly alias?: string;
  readonly unit?: string;
  readonly value: (moment: GpuMoment, process: SimulatedProcess) => string | number | undefined;
}

interface ProcessColumn {
  readonly asked: string;
  readonly field: ProcessField;
}

const PROCESS_FIELDS: readonly ProcessField[] = [
  { name: "timestamp", value: ({ atMs }) => csvTimestamp(atMs) },
  { name: "gpu_name", value: ({ gpu }) => gpu.board.name },
  { name: "gpu_bus_id", value: ({ gpu }) => gpu.busId },
  { name: "gpu_serial", value: ({ gpu }) => gpu.serial },
  { name: "gpu_uuid", value: ({ gpu }) => gpu.uuid },
  { name: "pid", value: (_, process) => process.pid },
  { name: "process_name", alias: "name", value: (_, process) => process.name },
  { name: "used_gpu_memory", alias: "used_memory", unit: "MiB", value: processMemoryMiB },
];

/** The answer to `--query-gpu`, in the order of the fields asked for. */
export function gpuCsv(machine: Machine, asked: string, moments: readonly GpuMoment[], units: boolean): CsvAnswer {
  const found = lookUp(asked, fieldsOf(machine.driver));
  if (found.kind === "unknown") return found;
  const rows = moments.map((moment) => gpuRow(found.columns, moment, units));
  return { kind: "known", header: csvHeader(found.columns), rows };
}

/** The answer to `--query-compute-apps`. */
export function processCsv(asked: string, moments: readonly GpuMoment[], units: boolean): CsvAnswer {
  const found = lookUp(asked, PROCESS_FIELDS);
  if (found.kind === "unknown") return found;
  const rows = moments.flatMap((moment) => processRows(found.columns, moment, units));
  return { kind: "known", header: csvHeader(found.columns), rows };
}

function lookUp<T extends { readonly name: string; readonly alias?: string }>(
  asked: string,
  fields: readonly T[],
): Columns<{ readonly asked: string; readonly field: T }> {
  const columns: { readonly asked: string; readonly field: T }[] = [];
  for (const name of asked.split(",").map((part) => part.trim())) {
    const field = fields.find((candidate) => candidate.name === name || candidate.alias === name);
    if (!field) return { kind: "unknown", message: `Field "${name}" is not a valid field to query.\n\n` };
    columns.push({ asked: name, field });
  }
  return { kind: "known", columns };
}

/** `nounits` leaves the units in the header and takes them from the values only. */
function csvHeader(columns: readonly { readonly asked: string; readonly field: { readonly unit?: string } }[]): string {
  return columns.map(({ asked, field }) => (field.unit ? `${asked} [${field.unit}]` : asked)).join(", ");
}

function gpuRow(columns: readonly Column[], moment: GpuMoment, units: boolean): string {
  return columns.map(({ field }) => cell(field, moment, units)).join(", ");
}

function cell(field: Field, moment: GpuMoment, units: boolean): string {
  if (!field.fixed && moment.health === "lost") return "[GPU is lost]";
  if (moment.health === "reset-required" && WITHHELD.test(field.name)) return "[GPU requires reset]";
  const value = field.value(moment);
  if (value === undefined) return field.absent ?? absentInCsv(moment.driver);
  return withUnit(value, field.unit, units);
}

/** What a GPU that waits for a reset no longer tells; an H100 in this state still gave its memory. */
const WITHHELD = /^(temperature|utilization|power\.draw|clocks\.current|clocks_)/;

function withUnit(value: string | number, unit: string | undefined, units: boolean): string {
  const isNumber = /^-?\d+(\.\d+)?$/.test(String(value));
  return unit && units && isNumber ? `${value} ${unit}` : String(value);
}

function processRows(columns: readonly ProcessColumn[], moment: GpuMoment, units: boolean): string[] {
  if (moment.health !== "healthy") return [];
  return moment.gpu.processes.map((process) =>
    columns
      .map(({ field }) => {
        const value = field.value(moment, process);
        return value === undefined ? absentInCsv(moment.driver) : withUnit(value, field.unit, units);
      })
      .join(", "),
  );
}

export function gpuFieldHelp(driver: Driver): string {
  return help("--query-gpu", fieldsOf(driver));
}

export function processFieldHelp(): string {
  return help("--query-compute-apps", PROCESS_FIELDS);
}

/** Names and aliases as the real help prints them; its paragraphs of explanation are a line here. */
function help(option: string, fields: readonly Pick<Field, "name" | "alias" | "unit">[]): string {
  const entries = fields.map(({ name, alias, unit }) => {
    const names = alias ? `"${name}" or "${alias}"` : `"${name}"`;
    return `${names}\n${name.replaceAll(/[._]/g, " ")}${unit ? `, in ${unit}` : ""}.\n\n`;
  });
  return `List of valid properties to query for the switch "${option}":\n\n${entries.join("")}`;
}
