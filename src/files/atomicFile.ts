// Files are replaced whole: a temporary file in the same folder, flushed to the disk, then renamed over the old one.
// A reader and a crash at any moment meet the old content or the new, never a part.
import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import path from "node:path";
import { readError, systemCode, writeError } from "./fileError.ts";

export interface ReplaceOptions {
  /** Permission bits. Without it an existing file keeps its own and a new one gets 0600. */
  readonly mode?: number;
  /** Called with the finished temporary file. Rejecting leaves the file as it was. */
  readonly beforeRename?: (temporary: string) => Promise<void>;
}

/** The bytes of a file; undefined only if there is none. Any other failure throws and is never an empty file. */
export async function readIfPresent(file: string): Promise<Buffer | undefined> {
  try {
    return await fs.readFile(file);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw readError(file, error);
  }
}

/** Replaces or makes a file. Symbolic links, the owner and, unless told otherwise, the mode are kept. */
export async function replaceFile(file: string, content: Uint8Array, options: ReplaceOptions = {}): Promise<void> {
  try {
    const target = await behindLinks(file);
    await removeLeftovers(path.dirname(target));
    const temporary = temporaryName(target);
    try {
      await writeFlushed(temporary, content, await ownership(target), options.mode);
      await options.beforeRename?.(temporary);
      await renameWithPatience(fs.rename, temporary, target);
    } catch (error) {
      await fs.rm(temporary, { force: true });
      throw error;
    }
    await flushFolder(path.dirname(target));
  } catch (error) {
    throw writeError(file, error);
  }
}

/** Where a write goes: what a chain of symbolic links ends at, also when that does not exist yet. */
async function behindLinks(file: string): Promise<string> {
  try {
    return await fs.realpath(file);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
  const here = path.join(await fs.realpath(path.dirname(file)), path.basename(file));
  const link = await fs.readlink(here).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  });
  return link === undefined ? here : behindLinks(path.resolve(path.dirname(here), link));
}

interface Ownership {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

async function ownership(target: string): Promise<Ownership | undefined> {
  try {
    const { mode, uid, gid } = await fs.stat(target);
    return { mode: mode & 0o7777, uid, gid };
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function writeFlushed(
  temporary: string,
  content: Uint8Array,
  owned: Ownership | undefined,
  mode: number | undefined,
): Promise<void> {
  const handle = await fs.open(temporary, "wx", 0o600); // never wider than it will be, not even while it is written
  try {
    await handle.writeFile(content);
    const made = await handle.stat();
    if (owned && (owned.uid !== made.uid || owned.gid !== made.gid)) await handle.chown(owned.uid, owned.gid);
    await handle.chmod(mode ?? owned?.mode ?? 0o600);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Windows refuses a rename while a virus scanner or a cloud sync has the file open, mostly for milliseconds. */
const PATIENCE_MS = [10, 20, 40, 80, 160, 320, 640, 1280] as const;
const HELD_OPEN = new Set(["EPERM", "EBUSY", "EACCES"]);

/** Exported for its test: the failures it waits out exist on Windows only. */
export async function renameWithPatience(
  rename: (from: string, to: string) => Promise<void>,
  from: string,
  to: string,
  platform = process.platform,
): Promise<void> {
  for (const pause of platform === "win32" ? PATIENCE_MS : []) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      if (!HELD_OPEN.has(systemCode(error) ?? "")) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  await rename(from, to);
}

/** Makes the rename itself survive a power cut. Windows cannot open folders, and some file systems cannot flush them. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await fs.open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function temporaryName(target: string): string {
  const unique = randomBytes(6).toString("hex");
  return path.join(path.dirname(target), `.${path.basename(target)}.gpu-dev-tmp-${unique}`);
}

const TEMPORARY = /^\..+\.gpu-dev-tmp-[0-9a-f]{12}$/;
/** No write takes as long as this, so an older temporary file belongs to a process that was killed. */
const LEFTOVER_AGE_MS = 60_000;

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await fs.readdir(folder)) {
    if (!TEMPORARY.test(name)) continue;
    const leftover = path.join(folder, name);
    const { mtimeMs } = await fs.stat(leftover).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > LEFTOVER_AGE_MS) await fs.rm(leftover, { force: true });
  }
}
