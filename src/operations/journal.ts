// One file per operation, written before its first effect: whatever ends this process, the next one knows what was
// under way. VS Code's own globalState is neither atomic across windows nor safe while an extension is deactivated.
import { readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { GpuDevError, messageOf } from "../core/error.ts";
import type { Steps } from "../core/provider.ts";
import { sentence, type Sentence } from "../core/sentence.ts";
import { readIfPresent, replaceFile } from "../files/atomicFile.ts";
import { systemCode, writeError } from "../files/fileError.ts";
import { tryLock, withLock } from "../files/lock.ts";
import { makePrivateFolder } from "../files/privateFolder.ts";
import { parseRecord, serializeRecord, type OperationRecord } from "./record.ts";

/** An operation of this process. No other window takes it up while it is held. */
export interface JournalEntry {
  readonly record: OperationRecord;
  readonly steps: Steps;
  /** Keeps it for another time, with what went wrong where something is left. */
  release(trouble?: Sentence): Promise<void>;
  /** Its end was reported: nothing is to be kept. */
  remove(): Promise<void>;
}

export interface Journal {
  /**
   * Writes it down. Rejects with "storage" or "permission", and then nothing may be begun; with "busy" where a window
   * works on the same environment.
   */
  begin(record: OperationRecord): Promise<JournalEntry>;
  /** Everything that has not been reported to its end, also of other windows. */
  records(): Promise<readonly OperationRecord[]>;
  /** Takes up what nobody works on; undefined where another window does, or it is done. */
  take(id: string): Promise<JournalEntry | undefined>;
}

/** A journal in `folder`, which is made when there is something to keep. `log` hears of files that are no records. */
export function createJournal(folder: string, log: (line: string) => void): Journal {
  const place: Place = { folder, log };
  return {
    begin: (record) => begin(place, record),
    records: () => readRecords(place),
    take: (id) => take(place, id),
  };
}

interface Place {
  readonly folder: string;
  readonly log: (line: string) => void;
}

function fileOf({ folder }: Place, id: string): string {
  return path.join(folder, `${id}.json`);
}

async function begin(place: Place, record: OperationRecord): Promise<JournalEntry> {
  await makePrivateFolder(place.folder);
  // Of two windows that are asked at once, one begins.
  return withLock(path.join(place.folder, "journal"), async () => {
    for (const other of await readRecords(place)) if (isSame(other, record)) await giveWay(place, other);
    return writeFirst(place, record);
  });
}

async function writeFirst(place: Place, record: OperationRecord): Promise<JournalEntry> {
  const file = fileOf(place, record.id);
  const lock = await tryLock(file);
  if (!lock) throw new Error(`The operation ${record.id} is under way.`); // ids are random: never twice
  try {
    await replaceFile(file, serializeRecord(record));
  } catch (error) {
    await lock.release();
    throw error;
  }
  return entry(file, record, lock);
}

async function take(place: Place, id: string): Promise<JournalEntry | undefined> {
  const file = fileOf(place, id);
  if (!(await readIfPresent(file))) return undefined;
  const lock = await tryLock(file);
  if (!lock) return undefined;
  const record = await readRecord(file, place.log).catch(async (error: unknown) => {
    await lock.release();
    throw error;
  });
  if (record) return entry(file, record, lock);
  await lock.release();
  return undefined;
}

/** What a crash left of an earlier order gives way to the new one. */
async function giveWay(place: Place, other: OperationRecord): Promise<void> {
  const left = await take(place, other.id);
  if (!left) throw new GpuDevError("busy", sentence("Another window is working on {0}. Wait for it.", other.name));
  await left.remove();
}

function isSame(one: OperationRecord, other: OperationRecord): boolean {
  return one.kind === "power" && other.kind === "power" && one.environmentId === other.environmentId;
}

function entry(file: string, begun: OperationRecord, lock: { readonly release: () => Promise<void> }): JournalEntry {
  let record = begun;
  let written = Promise.resolve();
  const write = (changed: OperationRecord): Promise<void> => {
    record = changed;
    written = written.catch(() => undefined).then(() => replaceFile(file, serializeRecord(changed)));
    return written;
  };
  return {
    get record() {
      return record;
    },
    steps: {
      get: (key) => record.steps[key],
      put: (key, value) => write({ ...record, steps: { ...record.steps, [key]: value } }),
    },
    release: async (trouble) => {
      try {
        if (trouble !== undefined && record.kind === "provision") await write({ ...record, trouble });
      } finally {
        await lock.release();
      }
    },
    remove: async () => {
      await written.catch(() => undefined); // a step that comes late would bring the file back
      try {
        await rm(file, { force: true });
      } catch (error) {
        throw writeError(file, error);
      } finally {
        await lock.release();
      }
    },
  };
}

async function readRecords({ folder, log }: Place): Promise<readonly OperationRecord[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  });
  const files = names.filter((name) => /^[a-z0-9-]+\.json$/.test(name)).map((name) => path.join(folder, name));
  const records = await Promise.all(files.map((file) => readRecord(file, log)));
  return records.filter((record) => record !== undefined).sort((a, b) => a.startedAt - b.startedAt);
}

/** A file that is no record is set aside: it may name something that still costs money, so it is not deleted. */
async function readRecord(file: string, log: (line: string) => void): Promise<OperationRecord | undefined> {
  const bytes = await readIfPresent(file);
  if (!bytes) return undefined;
  try {
    return parseRecord(bytes);
  } catch (error) {
    log(`A record of an operation was not understood; it is kept as ${file}.bad: ${messageOf(error)}`);
    await rename(file, `${file}.bad`).catch((failure: unknown) => log(messageOf(failure)));
    return undefined;
  }
}
