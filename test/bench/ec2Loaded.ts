// A program of its own: the built extension without an editor, and which of its files are loaded.
import { globSync } from "node:fs";
import Module, { createRequire } from "node:module";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type * as AwsChunk from "../../src/providers/aws/awsProviders.ts";
import { ROOT } from "./built.ts";

/** What its parent is told: names of files below dist. */
export interface Loaded {
  /** By loading and activating the extension without any account, and some seconds of being left alone. */
  readonly atStart: readonly string[];
  /** Besides, by the first listing of a region. */
  readonly byListing: readonly string[];
  /** Besides, by the prices that follow it in the background. */
  readonly byPrices: readonly string[];
}

const REST_MS = 1_500;
const DIST = path.join(ROOT, "dist");
const [directory = "", region = ""] = process.argv.slice(2);
const load = createRequire(import.meta.url);

/** An arrow function could not be constructed. */
function target(): void {
  return undefined;
}

/** Whatever is asked of it, there is something that can be called and asked in turn. */
function anything(known: Readonly<Record<string, unknown>> = {}): unknown {
  return new Proxy(target, {
    get: (_, name) => {
      if (typeof name === "symbol" || name === "then") return undefined;
      return name in known ? known[name] : anything();
    },
    apply: () => anything(),
    construct: () => anything() as object,
  });
}

/** An editor whose settings say nothing. */
function installEditor(): void {
  const resolver = Module as unknown as { _resolveFilename: (name: string, ...rest: unknown[]) => string };
  const resolve = resolver._resolveFilename.bind(Module);
  resolver._resolveFilename = (name, ...rest) => (name === "vscode" ? name : resolve(name, ...rest));
  const settings = { get: () => undefined };
  const exports = anything({
    workspace: anything({ getConfiguration: () => settings, workspaceFolders: undefined, workspaceFile: undefined }),
    window: anything({ tabGroups: { all: [] } }),
    env: anything({ language: "en", remoteName: undefined }),
  });
  const editor = Object.assign(new Module("vscode"), { loaded: true, exports });
  load.cache["vscode"] = editor;
}

function loaded(): readonly string[] {
  return Object.keys(load.cache).flatMap((file) => (file.startsWith(DIST) ? path.relative(DIST, file) : []));
}

/** What is there, without what was there before. */
function since(before: readonly string[]): readonly string[] {
  return loaded().filter((file) => !before.includes(file));
}

async function list(): Promise<void> {
  const [chunk = ""] = globSync("chunks/awsProviders-*.js", { cwd: DIST });
  const { createAwsProviders } = load(path.join(DIST, chunk)) as typeof AwsChunk;
  const nothing = () => Promise.resolve(undefined);
  const account = createAwsProviders({
    ...{ clock: Date.now, log: () => undefined, folder: directory, prices: () => ({}) },
    filter: () => ({ gpuOnly: true, mine: false }),
    keys: { save: () => Promise.resolve(""), file: nothing, remove: nothing, publicKeys: () => Promise.resolve([]) },
  });
  const [provider] = account.providers([{ profile: "default", regions: [region] }]);
  if (!provider) throw new Error("The account has no provider.");
  let rows = 0;
  for await (const page of provider.list(new AbortController().signal)) rows += page.length;
  if (rows === 0) throw new Error("The built extension lists nothing.");
}

installEditor();
const { activate } = load(path.join(DIST, "extension.js")) as { readonly activate: (context: unknown) => void };
activate(anything({ subscriptions: [], globalStorageUri: { fsPath: directory } }));
await delay(REST_MS);
const atStart = loaded();
await list();
const byListing = since(atStart);
await delay(REST_MS);
const told: Loaded = { atStart, byListing, byPrices: since([...atStart, ...byListing]) };
process.send?.(told);
