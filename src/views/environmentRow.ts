import type { Environment, GpuSpec } from "../core/environment.ts";
import type { ErrorCode, GpuDevError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import type { Sentence } from "../core/sentence.ts";
import type { GpuProblem } from "../gpu/problem.ts";
import type { GpuSample } from "../gpu/reading.ts";
import { gpuCount } from "../gpu/gpuCount.ts";
import type { Watch } from "../health/watch.ts";
import type { Format } from "../ui/format.ts";
import type { Row, RowIcon, Say } from "./row.ts";

/** What the row of an environment is made from. */
export interface EnvironmentSight {
  readonly environment: Environment;
  readonly watch: Watch;
  /** GPUs last seen there, or as the platform says. */
  readonly spec: GpuSpec | undefined;
  readonly problems: readonly GpuProblem[];
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
  const status = statusWords(sight, speech);
  const parts = [gpuCount(sight.watch.last, sight.spec), ...status, sight.here && speech.say("this window")].filter(
    isText,
  );
  return {
    id: environment.id,
    label,
    description: parts.join(" · "),
    tooltip: tooltip(sight, speech, parts),
    icon: icon(sight),
    spoken: `${[label, speech.localize(environment.kind), ...parts].join(", ")}.`,
    context: context(sight),
    expandable: true,
  };
}

/** The mean over the GPUs that report it; undefined where none does, as with MIG. */
export function busyPercent(sample: GpuSample): number | undefined {
  const values = sample.gpus.flatMap((gpu) => (gpu.utilizationPercent === undefined ? [] : [gpu.utilizationPercent]));
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function statusWords(sight: EnvironmentSight, speech: Speech): readonly (string | false)[] {
  const { watch, now } = sight;
  const { say, format } = speech;
  const age = watch.last && format.age(now - watch.last.at);
  switch (watch.kind) {
    case "idle":
      return [age ? say("seen {0}", age) : false];
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
  "missing-tool": (say) => say("ssh is missing"),
  "no-driver": (say) => say("no NVIDIA driver"),
  "remote-command": (say) => say("command failed"),
  "no-gpu": (say) => say("no NVIDIA GPU"),
  driver: (say) => say("driver problem"),
  "unreadable-answer": (say) => say("unreadable answer"),
  unsupported: (say) => say("not supported"),
  permission: (say) => say("no permission"),
  storage: (say) => say("storage error"),
  busy: (say) => say("busy"),
};

function tooltip(sight: EnvironmentSight, { say, localize, format }: Speech, parts: readonly string[]): string[] {
  const { environment, watch, spec, problems, now } = sight;
  const failure =
    watch.kind === "unreachable" || watch.kind === "no-reading" ? [plainText(localize(watch.error.sentence), 600)] : [];
  const memory =
    spec?.memoryMiBPerGpu === undefined ? [] : [say("Memory per GPU: {0}", format.memory(spec.memoryMiBPerGpu))];
  return [
    [plainText(environment.name), ...parts].join(" · "),
    ...failure,
    ...(spec ? [say("GPUs: {0}× {1}", spec.count, plainText(spec.model))] : []),
    ...memory,
    ...problems.map((problem) => plainText(localize(problem.title), 300)),
    say("Kind: {0}", localize(environment.kind)),
    ...(environment.group === "" ? [] : [say("From: {0}", plainText(environment.group))]),
    ...(watch.last ? [say("Last reading: {0}", format.age(now - watch.last.at))] : []),
  ];
}

function icon({ watch, problems }: EnvironmentSight): RowIcon {
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
    ...(ssh ? ["ssh"] : []),
    ...(pinned ? ["pinned"] : []),
    ...(environment.state === "unmanaged" && ssh ? ["hideable"] : []),
    ...(failed !== undefined && NEEDS_USER.has(failed) ? ["needsUser"] : []),
    ...(failed === "host-key-changed" ? ["changedKey"] : []),
  ];
}

function isText(part: string | false | undefined): part is string {
  return typeof part === "string" && part !== "";
}
