import { sentence, type Sentence } from "../core/sentence.ts";
import type { GpuReading } from "../gpu/reading.ts";
import type { Localize } from "./labels.ts";
import type { Gauge, Metric } from "./protocol.ts";
import { ABSENCE_REASONS, tell } from "./words.ts";

const NOT_MEASURED = sentence("not measured");
/** By design of the driver: https://github.com/NVIDIA/DCGM/issues/80 */
const HIDDEN_BY_MIG = sentence("not available with MIG");

export function measured(value: number, max?: number): Gauge {
  return max !== undefined && max > 0 ? { kind: "measured", value, max } : { kind: "measured", value };
}

export function absent(reason: Sentence, localize: Localize): Gauge {
  return { kind: "absent", reason: tell(localize, reason) };
}

/** A metric of a reading; `max` is the full scale where there is one. Never a number that was not measured. */
export function toGauge(reading: GpuReading, metric: Metric, localize: Localize, max?: number): Gauge {
  const value = reading[metric];
  if (value !== undefined && Number.isFinite(value)) return measured(value, max);
  return absent(absenceReason(reading, metric), localize);
}

function absenceReason(reading: GpuReading, metric: Metric): Sentence {
  if (metric === "utilizationPercent" && reading.migEnabled === true) return HIDDEN_BY_MIG;
  const why = reading.absent[metric];
  return why === undefined ? NOT_MEASURED : ABSENCE_REASONS[why];
}
