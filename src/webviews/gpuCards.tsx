import type { JSX } from "preact";
import type { GpuCard, Metric, Status } from "../panels/protocol.ts";
import { sparkline, type ChartHistory } from "./chartHistory.ts";
import { Icon } from "./icon.tsx";
import { Meter, Reading } from "./meter.tsx";
import { useNow, useTexts } from "./pageContext.ts";
import { fill } from "./texts.ts";
import { isStale } from "./staleness.tsx";
import { lineStyle } from "./theme.ts";

const BESIDE_UTILIZATION: readonly Metric[] = ["memoryUsedMiB", "powerDrawW", "temperatureC", "smClockMHz"];
const SPARKLINE_MS = 600_000;
const SPARKLINE_BOX = { width: 120, height: 28 };

interface GpuCardsProps {
  readonly gpus: readonly GpuCard[];
  readonly status: Status;
  readonly history: ChartHistory | undefined;
}

export function GpuCards({ gpus, status, history }: GpuCardsProps): JSX.Element {
  const { labels } = useTexts();
  return (
    <section aria-labelledby="gpus">
      <h2 id="gpus">
        {labels.gpus} <Staleness status={status} />
      </h2>
      {gpus.length === 0 ? <p class="empty">{labels.noGpus}</p> : null}
      <ul class="cards">
        {gpus.map((gpu, index) => (
          <li key={gpu.key} class="card">
            <Card gpu={gpu} index={index} history={history} isStale={isStale(status)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Numbers of a host that does not answer are old ones, and say so. */
function Staleness({ status }: { readonly status: Status }): JSX.Element | null {
  const { labels, ago } = useTexts();
  const now = useNow();
  if (!isStale(status) || status.sampledAt === undefined) return null;
  return <span class="stale">{fill(labels.lastReading, ago(now - status.sampledAt))}</span>;
}

interface CardProps {
  readonly gpu: GpuCard;
  readonly index: number;
  readonly history: ChartHistory | undefined;
  readonly isStale: boolean;
}

function Card({ gpu, index, history, isStale }: CardProps): JSX.Element {
  const { labels } = useTexts();
  return (
    <>
      <h3>
        <span class={`swatch ${lineStyle(index).className}`} aria-hidden="true" />
        {gpu.label}
        <span class="model" title={gpu.name}>
          {gpu.name}
        </span>
      </h3>
      <Use gpu={gpu} index={index} history={history} isStale={isStale} />
      <dl class="gauges">
        {BESIDE_UTILIZATION.map((metric) => (
          <div key={metric}>
            <dt>{labels[metric]}</dt>
            <dd>
              <Meter
                label={`${gpu.label} ${labels[metric]}`}
                metric={metric}
                gauge={gpu.gauges[metric]}
                isStale={isStale}
              />
              <Reading metric={metric} gauge={gpu.gauges[metric]} isStale={isStale} />
            </dd>
          </div>
        ))}
      </dl>
      <Notes gpu={gpu} />
    </>
  );
}

/** How busy it is, now and over the last minutes. */
function Use({ gpu, index, history, isStale }: CardProps): JSX.Element {
  const { labels } = useTexts();
  const { utilizationPercent } = gpu.gauges;
  return (
    <div class="use">
      <span class="sr-only">{labels.utilizationPercent} </span>
      {utilizationPercent.kind === "measured" ? (
        <span class="big">
          <Reading metric="utilizationPercent" gauge={utilizationPercent} isStale={isStale} />
        </span>
      ) : (
        <span class="why">
          {labels.absent} <span>{utilizationPercent.reason}</span>
        </span>
      )}
      <Trend gpuKey={gpu.key} index={index} history={history} isStale={isStale} />
    </div>
  );
}

function Notes({ gpu }: { readonly gpu: GpuCard }): JSX.Element | null {
  if (gpu.notes.length === 0 && gpu.throttled === undefined) return null;
  return (
    <ul class="notes">
      {gpu.throttled === undefined ? null : (
        <li class="held-back">
          <Icon name="warning" />
          {gpu.throttled}
        </li>
      )}
      {gpu.notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

type TrendProps = Omit<CardProps, "gpu"> & { readonly gpuKey: string };

/** The last ten minutes of utilization at a glance; the charts below say the same in full. */
function Trend({ gpuKey, index, history, isStale }: TrendProps): JSX.Element | null {
  const place = history?.gpus.findIndex(({ key }) => key === gpuKey) ?? -1;
  const values = history?.series.utilizationPercent[place];
  if (history === undefined || values === undefined) return null;
  const { width, height } = SPARKLINE_BOX;
  const path = sparkline(values, Math.round(SPARKLINE_MS / history.stepMs), 100, SPARKLINE_BOX);
  return (
    <svg
      class={`trend ${lineStyle(index).className}${isStale ? " outdated" : ""}`}
      viewBox={`0 -1 ${width} ${height + 2}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={path} fill="none" stroke="currentColor" vector-effect="non-scaling-stroke" />
    </svg>
  );
}
