import * as fs from "node:fs/promises";
import path from "node:path";
import { replaceFile } from "../../files/atomicFile.ts";

/** One for a change that is regretted, and two for finding that out late. */
const KEPT = 3;

/** Writes `content` beside `file`, readable by its owner only, and lets go of our oldest copies there. */
export async function keepCopy(file: string, content: Buffer, at: number): Promise<string> {
  const time = new Date(at)
    .toISOString()
    .replace(/[^0-9]/g, "")
    .slice(0, 17);
  const copy = `${file}.gpu-dev-backup-${time}`;
  await replaceFile(copy, content, { mode: 0o600 });
  await removeOldest(file, copy);
  return copy;
}

/** The newest copy stays whatever its name says: clocks are set back, too. One that cannot be removed just stays. */
async function removeOldest(file: string, newest: string): Promise<void> {
  const folder = path.dirname(file);
  const stem = `${path.basename(file)}.gpu-dev-backup-`;
  const names = await fs.readdir(folder);
  const others = names.filter(
    (name) => name.startsWith(stem) && /^\d{17}$/.test(name.slice(stem.length)) && name !== path.basename(newest),
  );
  const old = others
    .sort()
    .reverse()
    .slice(KEPT - 1);
  await Promise.allSettled(old.map((name) => fs.rm(path.join(folder, name))));
}
