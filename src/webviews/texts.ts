import type { Gauge, Labels, Metric } from "../panels/protocol.ts";

const UNITS: Record<Metric, string> = {
  utilizationPercent: "%",
  memoryUsedMiB: "GiB",
  temperatureC: "°C",
  powerDrawW: "W",
  smClockMHz: "MHz",
};

const MIB_PER_GIB = 1024;

/** The words of a page and how it writes numbers and times: both in the user's language. */
export interface Texts {
  readonly labels: Labels;
  readonly unit: (metric: Metric) => string;
  /** A value of a metric without its unit; memory comes in MiB and is shown in GiB. */
  readonly value: (metric: Metric, value: number) => string;
  readonly withUnit: (metric: Metric, value: number) => string;
  /** "61.2 / 79.6 GiB", "64 °C", or "–". */
  readonly gauge: (metric: Metric, gauge: Gauge) => string;
  readonly integer: (value: number) => string;
  readonly gibibytes: (mib: number) => string;
  readonly duration: (seconds: number) => string;
  readonly ago: (milliseconds: number) => string;
  readonly time: (wallClockMs: number) => string;
}

export function createTexts(labels: Labels, locale: string): Texts {
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: "medium", hourCycle: "h23" });
  const gibibytes = (mib: number): string => {
    const value = mib / MIB_PER_GIB;
    return (value >= 100 ? whole : tenths).format(value);
  };
  const value = (metric: Metric, one: number): string =>
    metric === "memoryUsedMiB" ? gibibytes(one) : whole.format(one);
  const withUnit = (metric: Metric, one: number): string => `${value(metric, one)} ${UNITS[metric]}`;
  return {
    labels,
    unit: (metric) => UNITS[metric],
    value,
    withUnit,
    gauge: (metric, gauge) => {
      if (gauge.kind === "absent") return labels.absent;
      const scale = metric === "memoryUsedMiB" || metric === "powerDrawW" ? gauge.max : undefined;
      const measured = scale === undefined ? "" : `${value(metric, gauge.value)} / `;
      return `${measured}${withUnit(metric, scale ?? gauge.value)}`;
    },
    integer: (one) => whole.format(one),
    gibibytes: (mib) => `${gibibytes(mib)} GiB`,
    duration: (seconds) => duration(labels, seconds),
    ago: (milliseconds) => ago(labels, milliseconds),
    time: (wallClockMs) => clock.format(wallClockMs),
  };
}

/** Fills the places `{0}`, `{1}` of a translated text. */
export function fill(template: string, ...values: readonly (string | number)[]): string {
  return template.replace(/\{(\d+)\}/g, (place, index: string) => String(values[Number(index)] ?? place));
}

function duration(labels: Labels, seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [days, hours, minutes] = [Math.floor(whole / 86_400), Math.floor(whole / 3_600), Math.floor(whole / 60)];
  if (days > 0) return fill(labels.days, days, hours % 24);
  if (hours > 0) return fill(labels.hours, hours, minutes % 60);
  return minutes > 0 ? fill(labels.minutes, minutes, whole % 60) : fill(labels.seconds, whole);
}

function ago(labels: Labels, milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1_000);
  if (seconds < 1) return labels.justNow;
  if (seconds < 90) return fill(labels.secondsAgo, seconds);
  if (seconds < 90 * 60) return fill(labels.minutesAgo, Math.round(seconds / 60));
  if (seconds < 36 * 3_600) return fill(labels.hoursAgo, Math.round(seconds / 3_600));
  return fill(labels.daysAgo, Math.round(seconds / 86_400));
}
