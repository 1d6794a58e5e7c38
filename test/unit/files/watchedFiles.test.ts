import { watch } from "node:fs";
import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ReadRecord } from "../../../src/files/readRecord.ts";
import { WatchedFiles, type WatchFolder } from "../../../src/files/watchedFiles.ts";
import { listConfigHosts } from "../../../src/providers/ssh/userConfig.ts";

let home: string;
let watched: WatchedFiles;
let changes = 0;
const running = new Set<string>();

/** The watchers of this machine, in place of those of the editor. */
const watchFolder: WatchFolder = (folder, onEvent) => {
  running.add(folder);
  const watcher = watch(folder, (_, name) => onEvent(path.join(folder, name ?? "")));
  return {
    dispose: () => {
      running.delete(folder);
      watcher.close();
    },
  };
};

beforeEach(async () => {
  home = await realpath(await mkdtemp(path.join(os.tmpdir(), "gpu-dev-watch-")));
  await mkdir(path.join(home, ".ssh"));
  changes = 0;
  watched = new WatchedFiles(watchFolder, () => (changes += 1), process.platform);
});
afterEach(async () => {
  watched.dispose();
  expect([...running]).toEqual([]);
  await rm(home, { recursive: true, force: true });
});

const inSsh = (name: string): string => path.join(home, ".ssh", name);

async function listAndWatch(): Promise<readonly string[]> {
  const record = new ReadRecord();
  const hosts = await listConfigHosts(inSsh("config"), (file) => record.readFile(file), {
    home,
    listFolder: (folder) => record.listFolder(folder),
  });
  watched.watch(record);
  return hosts.map(({ alias }) => alias);
}

/** Does something and waits until it is noticed; fails where it is not. */
async function expectNoticed(act: () => Promise<unknown>): Promise<void> {
  const before = changes;
  await act();
  await expect.poll(() => changes, { timeout: 5000 }).toBeGreaterThan(before);
}

describe("the files of an SSH configuration", () => {
  it("are noticed when an included one is edited, added or replaced", async () => {
    await mkdir(inSsh("config.d"));
    await writeFile(inSsh("config"), "Include config.d/*\nInclude work\nHost main\n");
    await writeFile(inSsh("config.d/a"), "Host a\n");
    await writeFile(inSsh("work"), "Host work\n");
    expect(await listAndWatch()).toEqual(["a", "work", "main"]);
    await expectNoticed(() => writeFile(inSsh("work"), "Host work office\n"));
    await expectNoticed(() => writeFile(inSsh("config.d/b"), "Host b\n"));
    expect(await listAndWatch()).toEqual(["a", "b", "work", "office", "main"]);
    await writeFile(inSsh("elsewhere"), "Host moved\n");
    await expectNoticed(() => rename(inSsh("elsewhere"), inSsh("work")));
    await expectNoticed(() => writeFile(inSsh("config"), "Host main\n"));
    expect(await listAndWatch()).toEqual(["main"]);
    expect([...running]).toEqual([path.join(home, ".ssh")]);
  });

  it("are noticed when they come into being, and the folder they are in", async () => {
    await writeFile(inSsh("config"), "Include later\nInclude config.d/*\nInclude deep/er/hosts\n");
    expect(await listAndWatch()).toEqual([]);
    await expectNoticed(() => writeFile(inSsh("later"), "Host later\n"));
    await expectNoticed(() => mkdir(inSsh("config.d")));
    await expectNoticed(() => mkdir(inSsh("deep")));
    expect(await listAndWatch()).toEqual(["later"]);
    await expectNoticed(() => mkdir(inSsh("deep/er")));
    await listAndWatch();
    await expectNoticed(() => writeFile(inSsh("deep/er/hosts"), "Host deep\n"));
    await expectNoticed(() => writeFile(inSsh("config.d/a"), "Host a\n"));
    expect(await listAndWatch()).toEqual(["later", "a", "deep"]);
    await expectNoticed(() => rm(inSsh("config.d/a")));
  });

  it("are noticed where they are links to files kept elsewhere", async () => {
    await mkdir(path.join(home, "dotfiles"));
    await writeFile(path.join(home, "dotfiles", "ssh"), "Host linked\n");
    await symlink(path.join(home, "dotfiles", "ssh"), inSsh("config"));
    expect(await listAndWatch()).toEqual(["linked"]);
    await expectNoticed(() => writeFile(path.join(home, "dotfiles", "ssh"), "Host linked other\n"));
  });

  it("are told apart from their neighbours, which change all the time", () => {
    const events: ((file: string) => void)[] = [];
    let heard = 0;
    const counting = new WatchedFiles(
      (_, onEvent) => {
        events.push(onEvent);
        return { dispose: () => undefined };
      },
      () => (heard += 1),
      "linux",
    );
    counting.watch({ files: new Set(["/home/jane/.ssh/config"]), folders: new Set() });
    for (const tell of events) tell("/home/jane/.ssh/known_hosts");
    expect(heard).toBe(0);
    for (const tell of events) tell("/home/jane/.ssh/config");
    expect(heard).toBe(1);
    counting.dispose();
    for (const tell of events) tell("/home/jane/.ssh/config");
    counting.watch({ files: new Set(["/home/jane/.ssh/config"]), folders: new Set() });
    expect({ heard, watchers: events.length }).toEqual({ heard: 1, watchers: 1 });
  });

  it("are recognised in another case where case makes no difference", () => {
    let tell: (file: string) => void = () => undefined;
    let heard = 0;
    const onWindows = new WatchedFiles(
      (_, onEvent) => {
        tell = onEvent;
        return { dispose: () => undefined };
      },
      () => (heard += 1),
      "win32",
    );
    onWindows.watch({ files: new Set([path.join(home, "Config")]), folders: new Set() });
    tell(path.join(home, "config"));
    expect(heard).toBe(1);
  });
});
