import { GpuDevError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import { sentence } from "../core/sentence.ts";
import { linesOf, MAX_ANSWER_LENGTH, tooLong, valueOf } from "./csv.ts";
import { nvidiaSmiError } from "./exitCodes.ts";
import { answerOf, framed, limited, section, sectionsOf, windowsCommand } from "./framing.ts";
import { parseNumber, parseText } from "./placeholder.ts";
import type { Probe } from "./probe.ts";
import type { GpuProcess, GpuSample } from "./reading.ts";

// The name is last: it may hold commas, and nvidia-smi does not quote.
const QUERY = ["--query-compute-apps=pid,gpu_uuid,used_memory,process_name", "--format=csv,nounits"];

/** A host with every GPU divided and shared runs some hundred. */
const MAX_PROCESSES = 10_000;

interface Owner {
  readonly user: string;
  readonly elapsedSeconds?: number;
}

/** The compute processes, with owner and age where the host tells. */
export function processesProbe(nonce: string): Probe<readonly GpuProcess[]> {
  return {
    command: (shell) => (shell === "windows" ? windowsCommand(QUERY) : framed(withOwners(nonce), nonce)),
    parse: (result) => {
      const { body, exitCode } = answerOf(result, nonce);
      const parts = sectionsOf(body, nonce);
      const listing = parts.get("") ?? "";
      const error = nvidiaSmiError(exitCode, exitCode === 0 ? "" : `${listing}\n${result.stderr}`);
      if (error) throw error;
      return parseProcesses(listing, parseOwners(parts.get("owners") ?? ""));
    },
  };
}

/**
 * The listing is printed as it came and read again for its process numbers. `printf %s` leaves a hostile name alone where
 * echo would not. The ps of busybox knows neither `etimes` nor `-p`: it lists all, without ages.
 */
function withOwners(nonce: string): string {
  return [
    `o=$(${limited(`nvidia-smi ${QUERY.join(" ")}`)}; exit $c)`,
    'c=$?; printf %s "$o"; echo',
    section(nonce, "owners"),
    '{ printf %s "$o"; echo; } | { l=; while IFS=, read -r p x; do case $p in [0-9]*) l="$l $p";; esac; done',
    'if [ -n "$l" ]; then ps -o pid= -o user:32= -o etimes= -p "$l" 2>/dev/null || ps -o pid= -o user= 2>/dev/null; fi; }',
  ].join("; ");
}

function parseProcesses(listing: string, owners: ReadonlyMap<number, Owner>): readonly GpuProcess[] {
  if (listing.length > MAX_ANSWER_LENGTH) throw tooLong();
  const lines = linesOf(listing);
  if (lines.length > MAX_PROCESSES) throw tooLong();
  const header = lines.find((line) => line.startsWith("pid, "))?.slice(0, 200) ?? "";
  const unit = /memory \[(\w{1,8})\]/.exec(header)?.[1];
  return lines.flatMap((line) => {
    const process = parseProcess(line, unit);
    return process ? [{ ...process, ...owners.get(process.pid) }] : [];
  });
}

function parseProcess(line: string, unit: string | undefined): GpuProcess | undefined {
  const [pid = "", uuid = "", memory = "", ...name] = line.split(", ");
  // The header begins with a word, and a line without its end has no name.
  if (!/^\d{1,10}$/.test(pid) || name.length === 0) return undefined;
  return {
    pid: Number(pid),
    ...optional("gpuUuid", valueOf(parseText(uuid))),
    ...optional("usedMemoryMiB", valueOf(parseNumber(memory, unit))),
    ...optional("name", baseName(name.join(", "))),
  };
}

function parseOwners(text: string): ReadonlyMap<number, Owner> {
  const owners = new Map<number, Owner>();
  for (const line of text.split("\n")) {
    const match = /^\s*(\d{1,10})\s+(\S{1,64})(?:\s+(\d{1,12}))?\s*$/.exec(line);
    if (!match) continue;
    const [, pid, user = "", elapsed] = match;
    owners.set(Number(pid), { user, ...(elapsed === undefined ? {} : { elapsedSeconds: Number(elapsed) }) });
  }
  return owners;
}

/** What a process is called, without its folder and arguments, which may hold secrets. Undefined where nothing is left. */
export function baseName(processName: string): string | undefined {
  const text = valueOf(parseText(processName)) ?? "";
  const file = /^[A-Za-z]:\\|^\\\\/.test(text) ? fileOfWindows(text) : text.replace(/\s.*$/s, "").replace(/^.*\//s, "");
  const shown = plainText(file, 64);
  return shown === "" ? undefined : shown;
}

/** Folders may hold spaces there, so the program ends at ".exe", and at the first space only where there is none. */
function fileOfWindows(text: string): string {
  const program = /^.*?\.exe(?=\s|$)/i.exec(text)?.[0] ?? text.replace(/\s.*$/s, "");
  return program.replace(/^.*[\\/]/s, "");
}

/** Less is what the driver itself and an idle desktop hold. */
const UNEXPLAINED_MIB = 1024;

/** Why the list is shorter than the memory in use says, where it is; undefined where the two agree. */
export function hiddenProcessesNote(
  processes: readonly GpuProcess[],
  sample: GpuSample | undefined,
): GpuDevError | undefined {
  const listed = new Set(processes.map(({ gpuUuid }) => gpuUuid));
  const hidden = (sample?.gpus ?? []).filter(
    ({ uuid, memoryUsedMiB, migEnabled }) =>
      !listed.has(uuid) && migEnabled !== true && (memoryUsedMiB ?? 0) >= UNEXPLAINED_MIB,
  );
  if (hidden.length === 0) return undefined;
  return new GpuDevError(
    "permission",
    sentence(
      "{0} of {1} GPUs hold memory, but the driver names no process for them: it may run outside this container or only draw.",
      hidden.length,
      sample?.gpus.length ?? 0,
    ),
  );
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<Key, Value>>);
}
