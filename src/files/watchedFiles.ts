import path from "node:path";
import type { Disposable } from "../core/event.ts";
import type { ReadPaths } from "./readRecord.ts";

/** Watches what happens directly in a folder; tells the path of each file that came, went or changed. */
export type WatchFolder = (folder: string, onEvent: (file: string) => void) => Disposable;

/** Watches whatever the latest answer was made of. One watcher for each folder, and none twice. */
export class WatchedFiles implements Disposable {
  private readonly watchFolder: WatchFolder;
  private readonly onChange: () => void;
  private readonly toKey: (file: string) => string;
  private readonly watchers = new Map<string, Disposable>();
  private files: ReadonlySet<string> = new Set();
  private folders: ReadonlySet<string> = new Set();
  private isDisposed = false;

  constructor(watchFolder: WatchFolder, onChange: () => void, platform: NodeJS.Platform) {
    this.watchFolder = watchFolder;
    this.onChange = onChange;
    // Where case makes no difference, a path may be told in another case than it was asked for.
    const ignoresCase = platform === "win32" || platform === "darwin";
    this.toKey = (file) => (ignoresCase ? file.toLowerCase() : file);
  }

  /** Takes the place of what was watched before. */
  watch({ files, folders }: ReadPaths): void {
    if (this.isDisposed) return;
    this.files = new Set([...files].map(this.toKey));
    this.folders = new Set([...folders].map(this.toKey));
    const needed = new Set([...[...files].map((file) => path.dirname(file)), ...folders]);
    for (const [folder, watcher] of this.watchers) {
      if (needed.has(folder)) continue;
      watcher.dispose();
      this.watchers.delete(folder);
    }
    for (const folder of needed) {
      if (!this.watchers.has(folder))
        this.watchers.set(
          folder,
          this.watchFolder(folder, (file) => this.heard(file)),
        );
    }
  }

  dispose(): void {
    this.watch({ files: new Set(), folders: new Set() });
    this.isDisposed = true;
  }

  /** The folder of a file tells of all its neighbours. */
  private heard(file: string): void {
    const isRead = this.files.has(this.toKey(file)) || this.folders.has(this.toKey(path.dirname(file)));
    if (isRead && !this.isDisposed) this.onChange();
  }
}
