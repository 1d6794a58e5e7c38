import { sentence, type Sentence } from "../core/sentence.ts";
import { plainText } from "../core/plainText.ts";
import type { GpuProcess, GpuReading, GpuSample } from "../gpu/reading.ts";
import { gpuKey } from "../gpu/gpuKey.ts";
import type { HostDetail } from "../health/watch.ts";
import { gpuLabel } from "./gpuCards.ts";
import type { Localize } from "./labels.ts";
import type { HealthView, ProcessRow } from "./protocol.ts";
import { tell } from "./words.ts";

/** The driver and the contexts it keeps hold several hundred MiB themselves; only more than this has an owner. */
const UNOWNED_MIB_PER_GPU = 1_536;

/** Who uses the GPUs, the largest share of memory first, and what the list cannot show. */
export function toProcessesView(
  detail: HostDetail | undefined,
  sample: GpuSample | undefined,
  localize: Localize,
): HealthView["processes"] {
  const { processes, processesNote, details } = detail ?? {};
  const gpus = sample?.gpus;
  const told = processesNote?.sentence ?? toNote(processes, gpus);
  const note = told === undefined ? {} : { note: tell(localize, told) };
  const rows = processes?.map((process) => toRow(process, gpus ?? details?.gpus, localize)).sort(byMemory);
  return { rows: rows ?? [], ...note };
}

function byMemory(left: ProcessRow, right: ProcessRow): number {
  return (right.memoryMiB ?? 0) - (left.memoryMiB ?? 0) || left.pid - right.pid;
}

function toRow(process: GpuProcess, gpus: readonly GpuReading[] | undefined, localize: Localize): ProcessRow {
  const { pid, gpuUuid, name, user, usedMemoryMiB, elapsedSeconds } = process;
  const gpu = gpus?.find((reading) => gpuUuid !== undefined && gpuKey(reading) === gpuUuid);
  return {
    gpu: gpu === undefined ? plainText(gpuUuid ?? "–", 60) : gpuLabel(gpu, localize),
    pid,
    ...(name === undefined ? {} : { name: plainText(name, 200) }),
    ...(user === undefined ? {} : { user: plainText(user, 100) }),
    ...(usedMemoryMiB === undefined ? {} : { memoryMiB: usedMemoryMiB }),
    ...(elapsedSeconds === undefined ? {} : { elapsedSeconds }),
  };
}

/** What the list does not show. */
function toNote(
  processes: readonly GpuProcess[] | undefined,
  gpus: readonly GpuReading[] | undefined,
): Sentence | undefined {
  if (processes === undefined) return sentence("The processes have not been read yet.");
  const hidden = hiddenMiB(processes, gpus ?? []);
  if (hidden === 0) return undefined;
  const gib = (hidden / 1024).toFixed(1);
  return sentence(
    "{0} GiB are used by processes this list does not show: they belong to another container or user, whose process ids are hidden from this session.",
    gib,
  );
}

/** Memory in use that no listed process owns. Unknown, hence 0, as soon as one process hides its share. */
function hiddenMiB(processes: readonly GpuProcess[], gpus: readonly GpuReading[]): number {
  if (processes.some(({ usedMemoryMiB }) => usedMemoryMiB === undefined)) return 0;
  const owned = new Map<string, number>();
  for (const { gpuUuid = "", usedMemoryMiB = 0 } of processes) {
    owned.set(gpuUuid, (owned.get(gpuUuid) ?? 0) + usedMemoryMiB);
  }
  const unowned = gpus.map((gpu) => (gpu.memoryUsedMiB ?? 0) - (owned.get(gpuKey(gpu)) ?? 0));
  return unowned.filter((mib) => mib > UNOWNED_MIB_PER_GPU).reduce((sum, mib) => sum + mib, 0);
}
