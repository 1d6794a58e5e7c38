import type { Connection } from "./connection.ts";
import type { Environment, PowerOperation } from "./environment.ts";
import type { Event } from "./event.ts";
import type { InterruptionProbe } from "./interruption.ts";
import type { Option, Provisioning } from "./provisioning.ts";
import type { Sentence } from "./sentence.ts";

export interface OperationRequest {
  readonly operation: PowerOperation;
  /** The same id asked twice is one operation, also after a crash in between. */
  readonly operationId: string;
  /** Of a start: one of `sizes`, which it has from then on. */
  readonly size?: string;
}

/** What an operation keeps of itself on the disk, so that it goes on where it was after a crash. */
export interface Steps {
  /** What an earlier run of this operation put there. */
  get(key: string): string | undefined;
  /** Resolves when it is on the disk. Call it before the effect that it announces. */
  put(key: string, value: string): Promise<void>;
}

export interface OperationContext {
  readonly signal: AbortSignal;
  /** The stage that the platform reports to be reached. */
  readonly report: (stage: Sentence) => void;
  readonly steps: Steps;
}

/** What an operation does to a machine and its bill, as told before anybody confirms it. */
export interface Consequences {
  readonly survives: readonly Sentence[];
  readonly lost: readonly Sentence[];
  /** What goes on costing money, and what no longer does. */
  readonly bill: readonly Sentence[];
}

export type SignIn =
  /** A program for a terminal, as words. */
  | { readonly kind: "program"; readonly words: readonly [string, ...string[]] }
  /** The user's device shows a code of six digits. `enter` rejects with GpuDevError where it is not taken. */
  | { readonly kind: "code"; readonly enter: (code: string, signal: AbortSignal) => Promise<void> };

/** The one interface a cloud implements. Knows nothing of VS Code. */
export interface EnvironmentProvider {
  readonly id: string;
  readonly displayName: Sentence;
  /** True for one that the user set up: it has its place in the tree also while it has no environments. */
  readonly isChosen?: boolean;
  /**
   * How long the platform's list may lack what was just made and still hold what was just deleted, in milliseconds.
   * Absent: lists are exact.
   */
  readonly listLagMs?: number;
  /** Yields pages as the cloud answers, so that the tree fills while a large account is still loading. */
  list(signal: AbortSignal): AsyncIterable<readonly Environment[]>;
  /** Reads one anew, without a listing; undefined where it is gone. */
  read?(environmentId: string, signal: AbortSignal): Promise<Environment | undefined>;
  /**
   * Resolves once the cloud reports the operation finished, with what of it is left behind: mostly nothing. Rejects
   * with "unsupported" where there is no such operation.
   */
  perform(
    operation: OperationRequest,
    environment: Environment,
    context: OperationContext,
  ): Promise<readonly Sentence[]>;
  /** Of an operation that is available. Absent: none of its operations is ever available. */
  consequences?(operation: PowerOperation, environment: Environment): Consequences;
  connection(environment: Environment, signal: AbortSignal): Promise<Connection>;
  /**
   * The host keys that the platform itself saw the machine make: "ssh-ed25519 AAAA…" each. Known before the first
   * contact, they are pinned. Empty where it does not tell.
   */
  hostKeys?(environment: Environment, signal: AbortSignal): Promise<readonly string[]>;
  /** How its interruptible environments are asked for a notice. Absent: they get none that could be read there. */
  readonly interruption?: InterruptionProbe;
  /**
   * Reports what the platform says of a machine that has just been started, until there is nothing more to say or
   * nobody listens. How it goes decides nothing: a machine that answers is ready.
   */
  watchStart?(environment: Environment, context: OperationContext): Promise<void>;
  /** In which other sizes a machine that is off could be started, the cheapest first. Absent: its size is fixed. */
  sizes?(environment: Environment, signal: AbortSignal): Promise<readonly Option[]>;
  /** Absent when this cloud's environments are made elsewhere. */
  readonly provisioning?: Provisioning;
  /** How the user signs in again; undefined where nothing here can begin that. */
  signIn?(): SignIn | undefined;
  /** Fires when the provider itself notices that its list is out of date, e.g. a file was edited. */
  readonly onDidInvalidate?: Event<void>;
}
