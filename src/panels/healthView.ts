import { sentence, type Sentence } from "../core/sentence.ts";
import type { Environment } from "../core/environment.ts";
import { plainText } from "../core/plainText.ts";
import { hostProblems } from "../gpu/hostChecks.ts";
import type { GpuProblem } from "../gpu/problem.ts";
import type { GpuHistory, HostDetail, Watch } from "../health/watch.ts";
import { toDetailsView } from "./detailsView.ts";
import { toGpuCards } from "./gpuCards.ts";
import type { Localize } from "./labels.ts";
import { toProcessesView } from "./processesView.ts";
import { safeLink, type Action, type HealthView, type ProblemView, type Status } from "./protocol.ts";
import { toMissing, toOrigin, toStreamStatus, toTrouble } from "./status.ts";
import { SEVERITIES, SEVERITY_ORDER, tell } from "./words.ts";

/** Everything that is known of one host at one moment. */
export interface HostHealth {
  readonly environmentId: string;
  /** Undefined while the environment is not listed: not yet, or no longer. */
  readonly environment: Environment | undefined;
  /** Whether it may still be listed for the first time. */
  readonly isListing: boolean;
  /** Wall-clock milliseconds. */
  readonly now: number;
  readonly watch: Watch;
  readonly history: GpuHistory | undefined;
  readonly detail: HostDetail | undefined;
  readonly problems: readonly GpuProblem[];
  /** That the platform is about to take it back: shown before the problems of its GPUs. */
  readonly interruption?: readonly GpuProblem[];
}

/** What the health page shows of a host. Every number in it was measured; what was not has its reason. */
export function toHealthView(host: HostHealth, localize: Localize): HealthView {
  const { environment, watch, detail } = host;
  const sample = watch.last;
  const status = toHostStatus(host, localize);
  const checked = toChecked(host, status, localize);
  const trouble = isDiagnosed(host) ? undefined : toTrouble(watch, localize);
  return {
    environmentId: host.environmentId,
    name: plainText(environment?.name ?? host.environmentId),
    origin: environment === undefined ? "" : toOrigin(environment, localize),
    status,
    actions: toActions(environment, watch, localize),
    ...(trouble === undefined ? {} : { trouble }),
    problems: toProblems(host, localize),
    ...(checked === undefined ? {} : { checked }),
    gpus: toGpuCards(sample, detail?.details, host.history?.gpus ?? [], localize),
    processes: toProcessesView(detail, sample, localize),
    details: toDetailsView(detail, localize),
  };
}

function toHostStatus({ environment, isListing, watch, now }: HostHealth, localize: Localize): Status {
  if (environment === undefined) return toMissing(isListing, watch, localize);
  return toStreamStatus(environment, watch, localize, now);
}

/** The diagnosis knows more of a failed reading than the failure itself: then it is said once. */
function isDiagnosed({ watch, problems }: HostHealth): boolean {
  if (watch.kind !== "no-reading") return false;
  const known = new Set(hostProblems(watch.error, undefined).map(({ id }) => id));
  return problems.some(({ id }) => known.has(id));
}

/** Most severe first, in the order of their GPUs; but nothing is as pressing as the end of the machine. */
function toProblems({ problems, interruption = [] }: HostHealth, localize: Localize): ProblemView[] {
  const rank = (problem: GpuProblem): number => SEVERITY_ORDER.indexOf(problem.severity);
  const sorted = [...problems].sort(
    (left, right) => rank(left) - rank(right) || (left.gpuIndex ?? -1) - (right.gpuIndex ?? -1),
  );
  return [...interruption, ...sorted].map((problem) => toProblemView(problem, localize));
}

function toProblemView(problem: GpuProblem, localize: Localize): ProblemView {
  const link = safeLink(problem.link);
  return {
    id: problem.id,
    severity: problem.severity,
    severityText: tell(localize, SEVERITIES[problem.severity]),
    title: tell(localize, problem.title),
    explanation: tell(localize, problem.explanation),
    nextStep: tell(localize, problem.nextStep),
    ...(link === undefined ? {} : { link }),
  };
}

/** Says only what was really looked at, and what was not: "no problems" must not mean more than was measured. */
function toChecked({ watch, detail }: HostHealth, { tone }: Status, localize: Localize): string | undefined {
  const count = watch.last?.gpus.length ?? 0;
  if (tone !== "live" || count === 0) return undefined;
  const checks = checksOf(detail);
  const list = (done: boolean): string =>
    checks.flatMap((check) => (check.done === done ? [tell(localize, check.name)] : [])).join(", ");
  const missed = list(false);
  const notes = [detail?.detailsNote, detail?.kernelLogNote].filter((note) => note !== undefined);
  return [
    tell(
      localize,
      count === 1
        ? sentence("Checked on one GPU: {0}.", list(true))
        : sentence("Checked on {0} GPUs: {1}.", count, list(true)),
    ),
    ...(missed === "" ? [] : [tell(localize, sentence("Not checked: {0}.", missed))]),
    ...notes.map((note) => tell(localize, note.sentence)),
  ].join(" ");
}

function checksOf(detail: HostDetail | undefined): readonly { readonly name: Sentence; readonly done: boolean }[] {
  const hasReport = detail?.details !== undefined;
  const hasLog = detail?.kernelLog !== undefined && detail.kernelLogNote === undefined;
  return [
    { name: sentence("temperature"), done: true },
    { name: sentence("power"), done: true },
    { name: sentence("clocks"), done: true },
    { name: sentence("ECC errors"), done: hasReport },
    { name: sentence("remapped rows"), done: hasReport },
    { name: sentence("recovery advice"), done: hasReport },
    { name: sentence("XID messages"), done: hasLog },
  ];
}

function toActions(environment: Environment | undefined, watch: Watch, localize: Localize): HealthView["actions"] {
  if (environment === undefined) return [];
  const isSsh = environment.reach === "ssh";
  const button = (action: Action, text: Sentence): ActionView => ({
    action,
    text: tell(localize, text),
    primary: action === "reconnect" && !isKeyChanged(watch),
  });
  return [
    ...(isSsh && isKeyChanged(watch) ? [button("trust-changed-host-key", sentence("Trust Changed Host Key…"))] : []),
    ...(isDown(watch) ? [button("reconnect", sentence("Reconnect"))] : []),
    button("open-terminal", sentence("Open Terminal")),
    ...(isSsh ? [button("connect", sentence("Connect in New Window"))] : []),
  ];
}

type ActionView = HealthView["actions"][number];

function isDown(watch: Watch): boolean {
  return watch.kind === "unreachable" || watch.kind === "no-reading";
}

/** What to do is no matter of course then: neither trusting the key nor trying once more is put first. */
function isKeyChanged(watch: Watch): boolean {
  return watch.kind === "unreachable" && watch.error.code === "host-key-changed";
}
