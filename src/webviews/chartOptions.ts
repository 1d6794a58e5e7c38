import type uPlot from "uplot";
import type { Metric } from "../panels/protocol.ts";
import type { ChartHistory } from "./chartHistory.ts";
import type { Texts } from "./texts.ts";
import { lineStyle, themeColour } from "./theme.ts";

const HEIGHT = 150;
const SPAN_MS = 3_600_000;
const SHORTEST_SPAN_MS = 300_000;
/** Whole minutes, as the labels show no seconds. */
const TIME_STEPS_MS = [1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000);
/** Two digits on both sides of the colon, none of them a narrow one. */
const WIDE_TIME = new Date(2000, 0, 1, 20, 48);

export interface ChartContent {
  readonly metric: Metric;
  readonly history: ChartHistory;
  readonly texts: Texts;
  readonly locale: string;
  /** The full scale where there is one. */
  readonly max: number | undefined;
}

/** A chart in the colours of the theme at this moment. `onCursor` is called whenever the cursor moves. */
export function chartOptions(content: ChartContent, width: number, onCursor: (plot: uPlot) => void): uPlot.Options {
  return {
    width: Math.max(100, width),
    height: HEIGHT,
    ms: 1,
    padding: [8, Math.max(8, halfTimeLabel(content.locale)), 0, 0],
    legend: { show: false },
    cursor: { sync: { key: "gpu-health" }, drag: { x: false, y: false }, y: false, points: { size: 6 } },
    hooks: { setCursor: [onCursor] },
    scales: {
      x: { time: true, range: (_plot, min, max) => timeRange(min, max) },
      y: { range: (_plot, min, max) => yRange(content, min, max) },
    },
    axes: axes(content),
    series: [{}, ...content.history.gpus.map(({ label }, place) => toSeries(label, place))],
  };
}

/** Grows from a few minutes to the hour, so that the first minutes are more than a line at the edge. */
function timeRange(min: number, max: number): [number, number] {
  return [Math.max(max - SPAN_MS, Math.min(min, max - SHORTEST_SPAN_MS)), max];
}

function toSeries(label: string, place: number): uPlot.Series {
  const { variable, dash } = lineStyle(place);
  const stroke = themeColour(variable);
  // A gap is a gap: nothing is drawn over a time in which nothing was measured.
  return { label, stroke, dash, width: 1.5, spanGaps: false, points: { show: false } };
}

/** A share of something is drawn on its full scale; a temperature around its values, so that a change can be seen. */
function yRange({ metric, max }: ChartContent, least: number | null, most: number | null): [number, number] {
  if (metric === "utilizationPercent") return [0, 100];
  if (metric === "temperatureC") {
    return [Math.min(30, Math.floor((least ?? 30) / 10) * 10), Math.max(90, Math.ceil((most ?? 90) / 10) * 10)];
  }
  return [0, Math.max(max ?? 0, (most ?? 0) * 1.05, 1)];
}

function labelFont(): string {
  return `11px ${getComputedStyle(document.body).fontFamily}`;
}

function timeLabels(locale: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, { timeStyle: "short", hourCycle: "h23" });
}

/** A label stands with its middle under its time: the last one reaches half its width, in pixels, over the edge. */
function halfTimeLabel(locale: string): number {
  const canvas = document.createElement("canvas").getContext("2d");
  if (canvas === null) return 0;
  canvas.font = labelFont();
  return Math.ceil(canvas.measureText(timeLabels(locale).format(WIDE_TIME)).width / 2) + 1;
}

function axes({ metric, texts, locale }: ChartContent): uPlot.Axis[] {
  const minutes = timeLabels(locale);
  const line = themeColour("--vscode-charts-lines");
  const shared: uPlot.Axis = {
    stroke: themeColour("--vscode-descriptionForeground"),
    font: labelFont(),
    ticks: { show: false },
    grid: { stroke: line, width: 0.5 },
  };
  return [
    {
      ...shared,
      space: 70,
      incrs: TIME_STEPS_MS,
      size: 24,
      grid: { show: false },
      values: (_plot, times) => times.map((t) => minutes.format(t)),
    },
    {
      ...shared,
      space: 30,
      size: 48,
      splits: (_plot, _axis, min, max) => evenSplits(metric, min, max),
      values: (_plot, splits) => splits.map((split) => texts.value(metric, split)),
    },
  ];
}

/** Round numbers in the unit shown; memory is stored in MiB and shown in GiB. */
function evenSplits(metric: Metric, min: number, max: number): number[] {
  const unit = metric === "memoryUsedMiB" ? 1024 : 1;
  const rough = (max - min) / unit / 4;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * magnitude).find((size) => size >= rough) ?? rough;
  const first = Math.ceil(min / unit / step);
  const count = Math.floor(max / unit / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => (first + index) * step * unit);
}
