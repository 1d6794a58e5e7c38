// Tells what the extension host that it runs in takes: each command leaves a file in $BENCH_REPORTS.
import { readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import v8 from "node:v8";
import vm from "node:vm";
import * as vscode from "vscode";
import type { WatchOrder, WatchReport, WatchTask } from "../watchOrder.ts";

const DEADLINE_MS = 20_000;

export function activate(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    vscode.commands.registerCommand("benchProbe.memory", async () => report("memory", JSON.stringify(usedBytes()))),
    vscode.commands.registerCommand("benchProbe.startUp", async () => report("start-up", await startUpDocument())),
    vscode.commands.registerCommand("benchProbe.watch", async () => report("watch", await watchReport())),
  );
}

/** Appears whole or not at all. */
async function report(name: string, text: string): Promise<void> {
  const file = path.join(process.env["BENCH_REPORTS"] ?? "", name);
  await writeFile(`${file}.part`, text);
  await rename(`${file}.part`, file);
}

/** What "Developer: Startup Performance" shows, once it holds the table of extensions. */
async function startUpDocument(): Promise<string> {
  await vscode.commands.executeCommand("perfview.show");
  const deadline = Date.now() + DEADLINE_MS;
  while (Date.now() < deadline) {
    const shown = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "perf")?.getText() ?? "";
    if (shown.includes("Extension Activation Stats")) return shown;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return "";
}

/** Runs the client of the watched hosts here, by the task that lies beside the reports. */
async function watchReport(): Promise<string> {
  try {
    const file = path.join(process.env["BENCH_REPORTS"] ?? "", "watch-task.json");
    const { client, order } = JSON.parse(await readFile(file, "utf8")) as WatchTask;
    const { watchHosts } = (await import(pathToFileURL(client).href)) as {
      readonly watchHosts: (order: WatchOrder) => Promise<WatchReport>;
    };
    return JSON.stringify(await watchHosts(order));
  } catch (error) {
    return JSON.stringify({ error: error instanceof Error ? error.stack : String(error) });
  }
}

/** The heap and what is bound to it outside, after everything unused was freed. */
function usedBytes(): number {
  v8.setFlagsFromString("--expose-gc");
  const collect = vm.runInNewContext("gc") as () => void;
  // What a first pass only marks for finalisation, a second one frees.
  for (let pass = 0; pass < 3; pass++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
