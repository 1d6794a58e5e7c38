import { METRICS, type HistoryBlock, type Metric } from "../panels/protocol.ts";

/** The charts show this much, however long the page stays open. */
const SPAN_MS = 3_600_000;

export type Values = readonly (number | null)[];

/** The history as the page has it. A value: replaced whole. */
export type ChartHistory = HistoryBlock;

export interface Statistics {
  readonly minimum: number;
  readonly mean: number;
  readonly maximum: number;
  /** The last step; undefined when nothing was measured in it. */
  readonly now: number | undefined;
}

/** The history with a block of later points laid over its end; points that do not fit it are ignored. */
export function append(history: ChartHistory, block: HistoryBlock): ChartHistory {
  const overlap = Math.round((block.startMs - history.startMs) / history.stepMs);
  const isOther = block.stepMs !== history.stepMs || block.gpus.length !== history.gpus.length;
  if (isOther || overlap < 0) return history;
  const count = overlap + lengthOf(block);
  const drop = Math.max(0, count - Math.ceil(SPAN_MS / history.stepMs) - 1);
  const series = METRICS.map((metric) => {
    const lists = history.series[metric].map((values, gpu) => {
      const joined = [...padded(values, overlap), ...(block.series[metric][gpu] ?? [])];
      return joined.slice(drop);
    });
    return [metric, lists] as const;
  });
  return {
    ...history,
    startMs: history.startMs + drop * history.stepMs,
    series: Object.fromEntries(series) as HistoryBlock["series"], // METRICS are all of its keys
  };
}

export function lengthOf(history: ChartHistory): number {
  return Math.max(0, ...history.series.utilizationPercent.map((values) => values.length));
}

/** The wall-clock milliseconds of each step. */
export function timesOf(history: ChartHistory): number[] {
  return Array.from({ length: lengthOf(history) }, (_, index) => history.startMs + index * history.stepMs);
}

export function valueAt(history: ChartHistory, metric: Metric, gpu: number, index: number): number | undefined {
  return history.series[metric][gpu]?.[index] ?? undefined;
}

/** Over what was measured; undefined when nothing was. */
export function statistics(values: Values): Statistics | undefined {
  const measured = values.filter((value) => value !== null);
  if (measured.length === 0) return undefined;
  return {
    minimum: measured.reduce((least, value) => Math.min(least, value), Infinity),
    mean: measured.reduce((sum, value) => sum + value, 0) / measured.length,
    maximum: measured.reduce((most, value) => Math.max(most, value), -Infinity),
    now: values.at(-1) ?? undefined,
  };
}

/**
 * An SVG path over the last `count` values in a box of `width` by `height`, broken where nothing was measured.
 * `max` is at the top, 0 at the bottom.
 */
export function sparkline(values: Values, count: number, max: number, box: { width: number; height: number }): string {
  const last = values.slice(-count);
  const offset = count - last.length;
  let isPenDown = false;
  return last
    .map((value, index) => {
      if (value === null) {
        isPenDown = false;
        return "";
      }
      const x = ((offset + index) / Math.max(1, count - 1)) * box.width;
      const y = box.height - (Math.min(Math.max(value, 0), max) / max) * box.height;
      const command = isPenDown ? "L" : "M";
      isPenDown = true;
      return `${command}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}

function padded(values: Values, length: number): Values {
  const gap = Array.from({ length: Math.max(0, length - values.length) }, () => null);
  return [...values.slice(0, length), ...gap];
}
