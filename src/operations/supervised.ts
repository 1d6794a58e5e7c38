import type { Environment } from "../core/environment.ts";
import { isAbort, messageOf } from "../core/error.ts";
import type { EnvironmentProvider, OperationContext } from "../core/provider.ts";
import type { Sentence } from "../core/sentence.ts";
import { follow } from "../core/waiting.ts";
import type { JournalEntry } from "./journal.ts";

/** Who asked for an operation: may stop it, and hears how far it is. */
export interface Control {
  readonly signal: AbortSignal;
  readonly report: (stage: Sentence) => void;
}

/** Where a part of an operation runs. */
export interface Scene {
  readonly entry: JournalEntry;
  readonly control: Control;
  /** Shows in the tree what is being done. */
  readonly cover: (activity: Sentence) => void;
  /** Of this process. */
  readonly life: AbortSignal;
}

/** Runs one part of an operation: stopped by whoever asked for it and by the end of this process. */
export async function supervised<T>(
  { entry, control, cover, life }: Scene,
  work: (context: OperationContext) => Promise<T>,
): Promise<T> {
  const { controller, release } = follow(life);
  const stop = (): void => controller.abort(control.signal.reason);
  if (control.signal.aborted) stop();
  control.signal.addEventListener("abort", stop);
  const report = (stage: Sentence): void => {
    if (controller.signal.aborted) return;
    cover(stage);
    control.report(stage);
  };
  try {
    return await work({ signal: controller.signal, report, steps: entry.steps });
  } finally {
    control.signal.removeEventListener("abort", stop);
    release();
  }
}

export interface ReadyParts {
  readonly awaitReady: (environment: Environment, control: Control) => Promise<void>;
  readonly provider: EnvironmentProvider;
  readonly log: (line: string) => void;
}

/** Until a machine can be worked on. What its platform says of it meanwhile is told, and decides nothing. */
export function untilReady({ awaitReady, provider, log }: ReadyParts, scene: Scene, made: Environment): Promise<void> {
  return supervised(scene, async (context) => {
    const { controller, release } = follow(context.signal);
    const report = (stage: Sentence): void => {
      if (!controller.signal.aborted) context.report(stage);
    };
    provider.watchStart?.(made, { ...context, report, signal: controller.signal }).catch((error: unknown) => {
      if (!isAbort(error)) log(`${made.name}: ${messageOf(error)}`);
    });
    try {
      await awaitReady(made, context);
    } finally {
      release();
      controller.abort();
    }
  });
}
