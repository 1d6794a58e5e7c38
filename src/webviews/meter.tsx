import type { JSX } from "preact";
import type { Gauge, Metric } from "../panels/protocol.ts";
import { useTexts } from "./pageContext.ts";

interface MeterProps {
  readonly label: string;
  readonly metric: Metric;
  readonly gauge: Gauge;
}

/** A bar of how full something is; an empty track where nothing was measured or nothing says what full is. */
export function Meter({ label, metric, gauge }: MeterProps): JSX.Element {
  const texts = useTexts();
  if (gauge.kind === "absent" || gauge.max === undefined) return <span class="meter none" aria-hidden="true" />;
  const share = Math.min(1, Math.max(0, gauge.value / gauge.max));
  return (
    <span
      class="meter"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={gauge.max}
      aria-valuenow={Math.min(gauge.value, gauge.max)}
      aria-valuetext={texts.gauge(metric, gauge)}
    >
      <span class="fill" style={{ width: `${share * 100}%` }} />
    </span>
  );
}

interface ReadingProps {
  readonly metric: Metric;
  readonly gauge: Gauge;
}

/** The number, or a dash with the reason to be read aloud and on hover. */
export function Reading({ metric, gauge }: ReadingProps): JSX.Element {
  const texts = useTexts();
  if (gauge.kind === "measured") return <span class="reading">{texts.gauge(metric, gauge)}</span>;
  return (
    <span class="reading absent" title={gauge.reason}>
      {texts.labels.absent}
      <span class="sr-only"> {gauge.reason}</span>
    </span>
  );
}
