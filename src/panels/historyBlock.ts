import { sentence } from "../core/sentence.ts";
import type { GpuHistory, HistorySeries } from "../health/watch.ts";
import type { Localize } from "./labels.ts";
import { shortKey } from "./gpuCards.ts";
import { METRICS, type GpuCard, type HistoryBlock, type Metric } from "./protocol.ts";
import { tell } from "./words.ts";

/**
 * All series of a history on one grid of time, from `fromMs` on. The series of a GPU that appeared later begins later;
 * the steps before it are gaps. Undefined where there is no point to show.
 */
export function toHistoryBlock(
  history: GpuHistory,
  cards: readonly GpuCard[],
  localize: Localize,
  fromMs = -Infinity,
): HistoryBlock | undefined {
  const keys = orderedKeys(history, cards);
  const all = METRICS.map((metric) => [metric, keys.map((key) => history.series(key, metric))] as const);
  const grid = gridOf(
    all.flatMap(([, series]) => series),
    history.stepMs,
    fromMs,
  );
  if (grid === undefined) return undefined;
  const series = all.map(([metric, list]) => [metric, list.map((one) => ontoGrid(one, grid))] as const);
  return {
    startMs: grid.startMs,
    stepMs: grid.stepMs,
    gpus: keys.map((key) => ({ key, label: labelOf(key, cards, localize) })),
    series: Object.fromEntries(series) as Record<Metric, (number | null)[][]>, // METRICS are all of its keys
  };
}

/** The time of the last point of a block. */
export function lastPointMs(block: HistoryBlock): number {
  return block.startMs + (block.series.utilizationPercent[0]?.length ?? 0) * block.stepMs - block.stepMs;
}

interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly length: number;
}

/** In the order of the cards, so that a GPU has one place and one colour on the page. */
function orderedKeys(history: GpuHistory, cards: readonly GpuCard[]): readonly string[] {
  const known = new Set(history.gpus.map(({ key }) => key));
  const shown = cards.map(({ key }) => key).filter((key) => known.has(key));
  return [...new Set([...shown, ...known])];
}

function labelOf(key: string, cards: readonly GpuCard[], localize: Localize): string {
  return cards.find((card) => card.key === key)?.label ?? tell(localize, sentence("GPU {0}", shortKey(key)));
}

function gridOf(series: readonly HistorySeries[], stepMs: number, fromMs: number): Grid | undefined {
  const filled = series.filter(({ values }) => values.length > 0);
  if (filled.length === 0 || stepMs < 1) return undefined;
  const first = Math.min(...filled.map(({ startMs }) => startMs));
  const end = Math.max(...filled.map(({ startMs, values }) => startMs + values.length * stepMs));
  const skipped = Math.max(0, Math.ceil((fromMs - first) / stepMs));
  const startMs = first + skipped * stepMs;
  const length = Math.round((end - startMs) / stepMs);
  return length > 0 ? { startMs, stepMs, length } : undefined;
}

function ontoGrid({ startMs, values }: HistorySeries, grid: Grid): (number | null)[] {
  const shift = Math.round((grid.startMs - startMs) / grid.stepMs);
  return Array.from({ length: grid.length }, (_, index) => {
    const value = values[index + shift];
    return value === undefined || !Number.isFinite(value) ? null : value;
  });
}
