import { GpuDevError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import { sentence } from "../core/sentence.ts";
import type { RemoteShell } from "../core/session.ts";
import { addNotice, MAX_GPUS, MAX_LINE_LENGTH, readHeader, readRow, type CsvPlan, type CsvRow } from "./csv.ts";
import { nvidiaSmiError } from "./exitCodes.ts";
import { END_GROUP, framed, OWN_GROUP, queryArguments, windowsCommand } from "./framing.ts";
import type { GpuReading, GpuSample } from "./reading.ts";

export type GpuStreamEvent =
  { readonly kind: "sample"; readonly sample: GpuSample } | { readonly kind: "ended"; readonly error: GpuDevError };

/** Takes the output of `gpuStreamCommand` piece by piece. `at` is the local wall-clock time of the call. */
export interface GpuStreamParser {
  push(chunk: string, at: number): readonly GpuStreamEvent[];
  /** After a quiet moment: gives out what has arrived of a batch whose end cannot be told. */
  flush(at: number): readonly GpuStreamEvent[];
  /** The channel is gone. Gives the "ended" event unless it was given before. */
  end(exitCode: number | undefined, at: number): readonly GpuStreamEvent[];
}

/** nvidia-smi reads the GPUs no faster than this without making them busy. */
const SHORTEST_INTERVAL_MS = 200;

/**
 * A command that prints a reading of every GPU each `intervalMs` until its standard input closes. On Windows, where no
 * shell watches the input, it ends at its first write after the channel has gone.
 */
export function gpuStreamCommand(
  shell: RemoteShell,
  fields: readonly string[],
  intervalMs: number,
  nonce: string,
): string {
  const interval = Math.max(SHORTEST_INTERVAL_MS, Math.round(intervalMs));
  const args = [...queryArguments(fields), "-lms", String(interval)];
  return shell === "windows" ? windowsCommand(args) : framed(untilInputCloses(`nvidia-smi ${args.join(" ")}`), nonce);
}

/**
 * sh that runs a command until its own standard input closes, then ends the command's whole group: TERM, and KILL two
 * seconds later. The watcher reads a copy of the input, since a background job's own is /dev/null, and lets go of the
 * output, so that it cannot keep the channel open. It signals the group by the number `$p`, which setsid, or else
 * timeout, has made the group's; where neither exists only the process itself.
 */
function untilInputCloses(command: string): string {
  const end = (signal: string): string => `kill -s ${signal} -- -$p || kill -s ${signal} $p`;
  const watcher = `while read -r x; do :; done; ${end("TERM")}; sleep 2; ${end("KILL")}`;
  return [
    OWN_GROUP,
    `if [ -z "$g" ] && timeout -k 2 1 true >/dev/null 2>&1; then g="timeout -k 2 ${LONGEST_STREAM_SECONDS}"; fi`,
    "if command -v nvidia-smi >/dev/null 2>&1; then exec 3<&0",
    `$g ${command} </dev/null 2>&1 3<&- & p=$! ; (${watcher}) <&3 >/dev/null 2>&1 3<&- & w=$! ; exec 3<&-`,
    `wait $p; c=$?; ${END_GROUP}; kill $w 2>/dev/null; else c=127; fi`,
  ].join("; ");
}

/** A day: `timeout` is here for its process group, not for its limit. */
const LONGEST_STREAM_SECONDS = 86_400;

/** Behind the nonce, with the exit code. */
const END_MARKER = /-end (\d{1,5})$/;

export function createGpuStreamParser(shell: RemoteShell, nonce: string): GpuStreamParser {
  return new StreamParser(shell, nonce);
}

class StreamParser implements GpuStreamParser {
  private readonly nonce: string;
  private readonly beginMarker: string;
  private state: "before" | "reading" | "ended";
  private rest = "";
  private skipping = false;
  private plan: CsvPlan | undefined;
  private batch: GpuReading[] = [];
  private notices: string[] = [];
  /** What was printed last that is no reading: the reason, if the stream ends now. */
  private lastWords: string[] = [];
  private events: GpuStreamEvent[] = [];

  constructor(shell: RemoteShell, nonce: string) {
    this.state = shell === "posix" ? "before" : "reading";
    this.nonce = nonce;
    this.beginMarker = `${nonce}-begin`;
  }

  push(chunk: string, at: number): readonly GpuStreamEvent[] {
    let from = 0;
    for (let to = chunk.indexOf("\n"); to >= 0; to = chunk.indexOf("\n", from)) {
      this.keep(chunk.slice(from, to));
      this.finishLine(at);
      from = to + 1;
    }
    this.keep(chunk.slice(from));
    return this.taken();
  }

  flush(at: number): readonly GpuStreamEvent[] {
    this.emitBatch(at);
    return this.taken();
  }

  end(exitCode: number | undefined, at: number): readonly GpuStreamEvent[] {
    if (this.state === "ended") return this.taken();
    // A last line without an end may be half a reading; as a reason it is still worth reading.
    if (!this.skipping) this.remember(this.rest);
    this.finish(exitCode, at);
    return this.taken();
  }

  private keep(text: string): void {
    if (this.skipping || this.state === "ended") return;
    this.skipping = this.rest.length + text.length > MAX_LINE_LENGTH;
    this.rest = this.skipping ? "" : this.rest + text;
  }

  private finishLine(at: number): void {
    const line = this.rest.endsWith("\r") ? this.rest.slice(0, -1) : this.rest;
    const whole = !this.skipping;
    this.rest = "";
    this.skipping = false;
    if (whole && line !== "") this.readLine(line, at);
  }

  private readLine(line: string, at: number): void {
    if (this.state === "ended") return;
    if (this.state === "before") {
      if (line.endsWith(this.beginMarker)) {
        this.state = "reading";
        this.lastWords = [];
      } else this.remember(line);
      return;
    }
    const end = END_MARKER.exec(line);
    const before = end && line.slice(0, end.index);
    if (!before?.endsWith(this.nonce)) {
      this.readAnswer(line, at);
      return;
    }
    this.remember(before.slice(0, -this.nonce.length));
    this.finish(Number(end?.[1]), at);
  }

  private readAnswer(line: string, at: number): void {
    // Only a header begins with a small letter followed by commas; a row begins with its number.
    const header = readHeader(line);
    const row = header || !this.plan ? undefined : readRow(this.plan, line);
    if (header) this.plan = header;
    else if (row) this.add(row, at);
    else {
      addNotice(this.notices, line);
      this.remember(line);
    }
  }

  private add({ reading, count }: CsvRow, at: number): void {
    const last = this.batch.at(-1);
    if (last && !follows(last, reading)) this.emitBatch(at);
    this.batch.push(reading);
    if (this.batch.length >= Math.min(count ?? MAX_GPUS, MAX_GPUS)) this.emitBatch(at);
  }

  private emitBatch(at: number): void {
    if (this.batch.length === 0) return;
    this.events.push({ kind: "sample", sample: { at, gpus: this.batch, notices: this.notices } });
    this.batch = [];
    this.notices = [];
    this.lastWords = [];
  }

  private finish(exitCode: number | undefined, at: number): void {
    const words = this.lastWords.join("\n");
    const began = this.state === "reading";
    this.emitBatch(at);
    this.state = "ended";
    this.events.push({ kind: "ended", error: endOf(began, exitCode, words) });
  }

  private remember(line: string): void {
    addNotice(this.lastWords, line);
  }

  private taken(): readonly GpuStreamEvent[] {
    if (this.events.length === 0) return NOTHING;
    const events = this.events;
    this.events = [];
    return events;
  }
}

const NOTHING: readonly GpuStreamEvent[] = [];

/** Whether a row can belong to the same batch as the row before it: rows come in the order of their index. */
function follows(before: GpuReading, reading: GpuReading): boolean {
  if (before.index !== undefined && reading.index !== undefined) return reading.index > before.index;
  return before.uuid !== reading.uuid || before.busId !== reading.busId;
}

function endOf(began: boolean, exitCode: number | undefined, words: string): GpuDevError {
  if (!began) {
    const shown = plainText(words, 200);
    return new GpuDevError(
      "remote-command",
      sentence("The login shell of this machine did not run a command (exit code {0}). {1}", exitCode ?? "?", shown),
    );
  }
  const known = exitCode === undefined ? undefined : nvidiaSmiError(exitCode, words);
  return (
    known ?? new GpuDevError("remote-command", sentence("nvidia-smi stopped giving readings. It is started again."))
  );
}
