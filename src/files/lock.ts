import { stat } from "node:fs/promises";
import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import { systemCode, writeError } from "./fileError.ts";

/** A lock whose holder has not touched it for this long is taken over: its process is gone, or the laptop slept. */
const STALE_MS = 10_000;
const HEARTBEAT_MS = 2_000;
/** Longer than STALE_MS, so that one dead holder never makes a writer give up. */
const PATIENCE_MS = 30_000;
/** How often work is begun again after its lock was taken over, as after a sleep. */
const ATTEMPTS = 3;

/**
 * Runs `work` while no other process holds the lock of `file`, which need not exist; its folder must.
 * `stillHeld` rejects if another process has taken the lock over meanwhile: call it last before a change takes effect.
 * The work is then begun again, so it must read what it builds on inside. Throws "busy" when the lock stays taken.
 */
export async function withLock<T>(file: string, work: (stillHeld: () => Promise<void>) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const lock = await acquire(file);
    try {
      return await work(lock.stillHeld);
    } catch (error) {
      if (!(error instanceof LockLost) || attempt === ATTEMPTS) throw error;
    } finally {
      await lock.release();
    }
  }
}

/**
 * Holds the lock of `file` for as long as something lasts; undefined where another process holds it. Whose process
 * ends without a release loses it after STALE_MS.
 */
export async function tryLock(file: string): Promise<{ readonly release: () => Promise<void> } | undefined> {
  try {
    return await lockOnce(file);
  } catch (error) {
    if (systemCode(error) === "ELOCKED") return undefined;
    throw writeError(file, error);
  }
}

class LockLost extends GpuDevError {
  constructor(file: string) {
    super("busy", sentence("Another window changed {0} at the same moment. Nothing was written. Try again.", file));
  }
}

interface Lock {
  readonly stillHeld: () => Promise<void>;
  readonly release: () => Promise<void>;
}

function acquire(file: string): Promise<Lock> {
  return retryWhileTaken(file, () => lockOnce(file));
}

async function lockOnce(file: string): Promise<Lock> {
  const { default: lockfile } = await import("proper-lockfile"); // the one export that Node and the bundle agree on
  let lost = false;
  const release = await lockfile.lock(file, {
    realpath: false,
    stale: STALE_MS,
    update: HEARTBEAT_MS,
    onCompromised: () => {
      lost = true;
    },
  });
  const own = await identity(file);
  const isOurs = async () => !lost && own !== undefined && (await identity(file)) === own;
  return {
    stillHeld: async () => {
      if (!(await isOurs())) throw new LockLost(file);
    },
    // Releasing a lock that was taken over would open the door behind its new holder.
    release: async () => {
      if (await isOurs()) await release().catch(() => undefined);
    },
  };
}

async function retryWhileTaken<T>(file: string, attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (systemCode(error) !== "ELOCKED") throw writeError(file, error);
      if (Date.now() > deadline) throw taken(file, error);
    }
    // Of random length, so that several waiting windows do not keep in step.
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 45));
  }
}

function taken(file: string, cause: unknown): GpuDevError {
  const words = sentence("Another window is still changing {0}. Nothing was written. Try again in a moment.", file);
  return new GpuDevError("busy", words, { cause });
}

/** Tells one lock from the next at the same path: inode numbers alone are reused at once. */
async function identity(file: string): Promise<string | undefined> {
  try {
    const { ino, birthtimeNs } = await stat(`${file}.lock`, { bigint: true });
    return `${ino} ${birthtimeNs}`;
  } catch {
    return undefined;
  }
}
