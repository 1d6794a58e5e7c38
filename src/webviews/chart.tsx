import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import type { Metric } from "../panels/protocol.ts";
import { lengthOf, timesOf, valueAt, type ChartHistory } from "./chartHistory.ts";
import { chartOptions } from "./chartOptions.ts";
import { usePage, useTexts } from "./pageContext.ts";
import { lineStyle, useThemeVersion } from "./theme.ts";

export interface ChartProps {
  readonly metric: Metric;
  readonly history: ChartHistory;
  readonly hidden: ReadonlySet<string>;
  /** The full scale where there is one. */
  readonly max: number | undefined;
}

/** One metric of all GPUs over the last hour. The cursor moves with the mouse and the arrow keys, in all charts at once. */
export function Chart(props: ChartProps): JSX.Element {
  const { metric, history, hidden } = props;
  const texts = useTexts();
  const [cursor, setCursor] = useState<Cursor | undefined>(undefined);
  const [isLooked, setLooked] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const plot = usePlot(props, box, setCursor);
  const last = Math.max(0, lengthOf(history) - 1);
  const index = Math.min(cursor?.index ?? last, last);
  const shown = history.gpus.flatMap((gpu, place) => (hidden.has(gpu.key) ? [] : [{ ...gpu, place }]));
  const values = shown.map(({ label, place }) => {
    const value = valueAt(history, metric, place, index);
    return { label, place, text: value === undefined ? texts.labels.absent : texts.withUnit(metric, value) };
  });
  const time = texts.time(history.startMs + index * history.stepMs);
  return (
    <div
      class="chart"
      role="slider"
      tabIndex={0}
      aria-label={`${texts.labels[metric]}, ${texts.labels.lastHour}`}
      aria-description={texts.labels.chartHelp}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={index}
      aria-valuetext={`${time}: ${values.map(({ label, text }) => `${label} ${text}`).join(", ")}`}
      onKeyDown={(event) => moveCursor(event, plot.current, index, last)}
      onFocus={() => setLooked(true)}
      onBlur={() => setLooked(false)}
      onMouseEnter={() => setLooked(true)}
      onMouseLeave={() => setLooked(false)}
    >
      <div ref={box} class="plot" aria-hidden="true" />
      {isLooked && cursor !== undefined ? <Tip time={time} values={values} cursor={cursor} /> : null}
    </div>
  );
}

interface Cursor {
  readonly index: number;
  /** Pixels from the left edge of the chart, and whether that is in its right half. */
  readonly left: number;
  readonly isRight: boolean;
}

interface TipProps {
  readonly time: string;
  readonly values: readonly { readonly label: string; readonly place: number; readonly text: string }[];
  readonly cursor: Cursor;
}

function Tip({ time, values, cursor }: TipProps): JSX.Element {
  const shift = cursor.isRight ? "translateX(calc(-100% - 10px))" : "translateX(10px)";
  return (
    <div class="tip" aria-hidden="true" style={{ left: `${cursor.left}px`, transform: shift }}>
      <div class="tip-time">{time}</div>
      <ul class={values.length > 4 ? "two-columns" : ""}>
        {values.map(({ label, place, text }) => (
          <li key={place}>
            <span class={`swatch ${lineStyle(place).className}`} />
            <span>{label}</span>
            <span class="tip-value">{text}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface Box {
  readonly current: HTMLDivElement | null;
}

/** The plot in `box`: made anew with the theme and the set of GPUs, fed with every change of the history. */
function usePlot(
  props: ChartProps,
  box: Box,
  onCursor: (cursor: Cursor | undefined) => void,
): { current: uPlot | null } {
  const { metric, history, hidden, max } = props;
  const texts = useTexts();
  const { locale } = usePage();
  const theme = useThemeVersion();
  const plot = useRef<uPlot | null>(null);
  const gpus = JSON.stringify(history.gpus);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const options = chartOptions({ metric, history, texts, locale, max }, element.clientWidth, (made) => {
      onCursor(toCursor(made));
    });
    const made = new uPlot(options, toData(history, metric), element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: made.height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [theme, gpus, metric, max, texts]);
  useEffect(() => plot.current?.setData(toData(history, metric)), [history, metric]);
  useEffect(() => {
    history.gpus.forEach(({ key }, place) => plot.current?.setSeries(place + 1, { show: !hidden.has(key) }));
  }, [hidden, gpus, theme, max]);
  return plot;
}

function toData(history: ChartHistory, metric: Metric): uPlot.AlignedData {
  return [timesOf(history), ...history.series[metric]];
}

function toCursor(plot: uPlot): Cursor | undefined {
  const { idx, left } = plot.cursor;
  if (idx === null || idx === undefined || left === undefined || left < 0) return undefined;
  const offset = plot.over.offsetLeft;
  return { index: idx, left: offset + left, isRight: left > plot.over.clientWidth / 2 };
}

const STEPS: Readonly<Record<string, (index: number, last: number) => number>> = {
  ArrowLeft: (index) => index - 1,
  ArrowRight: (index) => index + 1,
  PageUp: (index) => index - 30,
  PageDown: (index) => index + 30,
  Home: () => 0,
  End: (_index, last) => last,
};

function moveCursor(event: KeyboardEvent, plot: uPlot | null, index: number, last: number): void {
  const step = STEPS[event.key];
  const times = plot?.data[0];
  if (step === undefined || plot === null || times === undefined) return;
  event.preventDefault();
  const time = times[Math.min(last, Math.max(0, step(index, last)))];
  if (time !== undefined) plot.setCursor({ left: plot.valToPos(time, "x"), top: plot.over.clientHeight / 2 });
}
