import type { Environment, GpuSpec } from "../core/environment.ts";
import { plainText } from "../core/plainText.ts";
import { sentence, type Sentence } from "../core/sentence.ts";
import type { GpuProblem, Severity } from "../gpu/problem.ts";
import { gpuCount } from "../gpu/gpuCount.ts";
import type { GpuGauges, GpuReading } from "../gpu/reading.ts";
import type { Watch } from "../health/watch.ts";
import { absent, measured } from "./gauge.ts";
import type { Localize } from "./labels.ts";
import type { FleetRow, Gauge, Tile, Tone } from "./protocol.ts";
import { toOrigin, toStatus, toTrouble } from "./status.ts";
import { SEVERITY_ORDER, tell } from "./words.ts";

/** Below this a GPU counts as idle: a desktop or a monitor alone makes a few percent. */
const IDLE_BELOW_PERCENT = 5;

export interface FleetHost {
  readonly environment: Environment;
  readonly watch: Watch;
  readonly problems: readonly GpuProblem[];
  readonly lastSpec: GpuSpec | undefined;
}

/** One host as a row. */
export function toFleetRow(host: FleetHost, localize: Localize): FleetRow {
  const { environment, watch, problems } = host;
  const gpus = watch.last?.gpus ?? [];
  const worst = SEVERITY_ORDER.find((severity) => problems.some((problem) => problem.severity === severity));
  const remark = toRemark(host, worst, localize);
  const why = gpus.length === 0 ? sentence("no reading yet") : sentence("no GPU of this host reports it");
  const gauge = (value: Measurement | undefined): Gauge =>
    value === undefined ? absent(why, localize) : measured(value.value, value.max);
  return {
    environmentId: environment.id,
    name: plainText(environment.name),
    origin: toOrigin(environment, localize),
    gpus: plainText(gpuCount(watch.last, host.lastSpec ?? environment.gpu) ?? ""),
    status: toStatus(environment, watch, localize),
    problems: troubles(host) || problems.length,
    ...(worst === undefined ? {} : { worst }),
    ...(remark === undefined ? {} : { remark }),
    busyPercent: gauge(mean(valuesOf(gpus, "utilizationPercent"), 100)),
    memory: gauge(toMemory(gpus)),
    hottestC: gauge(highest(valuesOf(gpus, "temperatureC"))),
    powerW: gauge(total(valuesOf(gpus, "powerDrawW"))),
  };
}

/** The fleet in five numbers. Only hosts that answer at this moment are counted as busy or idle. */
export function toTiles(hosts: readonly FleetHost[], localize: Localize): Tile[] {
  const answering = hosts.filter(({ watch }) => watch.kind === "live" || watch.kind === "no-reading");
  const gpus = hosts.flatMap(({ watch }) => (watch.kind === "live" ? watch.last.gpus : []));
  const use = valuesOf(gpus, "utilizationPercent");
  const busy = use.filter((percent) => percent >= IDLE_BELOW_PERCENT).length;
  const problems = hosts.reduce((sum, host) => sum + troubles(host), 0);
  const isCritical = hosts.some((host) => host.problems.some(({ severity }) => severity === "critical"));
  const tile = (label: Sentence, value: number, tone: Tone, of?: number): Tile => ({
    label: tell(localize, label),
    value,
    tone,
    ...(of === undefined ? {} : { of }),
  });
  return [
    tile(
      sentence("Hosts answering"),
      answering.length,
      answering.length < hosts.length ? "warning" : "live",
      hosts.length,
    ),
    tile(sentence("GPUs"), gpus.length, "idle"),
    tile(sentence("Busy GPUs"), busy, "busy"),
    tile(sentence("Idle GPUs"), use.length - busy, "idle"),
    tile(sentence("Problems"), problems, problemTone(problems, isCritical)),
  ];
}

/** Remarks are worth reading, but no trouble. */
function troubles({ problems }: FleetHost): number {
  return problems.filter(({ severity }) => severity !== "information").length;
}

interface Measurement {
  readonly value: number;
  readonly max?: number;
}

function problemTone(count: number, isCritical: boolean): Tone {
  if (count === 0) return "live";
  return isCritical ? "error" : "warning";
}

/** Why the host needs a person: that it is silent, else its worst problem. */
function toRemark({ watch, problems }: FleetHost, worst: Severity | undefined, localize: Localize): string | undefined {
  const problem = watch.kind === "unreachable" ? undefined : problems.find(({ severity }) => severity === worst);
  if (problem === undefined) return toTrouble(watch, localize)?.explanation;
  return tell(localize, problem.title);
}

function valuesOf(gpus: readonly GpuReading[], gauge: keyof GpuGauges): readonly number[] {
  return gpus.map((gpu) => gpu[gauge]).filter((value): value is number => Number.isFinite(value));
}

function mean(values: readonly number[], max: number): Measurement | undefined {
  const sum = total(values);
  return sum === undefined ? undefined : { value: sum.value / values.length, max };
}

function total(values: readonly number[]): Measurement | undefined {
  return values.length === 0 ? undefined : { value: values.reduce((sum, value) => sum + value, 0) };
}

function highest(values: readonly number[]): Measurement | undefined {
  return values.length === 0 ? undefined : { value: Math.max(...values) };
}

/** Used of total, over the GPUs that report both. */
function toMemory(gpus: readonly GpuReading[]): Measurement | undefined {
  const both = gpus.filter((gpu) => gpu.memoryUsedMiB !== undefined && gpu.memoryTotalMiB !== undefined);
  const used = total(valuesOf(both, "memoryUsedMiB"));
  const max = total(valuesOf(both, "memoryTotalMiB"));
  return used === undefined || max === undefined ? undefined : { value: used.value, max: max.value };
}
