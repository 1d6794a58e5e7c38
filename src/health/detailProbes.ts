import { GpuDevError, messageOf } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import type { ExecResult, RemoteShell, Session } from "../core/session.ts";
import type { GpuDetails } from "../gpu/details.ts";
import { detailsWithIdentity, type KnownGpus } from "../gpu/identity.ts";
import { kernelLogProbe } from "../gpu/kernelLog.ts";
import type { Probe } from "../gpu/probe.ts";
import { hiddenProcessesNote, processesProbe } from "../gpu/processes.ts";
import type { GpuSample } from "../gpu/reading.ts";
import { newNonce } from "./gaugeProbe.ts";
import { Lane } from "./lane.ts";
import { oneShotTask } from "./oneShot.ts";
import type { SmiPath } from "./smiPath.ts";
import type { Ticker } from "./ticker.ts";
import type { HostDetail } from "./watch.ts";

const PROCESSES_MS = 10_000;
const DETAILS_MS = 60_000;
const KERNEL_LOG_MS = 60_000;

type DetailsProbe = (nonce: string) => Probe<GpuDetails>;

/** What one probe has to say: part of the detail, which it replaces. */
type Finding = (detail: HostDetail) => HostDetail;

/** One of the probes, told to which values of its own it leads. */
interface Round {
  readonly everyMs: number;
  /** Only while the gauges answer: a second nvidia-smi would hang as well. The others also where they do not. */
  readonly asksDriver: boolean;
  nextAt: number;
  /** Undefined where the shell has no such command, or the parser is not loaded yet. */
  ask(shell: RemoteShell): Question | undefined;
}

interface Question {
  readonly command: string;
  readonly parse: (result: ExecResult) => Finding;
  readonly failed: (error: GpuDevError) => Finding;
  /** Where it is not nvidia-smi that is late. */
  readonly late?: GpuDevError;
}

export interface DetailDependencies {
  readonly ticker: Ticker;
  /** Shared with the other probes of the host. */
  readonly path: SmiPath;
  readonly known: KnownGpus;
  readonly onDidChange: () => void;
}

/**
 * The probes beside the gauges, for a health panel: one after another, and those of the driver only while the gauges
 * answer. Why they do not is often in the kernel log.
 */
export class DetailProbes {
  private readonly dependencies: DetailDependencies;
  private readonly lane = new Lane();
  private readonly detailsRound: Round;
  private readonly rounds: readonly Round[];
  private session: Session | undefined;
  private wanted = false;
  private sample: GpuSample | undefined;
  /** The gauges do not answer. */
  private silent = false;
  private readonly importProbe: () => Promise<DetailsProbe>;
  private detailsProbe: DetailsProbe | undefined;
  private loading: Promise<void> | undefined;
  private current: HostDetail | undefined;

  constructor(dependencies: DetailDependencies, importProbe: () => Promise<DetailsProbe> = importDetailsProbe) {
    this.dependencies = dependencies;
    this.importProbe = importProbe;
    this.detailsRound = { everyMs: DETAILS_MS, asksDriver: true, nextAt: 0, ask: (shell) => this.askDetails(shell) };
    this.rounds = [
      this.detailsRound,
      { everyMs: PROCESSES_MS, asksDriver: true, nextAt: 0, ask: (shell) => this.askProcesses(shell) },
      { everyMs: KERNEL_LOG_MS, asksDriver: false, nextAt: 0, ask: askKernelLog },
    ];
  }

  /** Undefined until something was learned. What was learned stays when nobody asks any more. */
  get detail(): HostDetail | undefined {
    return this.current;
  }

  attach(session: Session): void {
    this.session = session;
    for (const round of this.rounds) round.nextAt = 0;
  }

  detach(): void {
    this.lane.abandon();
    this.session = undefined;
    this.sample = undefined;
    this.silent = false;
  }

  setWanted(wanted: boolean): void {
    if (wanted && !this.wanted) for (const round of this.rounds) round.nextAt = 0;
    this.wanted = wanted;
    if (wanted) this.startLoading();
  }

  /** The gauges answer: the driver may be asked more. */
  heard(sample: GpuSample): void {
    this.sample = sample;
    this.silent = false;
    this.proceed();
  }

  /** The gauges do not answer: the driver is asked nothing more. */
  pause(): void {
    this.sample = undefined;
    this.silent = true;
  }

  tick(woke: boolean): void {
    this.lane.tick(this.dependencies.ticker.now(), woke);
    this.proceed();
  }

  private proceed(): void {
    const { session } = this;
    if (!session || !this.wanted || this.lane.busy) return;
    const now = this.dependencies.ticker.now();
    for (const round of this.rounds) {
      if (now < round.nextAt || !this.mayAsk(round)) continue;
      const question = round.ask(session.shell);
      if (!question) continue;
      round.nextAt = now + round.everyMs;
      this.lane.start(session, this.toTask(question), now);
      return;
    }
  }

  /** Not before it is known whether the gauges answer: then the driver goes first. */
  private mayAsk({ asksDriver }: Round): boolean {
    return this.sample !== undefined || (this.silent && !asksDriver);
  }

  private toTask({ command, failed, ...question }: Question) {
    return oneShotTask({
      ...question,
      command: this.dependencies.path.call(command),
      onValue: (finding) => this.learn(finding),
      onError: (error) => this.learn(failed(error)),
    });
  }

  private learn(finding: Finding): void {
    this.current = finding(this.current ?? {});
    this.dependencies.onDidChange();
    this.proceed();
  }

  private startLoading(): void {
    if (this.detailsProbe === undefined) this.loading ??= this.load();
  }

  /** The parser of the full report brings an XML parser with it: it is loaded when a panel first wants it. */
  private async load(): Promise<void> {
    try {
      this.detailsProbe = await this.importProbe();
      this.proceed();
    } catch (error) {
      this.detailsRound.nextAt = this.dependencies.ticker.now() + DETAILS_MS;
      this.learn((detail) => ({ ...detail, detailsNote: notLoaded(error) }));
    } finally {
      this.loading = undefined;
    }
  }

  private askDetails(shell: RemoteShell): Question | undefined {
    const probe = this.detailsProbe?.(newNonce());
    if (!probe) this.startLoading();
    const command = probe?.command(shell);
    if (!probe || command === undefined) return undefined;
    return {
      command,
      parse: (result) => {
        const details = detailsWithIdentity(probe.parse(result), this.dependencies.known);
        return (detail) => ({ ...detail, details, detailsNote: undefined });
      },
      failed: (detailsNote) => (detail) => ({ ...detail, detailsNote }),
    };
  }

  private askProcesses(shell: RemoteShell): Question | undefined {
    const probe = processesProbe(newNonce());
    const command = probe.command(shell);
    if (command === undefined) return undefined;
    return {
      command,
      parse: (result) => {
        const processes = probe.parse(result);
        const processesNote = hiddenProcessesNote(processes, this.sample);
        return (detail) => ({ ...detail, processes, processesNote });
      },
      failed: (processesNote) => (detail) => ({ ...detail, processesNote }),
    };
  }
}

async function importDetailsProbe(): Promise<DetailsProbe> {
  const { detailsProbe } = await import("../gpu/detailsProbe.ts");
  return detailsProbe;
}

function notLoaded(error: unknown): GpuDevError {
  const text = sentence(
    "The part that reads the full report could not be loaded ({0}). It is tried again within a minute; if that fails as well, reload the window.",
    messageOf(error),
  );
  return new GpuDevError("storage", text, { cause: error });
}

function askKernelLog(shell: RemoteShell): Question | undefined {
  const probe = kernelLogProbe(newNonce());
  const command = probe.command(shell);
  if (command === undefined) return undefined;
  return {
    command,
    parse: (result) => {
      const kernelLog = probe.parse(result);
      return (detail) => ({ ...detail, kernelLog, kernelLogNote: undefined });
    },
    failed: (kernelLogNote) => (detail) => ({ ...detail, kernelLogNote }),
    late: new GpuDevError("timeout", sentence("The kernel log did not come in time.")),
  };
}
