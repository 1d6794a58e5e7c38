import type { GpuDevError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import { sentence, type Sentence } from "../core/sentence.ts";
import type { GpuDetails } from "./details.ts";
import { findingsOf, isLost, type Subject } from "./gpuChecks.ts";
import { hostProblems, missingGpus } from "./hostChecks.ts";
import type { XidEvent } from "./kernelLog.ts";
import type { GpuProblem, Severity } from "./problem.ts";
import { unreachableGpu } from "./notices.ts";
import type { GpuSample } from "./reading.ts";
import { xid, XID_LINK, type XidFault } from "./xid.ts";

/** Everything known of one host's GPUs; what is absent has not been asked or could not be read. */
export interface DiagnosisInput {
  readonly sample?: GpuSample;
  readonly details?: GpuDetails;
  /** Newest first, as `kernelLogProbe` gives it. */
  readonly kernelLog?: readonly XidEvent[];
  /** Of the last probe, if it failed. */
  readonly error?: GpuDevError;
  /** How many GPUs the host had before, or its platform says it has. */
  readonly expectedCount?: number;
  /** How long a running nvidia-smi has printed nothing. */
  readonly stalledForMs?: number;
}

const RANK: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, information: 2 };

/** What is wrong, worst first; among equals, the host before its GPUs, and the newest XID before older ones. */
export function diagnose(input: DiagnosisInput): readonly GpuProblem[] {
  const places = placesOf(input);
  const all = [
    ...hostProblems(input.error, input.stalledForMs),
    ...countProblems(input),
    ...xidProblems(input.kernelLog ?? [], places),
    ...noticeProblems(input.sample?.notices ?? [], places),
    ...gpuProblems(input, places),
  ];
  // A reading and the detailed report may both tell the same.
  const unique = new Map<string, GpuProblem>();
  for (const problem of all) if (!unique.has(problem.id)) unique.set(problem.id, problem);
  return [...unique.values()].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}

/** Bus ids to the numbers users know the GPUs by. */
type Places = ReadonlyMap<string, number>;

function placesOf({ sample, details }: DiagnosisInput): Places {
  const places = new Map<string, number>();
  for (const { busId, index } of [...(details?.gpus ?? []), ...(sample?.gpus ?? [])]) {
    if (busId !== undefined && index !== undefined) places.set(busId, index);
  }
  return places;
}

function countProblems({ sample, expectedCount, error }: DiagnosisInput): readonly GpuProblem[] {
  const seen = sample?.gpus.length ?? 0;
  if (!sample || error || expectedCount === undefined || seen >= expectedCount) return [];
  // That a GPU cannot be opened says more than that one is missing.
  const named = new Set(sample.notices.flatMap((notice) => unreachableGpu(notice)?.busId ?? []));
  for (const { busId } of sample.gpus) if (busId !== undefined) named.delete(busId);
  return seen + named.size >= expectedCount ? [] : [missingGpus(seen, expectedCount)];
}

function gpuProblems({ sample, details }: DiagnosisInput, places: Places): readonly GpuProblem[] {
  const gone = new Set(sample?.gpus.filter(isLost).flatMap(({ uuid }) => uuid ?? []));
  // The report is older than the reading: what it says of a GPU that is lost by now no longer holds.
  const reported = (details?.gpus ?? []).filter(({ uuid }) => uuid === undefined || !gone.has(uuid));
  const subjects: readonly Subject[] = [...(sample?.gpus ?? []), ...reported];
  return subjects.flatMap((gpu) => {
    const index = gpu.index ?? (gpu.busId === undefined ? undefined : places.get(gpu.busId));
    const key = gpu.busId ?? gpu.uuid ?? String(index ?? "");
    return findingsOf(gpu, labelOf(index, gpu.busId)).map(({ kind, ...finding }) => ({
      id: `${kind} ${key}`.trim(),
      ...finding,
      ...(index === undefined ? {} : { gpuIndex: index }),
    }));
  });
}

/** A line about a GPU that cannot be opened stands where its reading would. */
function noticeProblems(notices: readonly string[], places: Places): readonly GpuProblem[] {
  return notices.flatMap((notice) => {
    const gpu = unreachableGpu(notice);
    if (gpu?.busId === undefined) return [];
    const index = gpu.index ?? places.get(gpu.busId);
    return findingsOf({ lost: notice, absent: {} }, labelOf(index, gpu.busId)).map(({ kind, ...finding }) => ({
      id: `${kind} ${gpu.busId}`,
      ...finding,
      evidence: plainText(notice, 300),
      ...(index === undefined ? {} : { gpuIndex: index }),
    }));
  });
}

const XID_TITLES: Readonly<Record<XidFault, (code: number, label: string) => Sentence>> = {
  application: (code, label) => sentence("XID {0} on GPU {1}, usually caused by a program", code, label),
  driver: (code, label) => sentence("XID {0} on GPU {1}, usually caused by the driver", code, label),
  hardware: (code, label) => sentence("XID {0} on GPU {1}, usually caused by the hardware", code, label),
  system: (code, label) => sentence("XID {0} on GPU {1}, usually caused by the machine's set-up", code, label),
};

/** One problem for each number and GPU: the newest of its entries stands for all. */
function xidProblems(log: readonly XidEvent[], places: Places): readonly GpuProblem[] {
  const newest = new Map<string, XidEvent>();
  for (const event of log) {
    const id = `xid-${event.xid} ${event.busId ?? ""}`.trim();
    if (!newest.has(id)) newest.set(id, event);
  }
  return [...newest].map(([id, event]) => {
    const index = event.busId === undefined ? undefined : places.get(event.busId);
    const evidence = plainText(`${event.time ?? ""} XID ${event.xid}: ${event.message}`, 300);
    return {
      id,
      ...decoded(event, labelOf(index, event.busId)),
      evidence,
      ...(index === undefined ? {} : { gpuIndex: index }),
    };
  });
}

function decoded({ xid: code, message }: XidEvent, label: string): Omit<GpuProblem, "id"> {
  const known = xid(code);
  if (known) {
    const { severity, meaning, nextStep, link, fault } = known;
    return { severity, title: XID_TITLES[fault](code, label), explanation: meaning, nextStep, link };
  }
  return {
    severity: "warning",
    title: sentence("XID {0} on GPU {1}", code, label),
    explanation: sentence("The driver reports: {0}", plainText(message, 200)),
    nextStep: sentence("Look the number up in NVIDIA's list of XID errors."),
    link: XID_LINK,
  };
}

function labelOf(index: number | undefined, busId: string | undefined): string {
  return index === undefined ? (busId ?? "?") : String(index);
}
