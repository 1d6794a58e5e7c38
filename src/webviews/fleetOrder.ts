import type { FleetRow, Gauge } from "../panels/protocol.ts";
import type { FleetColumn } from "./savedState.ts";

export interface Sort {
  readonly column: FleetColumn;
  readonly descending: boolean;
}

/** The rows that hold every word of the filter in their name, origin, GPUs, status or remark. */
export function matching(rows: readonly FleetRow[], filter: string): readonly FleetRow[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = [row.name, row.origin, row.gpus, row.status.text, row.remark ?? ""].join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Ties go by name, in the order a person counts: gpu-2 before gpu-10. What was not measured comes last either way. */
export function sorted(rows: readonly FleetRow[], sort: Sort, locale: string): readonly FleetRow[] {
  const names = new Intl.Collator(locale, { numeric: true });
  const direction = sort.descending ? -1 : 1;
  const byName = (left: FleetRow, right: FleetRow): number => names.compare(left.name, right.name);
  if (sort.column === "host") return [...rows].sort((left, right) => direction * byName(left, right));
  const keys = new Map(rows.map((row) => [row, KEYS[sort.column === "host" ? "status" : sort.column](row)]));
  return [...rows].sort((left, right) => compare(keys.get(left), keys.get(right), direction) || byName(left, right));
}

const KEYS: Record<Exclude<FleetColumn, "host">, (row: FleetRow) => number | undefined> = {
  status: (row) => TONES[row.status.tone],
  problems: urgency,
  busy: (row) => valueOf(row.busyPercent),
  memory: (row) => share(row.memory),
  hottest: (row) => valueOf(row.hottestC),
  power: (row) => valueOf(row.powerW),
};

const TONES: Record<FleetRow["status"]["tone"], number> = { error: 4, warning: 3, busy: 2, live: 1, idle: 0 };
const WORST = { critical: 300, warning: 100, information: 20 } as const;
const SILENCE: typeof TONES = { error: 200, warning: 50, busy: 0, live: 0, idle: 0 };

/** What needs a person first: critical problems, hosts that do not answer, warnings, then the rest. */
function urgency(row: FleetRow): number {
  const worst = row.worst === undefined ? 0 : WORST[row.worst];
  return Math.max(worst, SILENCE[row.status.tone]) + Math.min(row.problems, 19);
}

/** How urgent each row is, as a text that differs as soon as one of them becomes more or less so. */
export function urgencies(rows: readonly FleetRow[]): string {
  return rows.map(urgency).join();
}

/** The order that is on screen, for as long as it is held: without what is gone, and with what is new at its end. */
export function held(
  shown: readonly string[],
  wanted: readonly string[],
  rows: { has(environmentId: string): boolean },
): readonly string[] {
  const known = new Set(shown);
  return [...shown.filter((id) => rows.has(id)), ...wanted.filter((id) => !known.has(id))];
}

function compare(left: number | undefined, right: number | undefined, direction: number): number {
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
  return direction * (left - right);
}

function valueOf(gauge: Gauge): number | undefined {
  return gauge.kind === "measured" ? gauge.value : undefined;
}

function share(gauge: Gauge): number | undefined {
  return gauge.kind === "measured" ? gauge.value / (gauge.max ?? 1) : undefined;
}
