import type { Environment } from "../core/environment.ts";
import { plainText } from "../core/plainText.ts";
import type { GpuProblem } from "../gpu/problem.ts";
import type { GpuHistory, HostDetail, Watch } from "../health/watch.ts";
import { toDetailsView } from "./detailsView.ts";
import { toGpuCards } from "./gpuCards.ts";
import type { Localize } from "./labels.ts";
import { toProcessesView } from "./processesView.ts";
import { safeLink, type HealthView, type ProblemView } from "./protocol.ts";
import { toStatus, toTrouble } from "./status.ts";
import { say, SEVERITIES, SEVERITY_ORDER, tell } from "./words.ts";

/** Everything that is known of one host at one moment. */
export interface HostHealth {
  readonly environmentId: string;
  /** Undefined once the environment is no longer listed. */
  readonly environment: Environment | undefined;
  readonly watch: Watch;
  readonly history: GpuHistory | undefined;
  readonly detail: HostDetail | undefined;
  readonly problems: readonly GpuProblem[];
}

/** What the health page shows of a host. Every number in it was measured; what was not has its reason. */
export function toHealthView(host: HostHealth, localize: Localize): HealthView {
  const { environment, watch, detail } = host;
  const sample = watch.last;
  const checked = toChecked(host, localize);
  const trouble = toTrouble(watch, localize);
  return {
    environmentId: host.environmentId,
    name: plainText(environment?.name ?? host.environmentId),
    origin: environment === undefined ? "" : plainText(`${environment.kind} · ${environment.group}`),
    status: toStatus(environment, watch, localize),
    actions: toActions(environment, watch, localize),
    ...(trouble === undefined ? {} : { trouble }),
    problems: toProblems(host.problems, localize),
    ...(checked === undefined ? {} : { checked }),
    gpus: toGpuCards(sample, detail?.details, host.history?.gpuKeys ?? [], localize),
    processes: toProcessesView(detail, sample, localize),
    details: toDetailsView(detail, localize),
  };
}

/** Most severe first, in the order of their GPUs. */
function toProblems(problems: readonly GpuProblem[], localize: Localize): ProblemView[] {
  const rank = (problem: GpuProblem): number => SEVERITY_ORDER.indexOf(problem.severity);
  const sorted = [...problems].sort(
    (left, right) => rank(left) - rank(right) || (left.gpuIndex ?? -1) - (right.gpuIndex ?? -1),
  );
  return sorted.map((problem) => toProblemView(problem, localize));
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
    ...(problem.gpuIndex === undefined ? {} : { gpu: say(localize, "GPU {0}", problem.gpuIndex) }),
    ...(link === undefined ? {} : { link }),
  };
}

/** Says only what was really looked at, so that "no problems" is not more than was measured. */
function toChecked({ watch, detail }: HostHealth, localize: Localize): string | undefined {
  if (watch.kind !== "live" || watch.last.gpus.length === 0) return undefined;
  const count = watch.last.gpus.length;
  if (detail?.details === undefined) {
    return say(
      localize,
      "Checked on {0} GPUs: temperature, power and clocks. The full report is not there yet.",
      count,
    );
  }
  return say(
    localize,
    "Checked on {0} GPUs: temperature, power, clocks, ECC errors, remapped rows and the driver's own recovery advice.",
    count,
  );
}

function toActions(environment: Environment | undefined, watch: Watch, localize: Localize): HealthView["actions"] {
  if (environment === undefined) return [];
  const isDown = watch.kind === "unreachable" || watch.kind === "no-reading";
  const reconnect = { action: "reconnect" as const, text: say(localize, "Reconnect"), primary: true };
  return [
    ...(isDown ? [reconnect] : []),
    { action: "open-terminal", text: say(localize, "Open Terminal"), primary: false },
    { action: "connect", text: say(localize, "Connect in New Window"), primary: false },
  ];
}
