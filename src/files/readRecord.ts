import { access, readdir, readFile, realpath } from "node:fs/promises";
import path from "node:path";

/** What an answer made of files depends on: when one of these changes, the answer may change. Absolute paths. */
export interface ReadPaths {
  /** Files, also those that are not there yet. */
  readonly files: ReadonlySet<string>;
  /** Folders whose lists of names were read. */
  readonly folders: ReadonlySet<string>;
}

/** Reads, and notes what was read. Fails as the file system does. */
export class ReadRecord implements ReadPaths {
  readonly files = new Set<string>();
  readonly folders = new Set<string>();

  async readFile(file: string): Promise<string> {
    try {
      const text = await readFile(file, "utf8");
      this.files.add(file);
      // A file that is kept elsewhere and linked to from here changes there.
      this.files.add(await realpath(file).catch(() => file));
      return text;
    } catch (error) {
      this.files.add(await firstMissing(file));
      throw error;
    }
  }

  async listFolder(folder: string): Promise<readonly string[]> {
    try {
      const names = await readdir(folder);
      this.folders.add(folder);
      return names;
    } catch (error) {
      this.files.add(await firstMissing(folder));
      throw error;
    }
  }
}

/** The file, or the folder on the way to it that is to come into being first: no folder can be watched before it is. */
async function firstMissing(file: string): Promise<string> {
  const folder = path.dirname(file);
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  return isThere || folder === file ? file : firstMissing(folder);
}
