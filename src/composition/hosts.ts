import os from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import type { Environment } from "../core/environment.ts";
import { disposeAll, Emitter, type Disposable, type Event } from "../core/event.ts";
import { accountHome } from "../files/accountHome.ts";
import type { ReadPaths } from "../files/readRecord.ts";
import { WatchedFiles } from "../files/watchedFiles.ts";
import type { ProviderSources } from "../providers/index.ts";
import { safeAlias } from "../remote/include/alias.ts";
import type { Log } from "../ui/log.ts";
import { onDidChangeSettings, readSettings } from "../ui/settings.ts";
import { userConfigFile } from "./sshFiles.ts";

/** What the settings and the SSH configuration say of the hosts. */
export interface Hosts extends Disposable {
  /** Fires when either changed, so that the hosts have to be listed again. */
  readonly onDidChange: Event<undefined>;
  /** Hosts that the user hid are listed, but not shown. */
  readonly isShown: (environment: Environment) => boolean;
  /** What the latest list was made of, to be watched from now on. */
  readonly watch: (read: ReadPaths) => void;
}

export function watchHosts(): Hosts {
  const changed = new Emitter<undefined>();
  // Asked for every row of a long list, which the settings are too slow for.
  let hidden: ReadonlySet<string> | undefined;
  const fire = (): void => {
    changed.fire(undefined);
  };
  const watched = new WatchedFiles(watchFolder, fire, process.platform);
  let file = userConfigFile();
  const watchAlone = (): void => watched.watch({ files: new Set([file]), folders: new Set() });
  watchAlone();
  const settings = onDidChangeSettings(() => {
    hidden = undefined;
    if (file !== userConfigFile()) {
      file = userConfigFile();
      watchAlone();
    }
    fire();
  });
  return {
    onDidChange: changed.event,
    isShown: ({ reach, name }) => {
      hidden ??= new Set(readSettings().hiddenHosts);
      return reach !== "ssh" || !hidden.has(name);
    },
    watch: (read) => watched.watch(read),
    dispose: () => {
      disposeAll([settings, watched, changed]);
    },
  };
}

function watchFolder(folder: string, onEvent: (file: string) => void): vscode.Disposable {
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(folder), "*"));
  const heard = ({ fsPath }: vscode.Uri): void => onEvent(fsPath);
  return vscode.Disposable.from(
    watcher,
    watcher.onDidChange(heard),
    watcher.onDidCreate(heard),
    watcher.onDidDelete(heard),
  );
}

export function providerSources(hosts: Pick<Hosts, "onDidChange" | "watch">, log: Log): ProviderSources {
  return {
    ssh: {
      settingsHosts: () => readSettings().sshHosts,
      configHosts: () => listUserHosts(hosts.watch),
      safeAlias,
      onDidChange: hosts.onDidChange,
      log: log.info,
    },
    local: { hostName: os.hostname(), platform: process.platform, environment: process.env },
  };
}

async function listUserHosts(
  watch: Hosts["watch"],
): Promise<readonly { readonly alias: string; readonly source: string }[]> {
  if (!readSettings().showConfigHosts) return [];
  const [{ listConfigHosts }, { ReadRecord }] = await Promise.all([
    import("../providers/ssh/userConfig.ts"),
    import("../files/readRecord.ts"),
  ]);
  const record = new ReadRecord();
  try {
    const hosts = await listConfigHosts(userConfigFile(), (file) => record.readFile(file), {
      home: accountHome(),
      listFolder: (folder) => record.listFolder(folder),
    });
    const typed = new Map([...new Set(hosts.map(({ source }) => source))].map((file) => [file, asTyped(file)]));
    return hosts.map(({ alias, source }) => ({ alias, source: typed.get(source) ?? source }));
  } finally {
    watch(record); // also where a file could not be read, for that may be mended
  }
}

/** As people write a file in their home folder. */
function asTyped(file: string): string {
  for (const home of [accountHome(), os.homedir()]) {
    const inside = path.relative(home, file);
    if (!inside.startsWith("..") && !path.isAbsolute(inside)) return path.join("~", inside);
  }
  return file;
}
