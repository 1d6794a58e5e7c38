import path from "node:path";
import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/error.ts";
import { replaceFile } from "../files/atomicFile.ts";
import { withLock } from "../files/lock.ts";
import { makePrivateFolder } from "../files/privateFolder.ts";
import { apply, EMPTY, readOrReset, serialize, type SeenGpus, type State, type StateChange } from "./stateFile.ts";

/** What survives a reload. All windows share one file; each change is merged into what the others wrote. */
export interface StoredState {
  lastSeen(environmentId: string): SeenGpus | undefined;
  /** The environment that the user pinned to the status bar. */
  readonly pinned: string | undefined;
  /** True at once for this window; resolves when it is on the disk. Rejects with "storage", "permission" or "busy". */
  update(change: StateChange): Promise<void>;
}

/**
 * Reads the state kept in `folder`, which is made when there is something to keep. Never throws: a file that cannot be
 * understood is moved to `state.json.bad-<time>` and begun anew, one that cannot be read is left alone; `log` hears of
 * both.
 */
export async function openStoredState(
  folder: string,
  log: (message: string) => void,
  clock: Clock = Date.now,
): Promise<StoredState> {
  const file = path.join(folder, "state.json");
  const read = () => readOrReset(file, log, clock);
  try {
    return storeOver(file, read, (await read()) ?? EMPTY);
  } catch (error) {
    log(messageOf(error));
    return storeOver(file, read, EMPTY);
  }
}

function storeOver(file: string, read: () => Promise<State | undefined>, opened: State): StoredState {
  let written = opened;
  let waiting: readonly StateChange[] = [];
  let state = opened; // `written` with what waits
  let nextWrite: Promise<void> | undefined; // takes along what is asked for until it begins
  let lastWrite = Promise.resolve();

  const write = async (): Promise<void> => {
    nextWrite = undefined;
    const changes = waiting;
    let result = changes.reduce(apply, written); // holds for this window even where it cannot be written
    try {
      await makePrivateFolder(path.dirname(file)); // VS Code names it, but does not make it
      await withLock(file, async (stillHeld) => {
        result = changes.reduce(apply, (await read()) ?? written);
        await replaceFile(file, serialize(result), { beforeRename: stillHeld });
      });
    } finally {
      written = result;
      waiting = waiting.slice(changes.length);
      state = waiting.reduce(apply, written);
    }
  };
  return {
    lastSeen: (environmentId) => state.seen.get(environmentId),
    get pinned() {
      return state.pinned;
    },
    update: (change) => {
      waiting = [...waiting, change];
      state = apply(state, change);
      nextWrite ??= lastWrite.then(write);
      lastWrite = nextWrite.catch(() => undefined); // whoever asked for it is told
      return nextWrite;
    },
  };
}
