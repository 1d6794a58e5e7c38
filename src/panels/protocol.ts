/**
 * Everything that passes between the extension and its webviews, in both directions, as one closed set of messages.
 * Both sides parse what they receive with these schemas; a message that does not fit is dropped. A message holds
 * numbers, strings, arrays and plain objects only, and no message names a command or carries markup.
 */
import * as v from "valibot";
import { LABEL_KEYS } from "./labelKeys.ts";

/** The five metrics that are drawn over time, in the order a person reads them. */
export const METRICS = ["utilizationPercent", "memoryUsedMiB", "temperatureC", "powerDrawW", "smClockMHz"] as const;
export type Metric = (typeof METRICS)[number];

/** What a button of a page may ask for. The host holds the only table from these names to deeds. */
const ACTIONS = ["reconnect", "trust-changed-host-key", "open-terminal", "connect"] as const;
export type Action = (typeof ACTIONS)[number];

/** A host has at most 16 GPUs today; the bounds keep a hostile or broken sender from exhausting the other side. */
const MAX_GPUS = 128;
const MAX_POINTS = 8_000;
const MAX_ROWS = 20_000;

const text = v.pipe(v.string(), v.maxLength(2_000));
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(1_000));
const number = v.pipe(v.number(), v.finite());
const tone = v.picklist(["live", "busy", "idle", "warning", "error"]);
const severity = v.picklist(["critical", "warning", "information"]);
const link = v.pipe(v.string(), v.maxLength(500), v.regex(/^https:\/\/[a-z0-9.-]+\//));
const gpuList = <Item extends v.GenericSchema>(item: Item) => v.pipe(v.array(item), v.maxLength(MAX_GPUS));
const rows = <Item extends v.GenericSchema>(item: Item) => v.pipe(v.array(item), v.maxLength(MAX_ROWS));

/** A number that was measured, of at most `max`; or none, and then why. */
const gauge = v.variant("kind", [
  v.strictObject({ kind: v.literal("measured"), value: number, max: v.exactOptional(number) }),
  v.strictObject({ kind: v.literal("absent"), reason: text }),
]);

/** How the host answers, in words. Times are wall-clock milliseconds of the extension host. */
const status = v.strictObject({
  tone,
  text,
  sampledAt: v.exactOptional(number),
  retryAt: v.exactOptional(number),
});

const problem = v.strictObject({
  id,
  severity,
  severityText: text,
  title: text,
  explanation: text,
  nextStep: text,
  link: v.exactOptional(link),
});

const gpuCard = v.strictObject({
  key: id,
  label: text,
  name: text,
  /** What a reader must know to read the numbers: MIG, vGPU, integrated, lost. */
  notes: v.array(text),
  throttled: v.exactOptional(text),
  gauges: v.strictObject(v.entriesFromList(METRICS, gauge)),
});

const processRow = v.strictObject({
  gpu: text,
  pid: number,
  user: v.exactOptional(text),
  name: v.exactOptional(text),
  memoryMiB: v.exactOptional(number),
  elapsedSeconds: v.exactOptional(number),
});

/** One property: a cell per GPU, in the order of `columns`. */
const detailRow = v.strictObject({ label: text, cells: gpuList(text) });
const migRow = v.strictObject({
  gpu: text,
  name: text,
  memoryUsedMiB: v.exactOptional(number),
  memoryTotalMiB: v.exactOptional(number),
});

const healthView = v.strictObject({
  environmentId: id,
  name: text,
  origin: text,
  status,
  actions: v.array(v.strictObject({ action: v.picklist(ACTIONS), text, primary: v.boolean() })),
  /** Why there is nothing to read, and the way out. */
  trouble: v.exactOptional(v.strictObject({ severity, title: text, explanation: text, nextStep: text })),
  problems: rows(problem),
  /** What was looked at to say that there is no problem; absent while nothing was. */
  checked: v.exactOptional(text),
  gpus: gpuList(gpuCard),
  processes: v.strictObject({ rows: rows(processRow), note: v.exactOptional(text) }),
  details: v.strictObject({
    host: v.array(v.strictObject({ label: text, value: text })),
    columns: gpuList(text),
    rows: v.array(detailRow),
    mig: rows(migRow),
    note: v.exactOptional(text),
  }),
});

/** Points of all metrics on one grid: `startMs + i * stepMs`. `null` is a gap. Outer array: GPUs, as in `gpus`. */
const points = v.pipe(v.array(v.nullable(number)), v.maxLength(MAX_POINTS));
const historyBlock = v.strictObject({
  startMs: number,
  stepMs: v.pipe(number, v.minValue(1)),
  gpus: gpuList(v.strictObject({ key: id, label: text })),
  series: v.strictObject(v.entriesFromList(METRICS, gpuList(points))),
});

const fleetRow = v.strictObject({
  environmentId: id,
  name: text,
  origin: text,
  gpus: text,
  status,
  problems: number,
  worst: v.exactOptional(severity),
  /** The title of the worst problem or the trouble of the host, for the tooltip and the filter. */
  remark: v.exactOptional(text),
  busyPercent: gauge,
  memory: gauge,
  hottestC: gauge,
  powerW: gauge,
});

const tile = v.strictObject({ label: text, value: number, of: v.exactOptional(number), tone });

const labels = v.strictObject(v.entriesFromList(LABEL_KEYS, text));

const hostMessage = v.variant("type", [
  /** First after "ready". `now` lets the page show ages although its own clock may differ. */
  v.strictObject({ type: v.literal("start"), labels, locale: v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{2,35}$/)) }),
  v.strictObject({ type: v.literal("health"), now: number, view: healthView }),
  /** Replaces the history. */
  v.strictObject({ type: v.literal("history"), block: historyBlock }),
  /** Replaces what the page has from `block.startMs` on, for the same GPUs. */
  v.strictObject({ type: v.literal("points"), block: historyBlock }),
  /** All rows, and whether there may be more once all environments have been listed for the first time. */
  v.strictObject({
    type: v.literal("fleet"),
    now: number,
    tiles: v.array(tile),
    rows: rows(fleetRow),
    isListing: v.boolean(),
  }),
  /** The rows that changed. */
  v.strictObject({ type: v.literal("fleet-rows"), now: number, tiles: v.array(tile), rows: rows(fleetRow) }),
]);

const webviewMessage = v.variant("type", [
  v.strictObject({ type: v.literal("ready") }),
  v.strictObject({ type: v.literal("action"), action: v.picklist(ACTIONS) }),
  v.strictObject({ type: v.literal("show-health"), environmentId: id }),
  v.strictObject({ type: v.literal("show-fleet") }),
  /** The fleet rows on screen: those are sampled often, the others now and then. */
  v.strictObject({ type: v.literal("shown"), environmentIds: v.pipe(v.array(id), v.maxLength(100)) }),
]);

/** What a page keeps in `setState` and gets back when VS Code restores its panel. */
const savedState = v.object({ environmentId: v.exactOptional(id) });

export type HostMessage = v.InferOutput<typeof hostMessage>;
export type WebviewMessage = v.InferOutput<typeof webviewMessage>;
export type Labels = v.InferOutput<typeof labels>;
export type HealthView = v.InferOutput<typeof healthView>;
export type Status = v.InferOutput<typeof status>;
export type Tone = v.InferOutput<typeof tone>;
export type Gauge = v.InferOutput<typeof gauge>;
export type GpuCard = v.InferOutput<typeof gpuCard>;
export type ProblemView = v.InferOutput<typeof problem>;
export type ProcessRow = v.InferOutput<typeof processRow>;
export type DetailsView = HealthView["details"];
export type HistoryBlock = v.InferOutput<typeof historyBlock>;
export type FleetRow = v.InferOutput<typeof fleetRow>;
export type Tile = v.InferOutput<typeof tile>;

/** Undefined for anything that is not exactly one of the messages. Never throws. */
export function parseHostMessage(raw: unknown): HostMessage | undefined {
  const result = v.safeParse(hostMessage, raw);
  return result.success ? result.output : undefined;
}

/** Undefined for anything that is not exactly one of the messages. Never throws. */
export function parseWebviewMessage(raw: unknown): WebviewMessage | undefined {
  const result = v.safeParse(webviewMessage, raw);
  return result.success ? result.output : undefined;
}

/** The environment a saved page showed; undefined for the fleet and for a state of another version. */
export function savedEnvironmentId(raw: unknown): string | undefined {
  const result = v.safeParse(savedState, raw);
  return result.success ? result.output.environmentId : undefined;
}

/** The link if a page may show it: https, and a plain host name. */
export function safeLink(raw: string | undefined): string | undefined {
  return raw !== undefined && v.is(link, raw) ? raw : undefined;
}
