import type { Clock } from "../core/clock.ts";
import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import type { RemoteShell } from "../core/session.ts";
import { joinedText } from "../core/utf8.ts";
import type { GpuSample } from "../gpu/reading.ts";
import { createGpuStreamParser, gpuStreamCommand, type GpuStreamEvent } from "../gpu/stream.ts";
import { silentError, stalledError, type Task } from "./lane.ts";
import { toStartError } from "./oneShot.ts";

const STREAM_INTERVAL_MS = 2_000;
/** Of what came before the first reading, in bytes: an error message is in it. */
const MAX_PRELUDE = 2_048;
/** A batch of readings arrives in one piece or two, the second up to 250 ms late. What is not followed by then is whole. */
const QUIET_MS = 750;

export type StreamOutcome =
  /** It was asked to. */
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly error: GpuDevError; readonly output: string }
  /** It was late, and that was told. */
  | { readonly kind: "late" };

export interface StreamListener {
  readonly clock: Clock;
  readonly nonce: string;
  readonly onSample: (sample: GpuSample) => void;
  /** Asks the lane to end the command. */
  readonly stop: () => void;
  readonly onLate: (error: GpuDevError) => void;
  readonly onEnded: (outcome: StreamOutcome) => void;
}

/** The long-lived reading of the gauges, every two seconds. `stop` ends it as something that was wanted. */
export function streamTask(
  shell: RemoteShell,
  fields: readonly string[],
  listener: StreamListener,
): { readonly task: Task; readonly stop: () => void } {
  const stream = new GaugeStream(shell, listener);
  const command = gpuStreamCommand(shell, fields, STREAM_INTERVAL_MS, listener.nonce);
  const task: Task = {
    command,
    delivery: "together",
    onStdout: (chunk) => stream.hear(chunk),
    onTick: () => stream.flushIfQuiet(),
    onLate: () => stream.late(),
    onEnded: ({ exitCode, error }) => stream.end(exitCode, error),
  };
  return { task, stop: () => stream.stop() };
}

const NOTHING: readonly Uint8Array[] = [];

class GaugeStream {
  private readonly listener: StreamListener;
  private readonly parser;
  private prelude: readonly Uint8Array[] = NOTHING;
  private failure: GpuDevError | undefined;
  private heardOf = false;
  /** When a chunk arrived that did not complete a batch. */
  private pendingSince: number | undefined;
  private state: "awaited" | "flowing" | "late" | "stopped" = "awaited";

  constructor(shell: RemoteShell, listener: StreamListener) {
    this.listener = listener;
    this.parser = createGpuStreamParser(shell, listener.nonce);
  }

  hear(chunk: Uint8Array): void {
    if (this.state !== "flowing") this.keep(chunk);
    const now = this.listener.clock();
    this.pendingSince = now;
    this.take(this.parser.push(chunk, now));
  }

  private keep(chunk: Uint8Array): void {
    const room = MAX_PRELUDE - this.prelude.reduce((sum, { length }) => sum + length, 0);
    if (room > 0) this.prelude = [...this.prelude, Uint8Array.from(chunk.subarray(0, room))];
  }

  flushIfQuiet(): void {
    const now = this.listener.clock();
    if (this.pendingSince === undefined || Math.abs(now - this.pendingSince) < QUIET_MS) return;
    this.pendingSince = undefined;
    this.take(this.parser.flush(now));
  }

  late(): void {
    if (this.state !== "stopped") this.state = "late";
    this.listener.onLate(this.failure ?? (this.heardOf ? stalledError() : silentError()));
  }

  stop(): void {
    this.state = "stopped";
    this.listener.stop();
  }

  end(exitCode: number | undefined, startError: unknown): void {
    const known = this.failure;
    this.take(this.parser.end(exitCode, this.listener.clock()));
    if (this.state === "stopped") this.listener.onEnded({ kind: "stopped" });
    else if (this.state === "late" && !known) this.listener.onEnded({ kind: "late" });
    else {
      const error = startError === undefined ? (this.failure ?? cutError()) : toStartError(startError);
      this.listener.onEnded({ kind: "failed", error, output: joinedText(this.prelude) });
    }
  }

  private take(events: readonly GpuStreamEvent[]): void {
    for (const event of events) {
      if (event.kind === "sample") {
        if (this.state === "stopped") continue;
        this.state = "flowing";
        this.prelude = NOTHING;
        this.heardOf = true;
        this.pendingSince = undefined;
        this.listener.onSample(event.sample);
      } else {
        this.failure ??= event.error;
        this.listener.stop();
      }
    }
  }
}

function cutError(): GpuDevError {
  return new GpuDevError("remote-command", sentence("nvidia-smi stopped by itself. It is started again."));
}
