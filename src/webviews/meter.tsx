import type { JSX } from "preact";
import type { Gauge, Metric } from "../panels/protocol.ts";
import { useTexts } from "./pageContext.ts";
import { Outdated } from "./staleness.tsx";

interface ReadingProps {
  readonly metric: Metric;
  readonly gauge: Gauge;
  /** True where the number is of an earlier time, and must not look like one of the present. */
  readonly isStale: boolean;
}

interface MeterProps extends ReadingProps {
  readonly label: string;
}

/** A bar of how full something is; an empty track where nothing was measured or nothing says what full is. */
export function Meter({ label, metric, gauge, isStale }: MeterProps): JSX.Element {
  const texts = useTexts();
  if (gauge.kind === "absent" || gauge.max === undefined) return <span class="meter none" aria-hidden="true" />;
  const text = texts.gauge(metric, gauge);
  const share = Math.min(1, Math.max(0, gauge.value / gauge.max));
  return (
    <span
      class={isStale ? "meter outdated" : "meter"}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={gauge.max}
      aria-valuenow={Math.min(gauge.value, gauge.max)}
      aria-valuetext={isStale ? `${text} (${texts.labels.outdated})` : text}
    >
      <span class="fill" style={{ width: `${share * 100}%` }} />
    </span>
  );
}

/** The number, or a dash with the reason to be read aloud and on hover. */
export function Reading({ metric, gauge, isStale }: ReadingProps): JSX.Element {
  const texts = useTexts();
  if (gauge.kind === "measured") {
    return (
      <span class={isStale ? "reading outdated" : "reading"}>
        {texts.gauge(metric, gauge)}
        <Outdated when={isStale} />
      </span>
    );
  }
  return (
    <span class="reading absent" title={gauge.reason}>
      {texts.labels.absent}
      <span class="sr-only"> {gauge.reason}</span>
    </span>
  );
}
