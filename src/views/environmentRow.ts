import { canAnswer, type Environment, type Fact, type GpuSpec, type LifecycleState } from "../core/environment.ts";
import type { ErrorCode, GpuDevError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import type { Sentence } from "../core/sentence.ts";
import type { GpuProblem } from "../gpu/problem.ts";
import type { GpuSample } from "../gpu/reading.ts";
import { gpuCount } from "../gpu/gpuCount.ts";
import type { Interruption } from "../health/interruptions.ts";
import type { Watch } from "../health/watch.ts";
import type { Format } from "../ui/format.ts";
import { costLines, costWords } from "./billingWords.ts";
import { interruptionLines, interruptionWords } from "./interruptionWords.ts";
import { powerContext, powerLines } from "./powerWords.ts";
import type { Row, RowIcon, Say } from "./row.ts";

/** What the row of an environment is made from. */
export interface EnvironmentSight {
  readonly environment: Environment;
  readonly watch: Watch;
  /** GPUs last seen there, or as the platform says. */
  readonly spec: GpuSpec | undefined;
  readonly problems: readonly GpuProblem[];
  /** That the platform is about to take it back. */
  readonly interruption?: Interruption | undefined;
  /** True where the editor window itself is connected to this environment. */
  readonly here: boolean;
  /** True where it is pinned to the status bar. */
  readonly pinned: boolean;
  readonly now: number;
}

/** The words and numbers of this editor's language. */
export interface Speech {
  readonly say: Say;
  readonly localize: (sentence: Sentence) => string;
  readonly format: Format;
}

export function environmentRow(sight: EnvironmentSight, speech: Speech): Row {
  const { environment } = sight;
  const label = plainText(environment.name);
  const coming = comingInterruption(sight);
  const parts = [
    coming !== undefined && interruptionWords(coming, sight.now, speech.say),
    gpuCount(sight.watch.last, sight.spec),
    ...(canAnswer(environment) ? statusWords(sight, speech) : [stateWords(environment, speech)]),
    environment.state === "unknown" && sight.watch.kind !== "idle" && stateWords(environment, speech),
    environment.interruptible === true && speech.say("spot"),
    costWords(environment, speech),
    sight.here && speech.say("this window"),
  ].filter(isText);
  return {
    label,
    description: parts.join(" · "),
    tooltip: () => tooltip(sight, speech, parts),
    icon: icon(sight),
    spoken: `${[label, speech.localize(environment.kind), ...parts].join(", ")}.`,
    context: context(sight),
    expandable: true,
  };
}

/** Whether the row of the one is that of the other: made from the same, and telling of no time that has gone by. */
export function isSameSight(one: EnvironmentSight, other: EnvironmentSight): boolean {
  return (
    one.environment === other.environment &&
    one.watch === other.watch &&
    one.watch.last === undefined &&
    one.spec === other.spec &&
    one.problems === other.problems &&
    one.interruption === other.interruption &&
    one.interruption === undefined &&
    one.here === other.here &&
    one.pinned === other.pinned
  );
}

/** Once the platform reports another state, that is what is to be said. */
function comingInterruption({ environment, interruption }: EnvironmentSight): Interruption | undefined {
  return canAnswer(environment) ? interruption : undefined;
}

/** The mean over the GPUs that report it; undefined where none does, as with MIG. */
export function busyPercent(sample: GpuSample): number | undefined {
  const values = sample.gpus.flatMap((gpu) => (gpu.utilizationPercent === undefined ? [] : [gpu.utilizationPercent]));
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What the platform says of a machine that is not asked itself, or calls by a word that we do not know. */
export function stateWords({ state, activity }: Environment, { say, localize }: Speech): string | false {
  const own = typeof activity === "string" ? plainText(activity) : activity && localize(activity);
  return own ?? STATE_WORDS[state](say);
}

const STATE_WORDS: Readonly<Record<LifecycleState, (say: Say) => string | false>> = {
  running: (say) => say("running"),
  stopped: (say) => say("stopped"),
  hibernated: (say) => say("hibernated"),
  transitioning: (say) => say("changing state…"),
  queued: (say) => say("queued"),
  failed: (say) => say("failed"),
  unknown: (say) => say("unknown state"),
  unmanaged: () => false,
};

function statusWords(sight: EnvironmentSight, speech: Speech): readonly (string | false)[] {
  const { watch, now, environment } = sight;
  const { say, format } = speech;
  const age = watch.last && format.age(now - watch.last.at);
  switch (watch.kind) {
    case "idle":
      return [stateWords(environment, speech), age ? say("seen {0}", age) : false];
    case "connecting":
      return [say("connecting…")];
    case "live": {
      const busy = busyPercent(watch.last);
      return [busy === undefined ? say("use not reported") : format.percent(busy), problemCount(sight.problems, say)];
    }
    case "no-reading":
      return [brief(watch.error, say)];
    case "unreachable":
      return [brief(watch.error, say), age ? say("seen {0}", age) : false];
  }
}

export function problemCount(problems: readonly GpuProblem[], say: Say): string | false {
  const trouble = problems.filter((problem) => problem.severity !== "information").length;
  if (trouble === 0) return false;
  return trouble === 1 ? say("1 problem") : say("{0} problems", trouble);
}

/** The reason in two or three words; the tooltip has the whole sentence. */
export function brief(error: GpuDevError, say: Say): string {
  return BRIEF[error.code](say);
}

const BRIEF: Readonly<Record<ErrorCode, (say: Say) => string>> = {
  unreachable: (say) => say("unreachable"),
  timeout: (say) => say("does not answer"),
  "host-key-unknown": (say) => say("host key not verified"),
  "host-key-changed": (say) => say("HOST KEY CHANGED"),
  authentication: (say) => say("sign-in needed"),
  configuration: (say) => say("configuration error"),
  "missing-tool": (say) => say("program missing"),
  "no-driver": (say) => say("no NVIDIA driver"),
  "remote-command": (say) => say("command failed"),
  "no-gpu": (say) => say("no NVIDIA GPU"),
  driver: (say) => say("driver problem"),
  "unreadable-answer": (say) => say("unreadable answer"),
  unsupported: (say) => say("not supported"),
  permission: (say) => say("no permission"),
  storage: (say) => say("storage error"),
  busy: (say) => say("busy"),
  quota: (say) => say("quota reached"),
  capacity: (say) => say("no capacity"),
  throttled: (say) => say("asked to wait"),
  "not-found": (say) => say("not found"),
  conflict: (say) => say("changed meanwhile"),
  "invalid-request": (say) => say("refused"),
  clock: (say) => say("clock is wrong"),
};

function tooltip(sight: EnvironmentSight, speech: Speech, parts: readonly string[]): string[] {
  const { say, localize, format } = speech;
  const { environment, watch, spec, problems, now } = sight;
  const coming = comingInterruption(sight);
  const failure =
    watch.kind === "unreachable" || watch.kind === "no-reading"
      ? [plainText(localize(watch.error.sentence), 1_500)]
      : [];
  const memory =
    spec?.memoryMiBPerGpu === undefined ? [] : [say("Memory per GPU: {0}", format.memory(spec.memoryMiBPerGpu))];
  return [
    [plainText(environment.name), ...parts].join(" · "),
    ...(coming ? interruptionLines(coming, now, speech) : []),
    ...failure,
    ...(spec ? [say("GPUs: {0}× {1}", spec.count, plainText(spec.model))] : []),
    ...memory,
    ...problems.map((problem) => plainText(localize(problem.title), 300)),
    say("Kind: {0}", localize(environment.kind)),
    ...(environment.group === "" ? [] : [say("From: {0}", plainText(environment.group))]),
    ...(watch.last ? [say("Last reading: {0}", format.age(now - watch.last.at))] : []),
    ...(environment.state === "unmanaged" ? [] : managedLines(environment, now, speech)),
  ];
}

/** What only a platform can tell. */
function managedLines(environment: Environment, now: number, speech: Speech): readonly string[] {
  const { localize } = speech;
  return [
    ...costLines(environment, now, speech),
    ...(environment.facts ?? []).map(({ label, value }) => `${localize(label)}: ${textOf(value, speech)}`),
    ...Object.entries(environment.tags).map(([key, value]) => `${plainText(key)} = ${plainText(value)}`),
    ...powerLines(environment, speech),
  ];
}

function textOf(value: Fact["value"], { localize, format }: Speech): string {
  if (typeof value === "string") return plainText(value);
  return "at" in value ? format.time(value.at) : localize(value);
}

function icon(sight: EnvironmentSight): RowIcon {
  const { environment } = sight;
  if (comingInterruption(sight)) return { codicon: "warning", color: "problemsWarningIcon.foreground" };
  if (canAnswer(environment)) return watchIcon(sight);
  return STATE_ICONS[environment.state] ?? { codicon: "vm-outline" };
}

function watchIcon({ watch, problems }: EnvironmentSight): RowIcon {
  switch (watch.kind) {
    case "idle":
      return { codicon: "vm-outline" };
    case "connecting":
      return { codicon: "loading~spin" };
    case "live":
      return problems.some((problem) => problem.severity === "critical")
        ? { codicon: "error", color: "problemsErrorIcon.foreground" }
        : problemsIcon(problems);
    case "no-reading":
      return isWithoutGpu(watch.error.code)
        ? { codicon: "vm" }
        : { codicon: "warning", color: "problemsWarningIcon.foreground" };
    case "unreachable":
      return UNREACHABLE_ICONS[watch.error.code] ?? { codicon: "debug-disconnect", color: "disabledForeground" };
  }
}

const STATE_ICONS: Readonly<Partial<Record<LifecycleState, RowIcon>>> = {
  hibernated: { codicon: "debug-pause", color: "disabledForeground" },
  stopped: { codicon: "debug-stop", color: "disabledForeground" },
  transitioning: { codicon: "loading~spin" },
  queued: { codicon: "watch" },
  failed: { codicon: "error", color: "problemsErrorIcon.foreground" },
};

/** Nothing is wrong with a machine that simply has no GPU. */
function isWithoutGpu(code: ErrorCode): boolean {
  return code === "no-gpu" || code === "no-driver";
}

function problemsIcon(problems: readonly GpuProblem[]): RowIcon {
  return problems.some((problem) => problem.severity === "warning")
    ? { codicon: "warning", color: "problemsWarningIcon.foreground" }
    : { codicon: "vm-running", color: "testing.iconPassed" };
}

const UNREACHABLE_ICONS: Readonly<Partial<Record<ErrorCode, RowIcon>>> = {
  "host-key-unknown": { codicon: "key" },
  "host-key-changed": { codicon: "shield", color: "problemsErrorIcon.foreground" },
  authentication: { codicon: "lock" },
  configuration: { codicon: "warning", color: "problemsWarningIcon.foreground" },
};

/** What only the user can cure: these rows carry the Reconnect button. */
const NEEDS_USER: ReadonlySet<ErrorCode> = new Set(["host-key-unknown", "authentication", "unreachable", "timeout"]);

function context({ environment, watch, pinned }: EnvironmentSight): readonly string[] {
  const ssh = environment.reach === "ssh";
  const failed = watch.kind === "unreachable" ? watch.error.code : undefined;
  return [
    "environment",
    ...(canAnswer(environment) ? ["answers", ...(ssh ? ["ssh"] : [])] : []),
    ...(pinned ? ["pinned"] : []),
    ...(environment.state === "unmanaged" ? (ssh ? ["hideable"] : []) : powerContext(environment)),
    ...(failed !== undefined && NEEDS_USER.has(failed) ? ["needsUser"] : []),
    ...(failed === "host-key-changed" ? ["changedKey"] : []),
  ];
}

export function isText(part: string | false | undefined): part is string {
  return typeof part === "string" && part !== "";
}
