import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { METRICS, type GpuCard, type Metric } from "../panels/protocol.ts";
import { Chart } from "./chart.tsx";
import { statistics, type ChartHistory } from "./chartHistory.ts";
import { useTexts } from "./pageContext.ts";
import type { HealthState } from "./savedState.ts";
import { lineStyle } from "./theme.ts";

interface HistoryProps {
  readonly history: ChartHistory | undefined;
  readonly gpus: readonly GpuCard[];
  readonly state: HealthState;
  readonly change: (part: Partial<HealthState>) => void;
}

/** The last hour: charts, or the same as tables. */
export function History({ history, gpus, state, change }: HistoryProps): JSX.Element {
  const { labels } = useTexts();
  const isTable = state.view === "table";
  const hidden = useMemo(() => new Set(state.hidden), [state.hidden]);
  return (
    <section aria-labelledby="history">
      <header class="section-header">
        <h2 id="history">{labels.lastHour}</h2>
        {history === undefined || isTable ? null : <Legend history={history} hidden={hidden} change={change} />}
        {history === undefined ? null : (
          <button type="button" class="secondary" onClick={() => change({ view: isTable ? "charts" : "table" })}>
            {isTable ? labels.showAsCharts : labels.showAsTable}
          </button>
        )}
      </header>
      {history === undefined ? <p class="empty">{labels.noHistory}</p> : null}
      <div class="charts">
        {METRICS.map((metric) => {
          if (history === undefined) return null;
          if (isTable) return <MetricTable key={metric} metric={metric} history={history} />;
          return (
            <MetricChart key={metric} metric={metric} history={history} hidden={hidden} max={fullScale(gpus, metric)} />
          );
        })}
      </div>
    </section>
  );
}

function fullScale(gpus: readonly GpuCard[], metric: Metric): number | undefined {
  if (metric === "temperatureC") return undefined;
  const scales = gpus.map(({ gauges }) => (gauges[metric].kind === "measured" ? gauges[metric].max : undefined));
  return scales.reduce((most, scale) => (scale === undefined ? most : Math.max(most ?? 0, scale)), undefined);
}

interface LegendProps {
  readonly history: ChartHistory;
  readonly hidden: ReadonlySet<string>;
  readonly change: (part: Partial<HealthState>) => void;
}

/** Which line is which GPU; a click takes it out of all charts or puts it back. */
function Legend({ history, hidden, change }: LegendProps): JSX.Element {
  const { labels } = useTexts();
  const toggle = (key: string): void => {
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    change({ hidden: [...next] });
  };
  return (
    <div class="legend" role="group" aria-label={labels.shownGpus}>
      {history.gpus.map(({ key, label }, place) => (
        <button key={key} type="button" class="chip" aria-pressed={!hidden.has(key)} onClick={() => toggle(key)}>
          <span class={`swatch ${lineStyle(place).className}`} aria-hidden="true" />
          {label}
        </button>
      ))}
    </div>
  );
}

interface MetricChartProps {
  readonly metric: Metric;
  readonly history: ChartHistory;
  readonly hidden: ReadonlySet<string>;
  readonly max: number | undefined;
}

function MetricChart(props: MetricChartProps): JSX.Element {
  const { labels, unit } = useTexts();
  const { metric, history } = props;
  const isEmpty = history.series[metric].every((values) => values.every((value) => value === null));
  return (
    <figure>
      <figcaption>
        {labels[metric]} <span class="unit">{unit(metric)}</span>
      </figcaption>
      {isEmpty ? <p class="empty">{labels.noHistory}</p> : <Chart {...props} />}
    </figure>
  );
}

function MetricTable({ metric, history }: Pick<MetricChartProps, "metric" | "history">): JSX.Element {
  const { labels, unit } = useTexts();
  return (
    <table class="numbers">
      <caption>
        {labels[metric]} <span class="unit">{unit(metric)}</span>
      </caption>
      <thead>
        <tr>
          {[labels.gpu, labels.minimum, labels.mean, labels.maximum, labels.now].map((label) => (
            <th key={label} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {history.gpus.map(({ key, label }, place) => (
          <MetricRow key={key} label={label} metric={metric} values={history.series[metric][place] ?? []} />
        ))}
      </tbody>
    </table>
  );
}

interface MetricRowProps {
  readonly label: string;
  readonly metric: Metric;
  readonly values: readonly (number | null)[];
}

function MetricRow({ label, metric, values }: MetricRowProps): JSX.Element {
  const { labels, value } = useTexts();
  const found = statistics(values);
  const cells = [found?.minimum, found?.mean, found?.maximum, found?.now];
  return (
    <tr>
      <th scope="row">{label}</th>
      {cells.map((cell, index) => (
        <td key={index}>
          {cell === undefined ? labels.absent : value(metric, cell)}
          {cell === undefined ? <span class="sr-only"> {labels.notMeasuredThen}</span> : null}
        </td>
      ))}
    </tr>
  );
}
