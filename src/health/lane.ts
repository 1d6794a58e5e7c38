import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import type { Delivery, Session } from "../core/session.ts";
import { smiError } from "../gpu/exitCodes.ts";
import { RemoteRun, type RunEnd } from "./remoteRun.ts";

/** Silence for so long is reported: with a tick of a second, within ten seconds. */
const LATE_MS = 8_000;
/** Silence for so long is not waited out. Without persistence mode, eight GPUs take up to 15 s to answer at first. */
const STOP_MS = 20_000;

/** A remote command and what becomes of its output. */
export interface Task {
  readonly command: string;
  readonly delivery: Delivery;
  onStdout(chunk: Uint8Array): void;
  /** Once a second while it runs. */
  onTick?(): void;
  /** Nothing was heard for eight seconds. May be called again after it was heard again. */
  onLate(): void;
  /** The far side has let go. The lane is free again. */
  onEnded(end: RunEnd): void;
}

interface Running {
  readonly remote: RemoteRun;
  readonly task: Omit<Task, "command" | "delivery">;
  heardAt: number;
  late: boolean;
  stopped: boolean;
}

/**
 * Where at most one remote command runs. One that hangs keeps its lane until the far side has let go of the channel,
 * so that a machine whose nvidia-smi cannot be killed never gets a second one.
 */
export class Lane {
  private running: Running | undefined;

  get busy(): boolean {
    return this.running !== undefined;
  }

  get late(): boolean {
    return this.running?.late === true;
  }

  /** Undefined where nothing runs. */
  silentForMs(now: number): number | undefined {
    return this.running && now - this.running.heardAt;
  }

  start(session: Session, { command, delivery, ...task }: Task, now: number): void {
    if (this.running) throw new Error("The lane is taken.");
    const remote = new RemoteRun(
      session,
      { command, delivery },
      {
        onStdout: (chunk) => task.onStdout(chunk),
        onEnded: (end) => {
          this.running = undefined;
          task.onEnded(end);
        },
      },
    );
    this.running = { remote, task, heardAt: now, late: false, stopped: false };
  }

  /** The task has made sense of an answer: the deadlines begin anew. */
  heard(now: number): void {
    if (!this.running) return;
    this.running.heardAt = now;
    this.running.late = false;
  }

  stop(): void {
    if (!this.running || this.running.stopped) return;
    this.running.stopped = true;
    this.running.remote.stop();
  }

  /** Its session is gone. */
  abandon(): void {
    this.running?.remote.abandon();
    this.running = undefined;
  }

  tick(now: number, woke: boolean): void {
    const running = this.running;
    if (!running) return;
    running.task.onTick?.();
    if (woke && !running.late) running.heardAt = now;
    const silentMs = now - running.heardAt;
    if (silentMs >= STOP_MS) this.stop();
    if (silentMs < LATE_MS || running.late) return;
    running.late = true;
    running.task.onLate();
  }
}

/** A command that never said a word: the connection has just carried it there, so that it is nvidia-smi that hangs. */
export function silentError(): GpuDevError {
  return smiError("timed-out");
}

/** Readings that stopped coming. Which of the two it is shows within seconds: a dead connection is noticed as such. */
export function stalledError(): GpuDevError {
  return new GpuDevError(
    "timeout",
    sentence(
      "No readings arrive any more: nvidia-smi does not answer (the GPU may have fallen off the bus), or the connection is lost.",
    ),
  );
}
