// What VS Code itself says of our start, and what the built files weigh.
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { openContainer, treeRow } from "../e2e/workbench.ts";
import { median, type Figure, type Part } from "./figure.ts";
import { packageIfOlder, ROOT, VSIX } from "./built.ts";
import { startWorkbench, type Workbench } from "./window.ts";

const OURS = "gpu-dev-environments.gpu-dev-environments";
const PEER = "bench.peer";
const STARTS = 5;
const TIME_LIMIT_MS = 12;
const MEMORY_LIMIT_MB = 5;
const BUNDLE_LIMIT_KB = 150;
const VSIX_LIMIT_MB = 1.5;

/** Apart, since they need no window. */
export const sizes: Part = {
  ids: ["activation-bundle", "activation-vsix", "activation-start-up-events"],
  measure: async () => {
    await packageIfOlder();
    return [bundleFigure(), vsixFigure(), startUpEventsFigure()];
  },
};

export const activation: Part = {
  ids: ["activation-time", "activation-memory"],
  measure: async () => {
    const workbench = await startWorkbench();
    try {
      const starts: Start[] = [];
      for (let turn = 0; turn < STARTS; turn++) starts.push(await start(workbench, turn % 2 === 0));
      return startFigures(starts);
    } finally {
      await workbench.stop();
    }
  },
};

/** One row of VS Code's table, in milliseconds. */
interface Activation {
  readonly loadMs: number;
  readonly callMs: number;
  readonly finishMs: number;
}

interface Start {
  readonly ours: Activation;
  readonly peer: Activation;
  readonly others: readonly Activation[];
  readonly ourMemoryMB: number;
  readonly peerMemoryMB: number;
}

/** A fresh window: both views are opened, ours first or last, for whoever is first also pays for the first tree. */
async function start(workbench: Workbench, oursFirst: boolean): Promise<Start> {
  const { page, close } = await workbench.open();
  try {
    // The first report starts the probe, which is not to be counted.
    await openContainer(page, "Explorer");
    await workbench.report(page, "memory");
    const order = oursFirst ? [showOurs, showPeer] : [showPeer, showOurs];
    const added: number[] = [];
    for (const show of order) {
      const before = Number(await workbench.report(page, "memory"));
      await show(page);
      added.push((Number(await workbench.report(page, "memory")) - before) / 1e6);
    }
    const [first = Number.NaN, last = Number.NaN] = added;
    const table = activations(await workbench.report(page, "start-up"));
    return {
      ours: named(table, OURS),
      peer: named(table, PEER),
      others: [...table].flatMap(([id, activation]) => (id === OURS || id.startsWith("bench.") ? [] : [activation])),
      ourMemoryMB: oursFirst ? first : last,
      peerMemoryMB: oursFirst ? last : first,
    };
  } finally {
    await close();
  }
}

async function showOurs(page: Page): Promise<void> {
  await openContainer(page, "GPU Environments");
  await treeRow(page, "trainer").waitFor();
}

async function showPeer(page: Page): Promise<void> {
  await openContainer(page, "Bench Peer");
  await treeRow(page, "peer").waitFor();
}

/** Rows such as `| publisher.name | false | 3 | 1 | 0 | onView:… | publisher.name |`. */
function activations(document: string): ReadonlyMap<string, Activation> {
  const rows = document.matchAll(/^\| *([\w-]+\.[\w-]+) *\| *(?:true|false) *\| *(\d+) *\| *(\d+) *\| *(\d+) *\|/gm);
  return new Map(
    [...rows].map(([, id = "", load, call, finish]) => [
      id,
      { loadMs: Number(load), callMs: Number(call), finishMs: Number(finish) },
    ]),
  );
}

function named(table: ReadonlyMap<string, Activation>, id: string): Activation {
  const found = table.get(id);
  if (!found) throw new Error(`VS Code does not list ${id} among the activated: ${[...table.keys()].join(", ")}`);
  return found;
}

function startFigures(starts: readonly Start[]): readonly Figure[] {
  const total = ({ loadMs, callMs, finishMs }: Activation): number => loadMs + callMs + finishMs;
  const others = starts.flatMap((start) => start.others.map(total));
  const builtIn = others.length === 0 ? "none is active" : `median ${median(others)} ms`;
  const of = (key: keyof Activation): number => median(starts.map((start) => start.ours[key]));
  const parts = `load ${of("loadMs")}, call ${of("callMs")}, finish ${of("finishMs")} ms`;
  const peer = `an extension with one tree and nothing else: ${median(starts.map((start) => total(start.peer)))} ms`;
  return [
    {
      id: "activation-time",
      value: median(starts.map((start) => total(start.ours))),
      unit: "ms",
      limit: TIME_LIMIT_MS,
      against: `of it ${parts}; ${peer}; VS Code's own extensions: ${builtIn}`,
    },
    {
      id: "activation-memory",
      value: median(starts.map((start) => start.ourMemoryMB)),
      unit: "MB",
      limit: MEMORY_LIMIT_MB,
      against: `an extension with one tree: ${median(starts.map((start) => start.peerMemoryMB)).toFixed(2)} MB`,
    },
  ];
}

/** Loads the entry in a process of its own and sees which files that took: what is imported later does not count. */
function bundleFigure(): Figure {
  const script = `
    const Module = require("node:module");
    const resolve = Module._resolveFilename;
    Module._resolveFilename = (name, ...rest) => (name === "vscode" ? "vscode" : resolve(name, ...rest));
    require.cache.vscode = { id: "vscode", loaded: true, exports: new Proxy({}, { get: () => class {} }) };
    require("./dist/extension.js");
    const loaded = Object.keys(require.cache).filter((file) => file !== "vscode");
    console.log(JSON.stringify(loaded));`;
  const loaded = JSON.parse(
    execFileSync(process.execPath, ["-e", script], { cwd: ROOT, encoding: "utf8" }),
  ) as string[];
  const kilobytes = loaded.reduce((sum, file) => sum + statSync(file).size, 0) / 1000;
  return {
    id: "activation-bundle",
    value: kilobytes,
    unit: "kB",
    limit: BUNDLE_LIMIT_KB,
    against: `${loaded.length} files loaded at the start: ${loaded.map((file) => path.basename(file)).join(", ")}`,
  };
}

function vsixFigure(): Figure {
  return {
    id: "activation-vsix",
    value: statSync(VSIX).size / 1e6,
    unit: "MB",
    limit: VSIX_LIMIT_MB,
    against: "the packaged extension, compressed",
  };
}

/** `*` and `onStartupFinished` would start the extension for people who never open its view. */
function startUpEventsFigure(): Figure {
  const manifest = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
    readonly activationEvents?: readonly string[];
  };
  const events = manifest.activationEvents ?? [];
  return {
    id: "activation-start-up-events",
    value: events.filter((event) => event === "*" || event === "onStartupFinished").length,
    unit: "events",
    limit: 0,
    against: `all activation events: ${events.join(", ")}`,
  };
}
