import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import v8 from "node:v8";
import vm from "node:vm";
import * as vscode from "vscode";
import manifest from "../../package.json" with { type: "json" };

const ID = `${manifest.publisher}.${manifest.name}`;
const isFull = process.env["GPU_DEV_FAULTS"] === "full";
const CYCLES = isFull ? 200 : 20;
/** The first ones fill caches that stay. */
const WARM_UP = 5;
/** What VS Code itself keeps of each set of commands, logs and panels that was registered and disposed of. */
const HOST_BYTES_PER_CYCLE = 100_000;
/** Activations whose objects may still be there: the last ones, which somebody may hold for a moment longer. */
const MOST_ALIVE = 2;

interface Entry {
  readonly activate: (context: vscode.ExtensionContext) => void;
}

/** The packaged extension's own entry, in the host that will activate it later; it is not active yet. */
function loadEntry(extension: vscode.Extension<unknown>): Entry {
  assert.equal(extension.isActive, false, "These tests must run before any other that activates the extension");
  return createRequire(__filename)(path.join(extension.extensionPath, manifest.main)) as Entry;
}

function createMemento(): vscode.Memento & { setKeysForSync(): void } {
  const values = new Map<string, unknown>();
  return {
    keys: () => [...values.keys()],
    get: <T>(key: string, fallback?: T) => (values.has(key) ? values.get(key) : fallback) as T,
    update: (key, value) => Promise.resolve(void values.set(key, value)),
    setKeysForSync: () => undefined,
  };
}

/** Only what the extension uses of its context. */
function createContext(extension: vscode.Extension<unknown>, storage: string): vscode.ExtensionContext {
  const context = {
    subscriptions: [] as vscode.Disposable[],
    extension,
    extensionUri: extension.extensionUri,
    globalStorageUri: vscode.Uri.file(storage),
    workspaceState: createMemento(),
  };
  return context as unknown as vscode.ExtensionContext;
}

/** How many of each kind keep the process alive. */
function resources(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function collectGarbage(): number {
  v8.setFlagsFromString("--expose-gc");
  const collect = vm.runInNewContext("gc") as () => void;
  for (let round = 0; round < 3; round++) collect();
  return process.memoryUsage().heapUsed;
}

/** Kinds of which there are more than before; other parts of the host come and go, so it is asked until there are none. */
async function leftOver(before: Readonly<Record<string, number>>): Promise<readonly string[]> {
  let more: readonly string[] = [];
  for (const end = Date.now() + 15_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 200))) {
    more = Object.entries(resources()).flatMap(([kind, count]) =>
      count > (before[kind] ?? 0) ? [`${kind}: ${count} instead of ${before[kind] ?? 0}`] : [],
    );
    if (more.length === 0) break;
  }
  return more;
}

/** Where the commands of the present activation are registered. */
let rounds = 0;
const ownName = (id: string): string => `cycle${rounds}.${id}`;

/**
 * Three habits of VS Code that one activation in a host never meets: it hands out a log once more that was closed before
 * it was made, so each activation gets one by a name of its own; it keeps the data provider of a tree view for good, so
 * it gets one that lets go; and it activates the extension by itself at some moment after one of its commands was
 * called or one of its pages shown, so each activation has them by names of its own. `activations` get what each one shows. What is
 * returned puts things right again.
 */
function allowForTheHost(extension: vscode.Extension<unknown>, activations: WeakRef<object>[]): () => void {
  const host = createRequire(path.join(extension.extensionPath, manifest.main))("vscode") as typeof vscode;
  const { window, commands } = host;
  const { createOutputChannel, createTreeView, createWebviewPanel, registerWebviewPanelSerializer } = window;
  const ownPanel: typeof createWebviewPanel = (type, ...rest) => createWebviewPanel(ownName(type), ...rest);
  const ownPages: typeof registerWebviewPanelSerializer = (type, ...rest) =>
    registerWebviewPanelSerializer(ownName(type), ...rest);
  const { registerCommand } = commands;
  const ownCommand: typeof registerCommand = (id, ...handler) => registerCommand(ownName(id), ...handler);
  const createLog = createOutputChannel as (name: string, options: { readonly log: true }) => vscode.LogOutputChannel;
  let made = 0;
  const namedLog: typeof createLog = (name, options) => createLog(`${name} ${++made}`, options);
  const looseView: typeof createTreeView = (id, { treeDataProvider, ...options }) => {
    const { provider, letGo } = loosely(treeDataProvider);
    activations.push(new WeakRef<object>(treeDataProvider));
    const view = createTreeView(id, { ...options, treeDataProvider: provider });
    const dispose = (): void => {
      letGo();
      view.dispose();
    };
    return new Proxy(view, {
      get: (target, key) => (key === "dispose" ? dispose : (Reflect.get(target, key, target) as unknown)),
    });
  };
  Object.assign(window, { createOutputChannel: namedLog, createTreeView: looseView });
  Object.assign(window, { createWebviewPanel: ownPanel, registerWebviewPanelSerializer: ownPages });
  Object.assign(commands, { registerCommand: ownCommand });
  return () => {
    Object.assign(window, { createOutputChannel, createTreeView, createWebviewPanel, registerWebviewPanelSerializer });
    Object.assign(commands, { registerCommand });
  };
}

function loosely<T>(held: vscode.TreeDataProvider<T>): {
  readonly provider: vscode.TreeDataProvider<T>;
  readonly letGo: () => void;
} {
  let provider: vscode.TreeDataProvider<T> | undefined = held;
  return {
    provider: {
      onDidChangeTreeData: (...listener) =>
        provider?.onDidChangeTreeData?.(...listener) ?? new vscode.Disposable(() => undefined),
      getChildren: (element) => provider?.getChildren(element),
      getTreeItem: (element) => provider?.getTreeItem(element) ?? new vscode.TreeItem(""),
      getParent: (element) => provider?.getParent?.(element),
    },
    letGo: () => {
      provider = undefined;
    },
  };
}

describe("an extension that is activated and deactivated again and again", () => {
  const failures: unknown[] = [];
  const note = (reason: unknown): void => void failures.push(reason);
  let extension: vscode.Extension<unknown>;
  let storage: string;
  /** The tree of each, which holds everything else of it. */
  const activations: WeakRef<object>[] = [];
  let restoreHost: () => void;

  before(async () => {
    process.on("unhandledRejection", note);
    extension = vscode.extensions.getExtension(ID) ?? assert.fail("It is not installed");
    restoreHost = allowForTheHost(extension, activations);
    storage = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-cycles-"));
  });

  after(async () => {
    process.off("unhandledRejection", note);
    restoreHost();
    await rm(storage, { recursive: true, force: true });
  });

  /** `early`: it is disposed while its first listing and a connection are still under way. */
  async function cycle(entry: Entry, early: boolean): Promise<void> {
    const context = createContext(extension, storage);
    rounds += 1;
    entry.activate(context);
    const commands = ["gpuDev.refresh", "gpuDev.showFleetHealth", "gpuDev.showLog"].map((id) =>
      vscode.commands.executeCommand(ownName(id)),
    );
    const reconnecting = vscode.commands.executeCommand(ownName("gpuDev.reconnect"), "ssh/config/trainer");
    if (!early) await Promise.all([...commands, reconnecting]);
    for (const disposable of context.subscriptions) disposable.dispose(); // in the order of VS Code
    await Promise.allSettled([...commands, reconnecting]);
  }

  it(`leaves no timer, socket, process, listener or memory behind: ${CYCLES} cycles`, async function () {
    this.timeout(isFull ? 600_000 : 120_000);
    const entry = loadEntry(extension);
    for (let round = 0; round < WARM_UP; round++) await cycle(entry, round % 2 === 1);
    const before = resources();
    const heapBefore = collectGarbage();
    for (let round = 0; round < CYCLES; round++) await cycle(entry, round % 2 === 1);
    assert.deepEqual(await leftOver(before), []);
    const growth = (collectGarbage() - heapBefore) / CYCLES;
    const alive = (): number => activations.filter((activation) => activation.deref() !== undefined).length;
    assert.ok(alive() <= MOST_ALIVE, `${alive()} of ${activations.length} activations are still in memory`);
    // A short run sees mostly the rest of the host, which has only just started.
    if (isFull) assert.ok(growth < HOST_BYTES_PER_CYCLE, `The heap grew by ${growth.toFixed(0)} bytes a cycle`);
    assert.deepEqual(failures, []);
  });
});
