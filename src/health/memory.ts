import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/error.ts";
import { Emitter, type Disposable, type Event } from "../core/event.ts";
import { expectedSpec, type SpecStore } from "./spec.ts";
import type { StateChange } from "./stateFile.ts";
import type { StoredState } from "./storedState.ts";

/** What is remembered between sessions of the editor, readable at once: empty until the file has been read. */
export interface Memory extends SpecStore, Disposable {
  /** Fires once, when what was remembered can be read. */
  readonly onDidRead: Event<undefined>;
  readonly pinned: string | undefined;
  pin(environmentId: string | undefined): void;
}

/** Reads the stored state in the background. Failures cost the memory only. */
export function createMemory(open: () => Promise<StoredState>, clock: Clock, log: (line: string) => void): Memory {
  const didRead = new Emitter<undefined>();
  let state: StoredState | undefined;
  const early: StateChange[] = [];
  const keep = (change: StateChange): void => {
    if (state) state.update(change).catch((error: unknown) => log(`Not remembered: ${messageOf(error)}`));
    else early.push(change);
  };
  open().then(
    (read) => {
      state = read;
      for (const change of early.splice(0)) keep(inLightOf(read, change));
      didRead.fire(undefined);
    },
    (error: unknown) => log(`Nothing is remembered: ${messageOf(error)}`),
  );
  return {
    spec: (environmentId) => state?.lastSeen(environmentId)?.spec,
    rememberSpec: (environmentId, spec) => keep({ kind: "seen", environmentId, gpus: { spec, seenAt: clock() } }),
    get pinned() {
      return state?.pinned;
    },
    pin: (environmentId) => keep({ kind: "pinned", environmentId }),
    onDidRead: didRead.event,
    dispose: () => {
      didRead.dispose();
    },
  };
}

/** GPUs seen before the file was read must not make fewer of what it expects. */
function inLightOf(state: StoredState, change: StateChange): StateChange {
  if (change.kind !== "seen") return change;
  const { spec, seenAt } = change.gpus;
  const expected = expectedSpec(state.lastSeen(change.environmentId)?.spec, spec);
  return { ...change, gpus: { spec: expected, seenAt } };
}
