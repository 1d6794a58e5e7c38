import { GpuDevError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import { sentence } from "../core/sentence.ts";
import type { RemoteShell } from "../core/session.ts";
import { textOfUtf8 } from "../core/utf8.ts";
import {
  addNotice,
  isSmallLetter,
  MAX_GPUS,
  MAX_LINE_LENGTH,
  MAX_NOTICES,
  readHeader,
  readRow,
  toNotice,
  type CsvPlan,
  type Utf8Line,
} from "./csv.ts";
import { nvidiaSmiError } from "./exitCodes.ts";
import { END_GROUP, framed, OWN_GROUP, queryArguments, windowsCommand } from "./framing.ts";
import { LineStart } from "./lineStart.ts";
import type { GpuSample, GpuWords } from "./reading.ts";
import { ReadingBatch, type Draft } from "./readings.ts";

export type GpuStreamEvent =
  { readonly kind: "sample"; readonly sample: GpuSample } | { readonly kind: "ended"; readonly error: GpuDevError };

/** Takes the output of `gpuStreamCommand` piece by piece, in UTF-8. `at` is the local wall-clock time of the call. */
export interface GpuStreamParser {
  push(chunk: Uint8Array, at: number): readonly GpuStreamEvent[];
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

/** The same line less far apart than this may be of one reading. */
const ANOTHER_ROUND_MS = 1_000;

/** Behind the nonce, with the exit code. */
const END_MARKER = /-end (\d{1,5})$/;
const MAX_EXIT_DIGITS = 5;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const LETTER_D = 0x64;

export function createGpuStreamParser(shell: RemoteShell, nonce: string): GpuStreamParser {
  return new StreamParser(shell, nonce);
}

const NOTHING: GpuStreamEvent[] = [];
const NO_BYTES = new Uint8Array();

class StreamParser implements GpuStreamParser {
  private readonly nonce: string;
  private readonly beginMarker: string;
  private state: "before" | "reading" | "ended";
  private readonly rest = new LineStart();
  private skipping = false;
  private plan: CsvPlan | undefined;
  private readonly batch = new ReadingBatch();
  private notices: string[] = [];
  /** The line that is being read: one object for all of them, which holds no bytes in between. */
  private readonly line: { bytes: Uint8Array; from: number; to: number } = { bytes: NO_BYTES, from: 0, to: 0 };
  /** When what is being read arrived. */
  private at = 0;
  /**
   * What was printed since the last reading that is none, each line with when it was first said: the reason, if the
   * stream ends now. Undefined where there is nothing.
   */
  private said: Map<string, number> | undefined;
  private events: GpuStreamEvent[] = NOTHING;

  constructor(shell: RemoteShell, nonce: string) {
    this.state = shell === "posix" ? "before" : "reading";
    this.nonce = nonce;
    this.beginMarker = `${nonce}-begin`;
  }

  push(chunk: Uint8Array, at: number): readonly GpuStreamEvent[] {
    this.at = at;
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      this.finishLine(chunk, from, to);
      from = to + 1;
    }
    if (from < chunk.length) this.keep(chunk, from, chunk.length);
    return this.taken();
  }

  flush(at: number): readonly GpuStreamEvent[] {
    this.at = at;
    this.emitBatch();
    return this.taken();
  }

  end(exitCode: number | undefined, at: number): readonly GpuStreamEvent[] {
    this.at = at;
    if (this.state === "ended") return this.taken();
    // A last line without an end may be half a reading; as a reason it is still worth reading.
    if (!this.skipping) this.remember(textOfUtf8(this.rest.bytes));
    this.finish(exitCode);
    return this.taken();
  }

  /** Puts what stands there behind what has arrived of the line. */
  private keep(chunk: Uint8Array, from: number, to: number): void {
    if (this.skipping || this.state === "ended") return;
    this.skipping = this.rest.length + to - from > MAX_LINE_LENGTH;
    if (this.skipping) this.rest.clear();
    else this.rest.add(chunk.subarray(from, to));
  }

  private finishLine(chunk: Uint8Array, from: number, to: number): void {
    // A line that arrived in one piece, as nearly all do, is read where it stands.
    if (this.rest.length === 0 && !this.skipping) {
      this.readAt(chunk, from, to);
      return;
    }
    this.keep(chunk, from, to);
    const { bytes } = this.rest;
    const whole = !this.skipping;
    this.rest.clear();
    this.skipping = false;
    if (whole) this.readAt(bytes, 0, bytes.length);
  }

  private readAt(bytes: Uint8Array, from: number, to: number): void {
    this.line.bytes = bytes;
    this.line.from = from;
    this.line.to = bytes[to - 1] === RETURN ? to - 1 : to;
    this.readLine(this.line);
    this.line.bytes = NO_BYTES;
  }

  private readLine(line: Utf8Line): void {
    const length = line.to - line.from;
    if (this.state === "ended" || length <= 0 || length > MAX_LINE_LENGTH) return;
    if (this.state === "before") this.awaitBegin(textOf(line));
    else if (!endsInCode(line) || !this.readEnd(textOf(line))) this.readAnswer(line);
  }

  private awaitBegin(line: string): void {
    if (line.endsWith(this.beginMarker)) {
      this.state = "reading";
      this.said = undefined;
    } else this.remember(line);
  }

  /** False for a line that does not end the stream. */
  private readEnd(line: string): boolean {
    const end = END_MARKER.exec(line);
    const before = end && line.slice(0, end.index);
    if (!before?.endsWith(this.nonce)) return false;
    this.remember(before.slice(0, -this.nonce.length));
    this.finish(Number(end?.[1]));
    return true;
  }

  private readAnswer(line: Utf8Line): void {
    // Only a header begins with a small letter followed by commas; a row begins with its number.
    const header = isSmallLetter(line.bytes[line.from]) ? readHeader(textOf(line)) : undefined;
    if (header) {
      this.plan = header;
      return;
    }
    const reading = this.plan && readRow(this.plan, line);
    if (reading) this.add(reading, this.plan?.count);
    else {
      const text = textOf(line);
      addNotice(this.notices, text);
      this.endIfRepeated(text);
      this.remember(text);
    }
  }

  /** What is said once more, with no reading since, is all that nvidia-smi has to say: some drivers go on so for ever. */
  private endIfRepeated(line: string): void {
    const before = this.said?.get(toNotice(line));
    const isOfAnotherRound = before !== undefined && this.batch.length === 0 && this.at - before >= ANOTHER_ROUND_MS;
    const error = isOfAnotherRound ? nvidiaSmiError(0, line) : undefined;
    if (!error) return;
    this.state = "ended";
    this.give({ kind: "ended", error });
  }

  private add(reading: Draft, count: number | undefined): void {
    const { last } = this.batch;
    if (last && !follows(last, reading.words)) this.emitBatch();
    this.batch.add(reading);
    if (this.batch.length >= Math.min(count ?? MAX_GPUS, MAX_GPUS)) this.emitBatch();
  }

  private emitBatch(): void {
    if (this.batch.length === 0) return;
    this.give({ kind: "sample", sample: { at: this.at, gpus: this.batch.take(), notices: this.notices } });
    if (this.notices.length > 0) this.notices = [];
    this.said = undefined;
  }

  private finish(exitCode: number | undefined): void {
    const words = [...(this.said?.keys() ?? [])].join("\n");
    const began = this.state === "reading";
    this.emitBatch();
    this.state = "ended";
    this.give({ kind: "ended", error: endOf(began, exitCode, words) });
  }

  /** Mostly one at a time: an array that is pushed to has room for seventeen. */
  private give(event: GpuStreamEvent): void {
    if (this.events.length === 0) this.events = [event];
    else this.events.push(event);
  }

  private remember(line: string): void {
    const notice = toNotice(line);
    this.said ??= new Map<string, number>();
    if (notice !== "" && this.said.size < MAX_NOTICES && !this.said.has(notice)) this.said.set(notice, this.at);
  }

  private taken(): readonly GpuStreamEvent[] {
    const events = this.events;
    this.events = NOTHING;
    return events;
  }
}

function textOf({ bytes, from, to }: Utf8Line): string {
  return textOfUtf8(bytes.subarray(from, to));
}

/** Whether a line ends as the marker of the end does, in "d", a space and a few digits: few lines have to be looked at. */
function endsInCode({ bytes, from, to }: Utf8Line): boolean {
  let place = to - 1;
  while (place > from && to - place <= MAX_EXIT_DIGITS && bytes[place] !== SPACE) place--;
  return bytes[place] === SPACE && bytes[place - 1] === LETTER_D;
}

/** Whether a row can belong to the same batch as the row before it: rows come in the order of their index. */
function follows(before: GpuWords, next: GpuWords): boolean {
  if (before.index !== undefined && next.index !== undefined) return next.index > before.index;
  return before.uuid !== next.uuid || before.busId !== next.busId;
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
