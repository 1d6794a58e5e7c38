import { GpuDevError } from "../../src/core/error.ts";
import { Emitter } from "../../src/core/event.ts";
import { sentence } from "../../src/core/sentence.ts";
import type { ExecOptions, ExecResult, RemoteShell, RemoteStream, Session } from "../../src/core/session.ts";
import { textOfUtf8, utf8Of } from "../../src/core/utf8.ts";
import { abortable, withDeadline } from "../../src/core/waiting.ts";

/** A remote command that does what the test says. It ends when asked to, unless `stubborn`. */
export class FakeChannel implements RemoteStream {
  readonly command: string;
  readonly ended: Promise<{ readonly exitCode: number | undefined }>;
  /** True: `stop` is heard but not obeyed, as by a process that cannot be killed. */
  stubborn = false;
  stopped = false;
  over = false;
  /** Called when it is asked to end. */
  onStop: () => void = () => undefined;
  private readonly stdout = new Emitter<Uint8Array>();
  private readonly stderr = new Emitter<string>();
  private resolve: (end: { readonly exitCode: number | undefined }) => void = () => undefined;

  constructor(command: string) {
    this.command = command;
    this.ended = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  readonly onStdout = this.stdout.event;
  readonly onStderr = this.stderr.event;

  get hasListeners(): boolean {
    return this.stdout.hasListeners || this.stderr.hasListeners;
  }

  say(text: string): void {
    if (!this.over) this.stdout.fire(utf8Of(text));
  }

  complain(text: string): void {
    if (!this.over) this.stderr.fire(text);
  }

  end(exitCode?: number): void {
    if (this.over) return;
    this.over = true;
    this.onStop();
    this.resolve({ exitCode });
  }

  stop(): void {
    this.stopped = true;
    if (!this.stubborn) this.end();
  }
}

/** A session whose commands are answered by a function. It notes every channel that was ever opened. */
export class FakeSession implements Session {
  readonly transport = "fake";
  readonly shell: RemoteShell;
  readonly channels: FakeChannel[] = [];
  closed = false;
  /** The most commands that ever ran at one time. */
  mostAtOnce = 0;
  private readonly respond: (channel: FakeChannel) => void;
  private readonly didClose = new Emitter<GpuDevError | undefined>();

  constructor(respond: (channel: FakeChannel) => void, shell: RemoteShell = "posix") {
    this.respond = respond;
    this.shell = shell;
  }

  readonly onDidClose = this.didClose.event;

  get running(): readonly FakeChannel[] {
    return this.channels.filter(({ over }) => !over);
  }

  get hasListeners(): boolean {
    return this.didClose.hasListeners || this.channels.some(({ hasListeners }) => hasListeners);
  }

  async exec(command: string, options: ExecOptions): Promise<ExecResult> {
    const late = sentence("The command took too long.");
    return withDeadline(options.timeoutMs, options.signal, late, async (signal) => {
      const channel = await this.stream(command, signal);
      let stdout = "";
      channel.onStdout((chunk) => (stdout += textOfUtf8(chunk)));
      return { stdout, stderr: "", truncated: false, ...(await channel.ended) };
    });
  }

  async stream(command: string, signal: AbortSignal): Promise<RemoteStream> {
    signal.throwIfAborted();
    if (this.closed) throw new GpuDevError("unreachable", sentence("The session is closed."));
    const channel = new FakeChannel(command);
    this.channels.push(channel);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.running.length);
    await Promise.resolve();
    signal.throwIfAborted();
    // As over a wire: the answer comes after whoever asked has begun to listen.
    setImmediate(() => {
      if (!channel.over) this.respond(channel);
    });
    return channel;
  }

  close(): void {
    this.finish(undefined);
  }

  /** The other side, or the network, ends it. */
  drop(reason = new GpuDevError("unreachable", sentence("The connection was lost."))): void {
    this.finish(reason);
  }

  private finish(reason: GpuDevError | undefined): void {
    if (this.closed) return;
    this.closed = true;
    for (const channel of this.channels) channel.end();
    this.didClose.fire(reason);
  }
}

/** A session that is never there: the opening lasts until it is cancelled. */
export function neverOpens(signal: AbortSignal): Promise<Session> {
  return abortable<Session>(signal, () => () => undefined);
}

/** The word that frames an answer to this command. */
export function nonceOf(command: string): string {
  return /([a-z0-9]+)-begin/.exec(command)?.[1] ?? "";
}

/** The whole answer to a one-shot command, ended. */
export function answer(channel: FakeChannel, body: string, exitCode = 0): void {
  const nonce = nonceOf(channel.command);
  channel.say(`${nonce}-begin\n${body}\n${nonce}-end ${exitCode}\n`);
  channel.end(exitCode);
}

const KNOWN_FIELDS = [
  "index",
  "uuid",
  "pci.bus_id",
  "name",
  "driver_version",
  "count",
  "utilization.gpu",
  "memory.used",
  "memory.total",
  "temperature.gpu",
  "power.draw",
];

export interface FakeMachine {
  readonly gpus?: number;
  readonly utilizationPercent?: () => number;
}

/** A machine whose nvidia-smi works: knows its fields, reads once or every so often, and has neither processes nor XIDs. */
export function workingMachine({ gpus = 2, utilizationPercent = () => 50 }: FakeMachine = {}): (
  channel: FakeChannel,
) => void {
  const rows = (): string =>
    Array.from({ length: gpus }, (_, index) => {
      const uuid = `GPU-00000000-0000-0000-0000-00000000000${index}`;
      const bus = `00000000:0${index + 1}:00.0`;
      return `${index}, ${uuid}, ${bus}, NVIDIA H100 80GB HBM3, 570.86, ${gpus}, ${utilizationPercent()}, 1024, 81559, 40, 310.5`;
    }).join("\n");
  const header =
    "index, uuid, pci.bus_id, name, driver_version, count, utilization.gpu [%], memory.used [MiB], memory.total [MiB], temperature.gpu, power.draw [W]";
  return (channel) => {
    const { command } = channel;
    if (command.includes("--help-query-gpu")) answer(channel, KNOWN_FIELDS.map((field) => `"${field}"`).join("\n"));
    else if (isStream(channel)) streamRows(channel, header, rows);
    else if (command.includes("--query-gpu=")) answer(channel, `${header}\n${rows()}`);
    else answer(channel, "");
  };
}

/** True for the long-lived reading of the gauges. */
export function isStream(channel: FakeChannel): boolean {
  return channel.command.includes(" -lms ");
}

function streamRows(channel: FakeChannel, header: string, rows: () => string): void {
  const intervalMs = Number(/-lms (\d+)/.exec(channel.command)?.[1]);
  channel.say(`${nonceOf(channel.command)}-begin\n${header}\n${rows()}\n`);
  const timer = setInterval(() => channel.say(`${rows()}\n`), intervalMs);
  channel.onStop = () => clearInterval(timer);
}
