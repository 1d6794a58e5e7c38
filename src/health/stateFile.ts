import { readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import * as v from "valibot";
import type { Clock } from "../core/clock.ts";
import type { GpuSpec } from "../core/environment.ts";
import { messageOf } from "../core/error.ts";
import { readIfPresent } from "../files/atomicFile.ts";

/** The GPUs of an environment as they were last seen, at wall-clock milliseconds. */
export interface SeenGpus {
  readonly spec: GpuSpec;
  readonly seenAt: number;
}

export type StateChange =
  | { readonly kind: "seen"; readonly environmentId: string; readonly gpus: SeenGpus }
  /** `undefined`: none is pinned. */
  | { readonly kind: "pinned"; readonly environmentId: string | undefined };

const VERSION = 1;
/** Far above what the limits below can fill. */
const LARGEST_FILE = 8 * 1024 * 1024;
const MOST_SEEN = 5_000;
const MOST_BAD_COPIES = 3;

const text = v.pipe(v.string(), v.maxLength(1_024));
const count = v.pipe(v.number(), v.finite(), v.minValue(0));
const seenGpus = v.object({
  seenAt: count,
  spec: v.object({ model: text, count, memoryMiBPerGpu: v.exactOptional(count) }),
});
const stateFile = v.object({
  version: v.literal(VERSION),
  seen: v.array(v.object({ environmentId: text, ...seenGpus.entries })),
  pinned: v.exactOptional(text),
});

/** A value, replaced whole by each change. */
export interface State {
  /** From the longest ago to the latest. */
  readonly seen: ReadonlyMap<string, SeenGpus>;
  readonly pinned: string | undefined;
}

export const EMPTY: State = { seen: new Map(), pinned: undefined };

/** Leaves out what would make the whole file unreadable, such as a name of megabytes. */
export function apply(state: State, change: StateChange): State {
  if (!isStorable(change)) return state;
  switch (change.kind) {
    case "seen": {
      const others = [...state.seen].filter(([id]) => id !== change.environmentId);
      return { ...state, seen: new Map([...others, [change.environmentId, change.gpus] as const].slice(-MOST_SEEN)) };
    }
    case "pinned":
      return { ...state, pinned: change.environmentId };
  }
}

function isStorable(change: StateChange): boolean {
  if (change.kind === "pinned") return v.is(v.optional(text), change.environmentId);
  return v.is(text, change.environmentId) && v.is(seenGpus, change.gpus);
}

export function serialize({ seen, pinned }: State): Uint8Array {
  const content: v.InferOutput<typeof stateFile> = {
    version: VERSION,
    seen: [...seen].map(([environmentId, gpus]) => ({ environmentId, ...gpus })),
    ...(pinned === undefined ? {} : { pinned }),
  };
  return Buffer.from(JSON.stringify(content));
}

/** Undefined where there is nothing to go by. Throws only where the file could not be read, and then it may be whole. */
export async function readOrReset(
  file: string,
  log: (message: string) => void,
  clock: Clock,
): Promise<State | undefined> {
  const bytes = await readIfPresent(file);
  if (bytes === undefined) return undefined;
  try {
    return parse(bytes);
  } catch (error) {
    const copy = `${file}.bad-${clock()}`;
    log(`The stored state was not understood and is begun anew; the old file is kept as ${copy}: ${messageOf(error)}`);
    await setAside(file, copy).catch((failure: unknown) => log(messageOf(failure)));
    return undefined;
  }
}

function parse(bytes: Buffer): State {
  if (bytes.length > LARGEST_FILE) throw new Error(`${bytes.length} bytes are more than it ever holds`);
  const { seen, pinned } = v.parse(stateFile, JSON.parse(bytes.toString("utf8")));
  return {
    seen: new Map(seen.slice(-MOST_SEEN).map(({ environmentId, spec, seenAt }) => [environmentId, { spec, seenAt }])),
    pinned,
  };
}

async function setAside(file: string, copy: string): Promise<void> {
  await rename(file, copy);
  const folder = path.dirname(file);
  const prefix = `${path.basename(file)}.bad-`;
  const copies = (await readdir(folder)).filter((name) => name.startsWith(prefix)).sort();
  for (const old of copies.slice(0, -MOST_BAD_COPIES)) await rm(path.join(folder, old), { force: true });
}
