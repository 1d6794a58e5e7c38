import { steady, type Clock } from "../core/clock.ts";
import type { Environment } from "../core/environment.ts";
import { GpuDevError, isAbort } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import type { Session } from "../core/session.ts";
import { delay } from "../core/waiting.ts";
import type { Control } from "./supervised.ts";

export interface ReadinessParts {
  /** Opens a session in the background: asks nothing, makes no first contact with an unknown host key. */
  readonly open: (environment: Environment, signal: AbortSignal) => Promise<Session>;
  readonly clock: Clock;
}

/** Between two tries: what is ready is shown to be so within a second. */
const PAUSE_MS = 500;
/** An image boots in one to three minutes; past this something is wrong with it, or with the way to it. */
const SSH_DEADLINE_MS = 10 * 60_000;
/** A machine shows its host keys on its console a moment after it answers; then the user decides about them. */
const HOST_KEY_MS = 60_000;
/** Where the driver has to be installed first, that is most of it. */
const DRIVER_DEADLINE_MS = 20 * 60_000;
const COMMAND_MS = 15_000;
/** A try takes less; of a longer gap between two, as while the computer sleeps, only so much counts. */
const MOST_AT_ONCE_MS = 60_000;

/**
 * Resolves once a machine answers over SSH and, where it has GPUs, its driver does. Resolves also where its host key is
 * not known yet: it answers, and the user decides about the key when they connect. Rejects with "timeout".
 */
export async function awaitReady(
  parts: ReadinessParts,
  environment: Environment,
  { signal, report }: Control,
): Promise<void> {
  report(sentence("running, waiting for SSH"));
  const session = await untilSsh(parts, environment, signal);
  if (!session) return;
  try {
    report(sentence("SSH answers"));
    if (environment.gpu) await untilDriver(session, parts.clock, signal, report);
  } finally {
    session.close();
  }
}

async function untilSsh(
  { open, clock }: ReadinessParts,
  environment: Environment,
  signal: AbortSignal,
): Promise<Session | undefined> {
  const elapsed = steady(clock, MOST_AT_ONCE_MS);
  let answeredAt: number | undefined;
  for (;;) {
    try {
      return await open(environment, signal);
    } catch (error) {
      if (isAbort(error) || !(error instanceof GpuDevError)) throw error;
      if (error.code === "host-key-unknown") answeredAt ??= elapsed();
      if (answeredAt !== undefined && elapsed() - answeredAt >= HOST_KEY_MS) return undefined;
      unlessBooting(error, elapsed() > SSH_DEADLINE_MS);
    }
    await delay(PAUSE_MS, signal);
  }
}

/** Throws for what will not pass by itself, and for what has not passed in time. */
function unlessBooting(error: GpuDevError, isLate: boolean): void {
  if (!BOOTING.has(error.code)) throw error;
  if (!isLate) return;
  throw new GpuDevError("timeout", sentence("It does not answer over SSH: {0}", error.sentence), { cause: error });
}

/** A key is refused for as long as the machine has yet to read it from its metadata. */
const BOOTING: ReadonlySet<GpuDevError["code"]> = new Set([
  ...(["unreachable", "timeout", "authentication", "not-found", "host-key-unknown"] as const),
]);

async function untilDriver(
  session: Session,
  clock: Clock,
  signal: AbortSignal,
  report: Control["report"],
): Promise<void> {
  const elapsed = steady(clock, MOST_AT_ONCE_MS);
  for (;;) {
    const { exitCode, stderr, stdout } = await session.exec("nvidia-smi -L", { signal, timeoutMs: COMMAND_MS });
    if (exitCode === 0) break;
    const said = (stderr === "" ? stdout : stderr).trim().slice(0, 200);
    if (elapsed() > DRIVER_DEADLINE_MS)
      throw new GpuDevError("timeout", sentence("Its NVIDIA driver does not answer: {0}", said));
    report(sentence("waiting for the NVIDIA driver"));
    await delay(PAUSE_MS * 4, signal);
  }
  report(sentence("the driver answers"));
}
