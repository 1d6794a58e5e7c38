import { readdir, readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import type { Environment } from "../core/environment.ts";
import { disposeAll, Emitter, type Disposable, type Event } from "../core/event.ts";
import { accountHome } from "../files/accountHome.ts";
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
}

export function watchHosts(): Hosts {
  const changed = new Emitter<undefined>();
  // Asked for every row of a long list, which the settings are too slow for.
  let hidden: ReadonlySet<string> | undefined;
  const fire = (): void => {
    changed.fire(undefined);
  };
  let file = userConfigFile();
  let watcher: vscode.Disposable | undefined;
  const watching = setImmediate(() => (watcher = watchFile(file, fire))); // not within the time of activation
  const settings = onDidChangeSettings(() => {
    hidden = undefined;
    if (file !== userConfigFile()) {
      file = userConfigFile();
      watcher?.dispose();
      watcher = watchFile(file, fire);
    }
    fire();
  });
  return {
    onDidChange: changed.event,
    isShown: ({ reach, name }) => {
      hidden ??= new Set(readSettings().hiddenHosts);
      return reach !== "ssh" || !hidden.has(name);
    },
    dispose: () => {
      clearImmediate(watching);
      watcher?.dispose();
      disposeAll([settings, changed]);
    },
  };
}

function watchFile(file: string, onChange: () => void): vscode.Disposable {
  const pattern = new vscode.RelativePattern(vscode.Uri.file(path.dirname(file)), path.basename(file));
  const watcher = vscode.workspace.createFileSystemWatcher(pattern);
  return vscode.Disposable.from(
    watcher,
    watcher.onDidChange(onChange),
    watcher.onDidCreate(onChange),
    watcher.onDidDelete(onChange),
  );
}

export function providerSources(onDidChange: Event<undefined>, log: Log): ProviderSources {
  return {
    ssh: {
      settingsHosts: () => readSettings().sshHosts,
      configHosts: listUserHosts,
      safeAlias,
      onDidChange,
      log: log.info,
    },
    local: { hostName: os.hostname(), platform: process.platform, environment: process.env },
  };
}

async function listUserHosts(): Promise<readonly { readonly alias: string; readonly source: string }[]> {
  if (!readSettings().showConfigHosts) return [];
  const { listConfigHosts } = await import("../providers/ssh/userConfig.ts");
  const home = accountHome();
  const hosts = await listConfigHosts(userConfigFile(), (file) => readFile(file, "utf8"), {
    home,
    listFolder: (folder) => readdir(folder),
  });
  return hosts.map(({ alias, source }) => ({ alias, source: asTyped(source) }));
}

/** As people write a file in their home folder. */
function asTyped(file: string): string {
  for (const home of [accountHome(), os.homedir()]) {
    const inside = path.relative(home, file);
    if (!inside.startsWith("..") && !path.isAbsolute(inside)) return path.join("~", inside);
  }
  return file;
}
