import type { Disposable } from "../core/event.ts";
import type { Delivery, RemoteStream, Session } from "../core/session.ts";

/** Of standard error: enough for any message that a person reads. */
const MAX_STDERR = 16_384;

export interface RunRequest {
  readonly command: string;
  readonly delivery: Delivery;
}

export interface RunEnd {
  /** Absent when a signal ended the command, or the channel closed without saying. */
  readonly exitCode: number | undefined;
  readonly stderr: string;
  /** Why the command never started. */
  readonly error?: unknown;
}

export interface RunListener {
  onStdout(chunk: Uint8Array): void;
  /** Called once, when the far side has let go of the channel, or the channel was refused. */
  onEnded(end: RunEnd): void;
}

/** One remote command, from the request for a channel until the far side has let go of it. */
export class RemoteRun {
  private readonly listener: RunListener;
  private readonly opening = new AbortController();
  private stream: RemoteStream | undefined;
  private subscriptions: readonly Disposable[] = [];
  private stopped = false;
  private muted = false;
  private stderr = "";

  constructor(session: Session, request: RunRequest, listener: RunListener) {
    this.listener = listener;
    void this.run(this.open(session, request));
  }

  /** Asks the far side to end. `onEnded` tells when it has. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    if (this.stream) this.stream.stop();
    else this.opening.abort();
  }

  /** Stops and is not heard of again. */
  abandon(): void {
    this.muted = true;
    this.unsubscribe();
    this.stop();
  }

  /** By itself: the command, which is long, is let go of once it runs. Also what a session throws at once is a rejection. */
  private async open(session: Session, { command, delivery }: RunRequest): Promise<RemoteStream> {
    return session.stream(command, this.opening.signal, delivery);
  }

  private async run(opening: Promise<RemoteStream>): Promise<void> {
    try {
      const stream = await opening;
      this.stream = stream;
      if (this.stopped) stream.stop();
      if (!this.muted) this.subscribe(stream);
      const { exitCode } = await stream.ended;
      this.end({ exitCode, stderr: this.stderr });
    } catch (error) {
      this.end({ exitCode: undefined, stderr: this.stderr, error });
    }
  }

  private subscribe(stream: RemoteStream): void {
    this.subscriptions = [
      stream.onStdout((chunk) => this.listener.onStdout(chunk)),
      stream.onStderr((chunk) => {
        if (this.stderr.length < MAX_STDERR) this.stderr += chunk.slice(0, MAX_STDERR);
      }),
    ];
  }

  private end(end: RunEnd): void {
    this.unsubscribe();
    if (this.muted) return;
    this.muted = true;
    this.listener.onEnded(end);
  }

  private unsubscribe(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.subscriptions = [];
  }
}
