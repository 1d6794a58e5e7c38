// A real VS Code with the packaged extension, the peer beside it and the probe within its extension host.
import { build } from "esbuild";
import { existsSync, globSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../browser.ts";
import { openWindow } from "../e2e/window.ts";
import { startCodeServer, type CodeServer } from "../e2e/server.ts";
import { paletteTitles, runCommand } from "../e2e/workbench.ts";
import { requirePrograms } from "../prerequisites.ts";
import { mustRun } from "../program.ts";
import { createHome, type SandboxHome } from "../sandbox/home.ts";
import { startBoxes, type Boxes } from "../sandbox/boxes.ts";
import { codeServerEntry, installWorkbench, workbenchNode } from "../workbench/install.ts";
import { OUT, packageIfOlder, ROOT, VSIX } from "./built.ts";

const COMPANIONS = ["peer", "probe"] as const;
/** What the probe can be asked for. */
const REPORTS = {
  memory: { title: "Bench: Report Memory", deadlineMs: 30_000 },
  "start-up": { title: "Bench: Report Start-Up", deadlineMs: 30_000 },
  watch: { title: "Bench: Watch", deadlineMs: 360_000 },
};
type ReportName = keyof typeof REPORTS;
/** Rows and their workbench come to rest, so that nothing of an opening is counted to what follows. */
const REST_MS = 2_000;

/** A server that windows can be opened on. */
export interface Workbench {
  readonly directory: string;
  readonly boxes: Boxes;
  readonly home: SandboxHome;
  /** A window with a profile and an extension host of its own. */
  open(): Promise<{ readonly page: Page; readonly close: () => Promise<void> }>;
  /** What the probe in that window's extension host says. */
  report(page: Page, what: ReportName): Promise<string>;
  stop(): Promise<void>;
}

export interface WorkbenchOptions {
  /** Writes the SSH configuration, where it is to be another than that of the boxes. */
  readonly prepare?: (home: SandboxHome, boxes: Boxes) => Promise<void>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Hosts are connected to only when the user says so: what is measured is the extension, not the network. */
const SETTINGS = { "gpuDev.ssh.connectAutomatically": false };

export async function startWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  await requirePrograms("sshd", "ssh", "chromium");
  await installWorkbench();
  await packageIfOlder();
  const directory = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-bench-"));
  const boxes = await startBoxes(path.join(directory, "boxes"));
  const endings: (() => Promise<unknown>)[] = [() => boxes.stop()];
  const stop = async (): Promise<void> => {
    for (const end of endings.toReversed()) await end();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const home = await createHome(path.join(directory, "home"), boxes);
    await options.prepare?.(home, boxes);
    const server = await startServer(directory, home, options.environment ?? {});
    endings.push(() => server.stop());
    const browser = await launchBrowser();
    endings.push(() => browser.close());
    return {
      ...{ directory, boxes, home, stop },
      open: () => open(browser, server),
      report: (page, what) => report(directory, page, what),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startServer(
  directory: string,
  home: SandboxHome,
  environment: Readonly<Record<string, string>>,
): Promise<CodeServer> {
  const place = path.join(directory, "vscode");
  const env = { ...home.environment, ...environment, BENCH_REPORTS: directory };
  for (const companion of COMPANIONS) await installCompanion(companion, place, env);
  return startCodeServer({
    directory: place,
    vsix: VSIX,
    settings: { ...home.settings, ...SETTINGS },
    environment: env,
  });
}

async function installCompanion(name: string, place: string, env: Record<string, string>): Promise<void> {
  const source = path.join(import.meta.dirname, name);
  const target = path.join(OUT, name);
  await mkdir(target, { recursive: true });
  await build({
    entryPoints: [path.join(source, `${name}.ts`)],
    outfile: path.join(target, `${name}.js`),
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    external: ["vscode"],
    minify: true,
    logLevel: "error",
  });
  for (const file of globSync("*.{json,svg}", { cwd: source }))
    await copyFile(path.join(source, file), path.join(target, file));
  const vsix = path.join(OUT, `${name}.vsix`);
  const vsce = path.join(ROOT, "node_modules/@vscode/vsce/vsce");
  const flags = ["--no-dependencies", "--allow-missing-repository", "--skip-license", "-o", vsix];
  await mustRun(process.execPath, [vsce, "package", ...flags], { cwd: target });
  const places = [
    `--user-data-dir=${path.join(place, "user-data")}`,
    `--extensions-dir=${path.join(place, "extensions")}`,
  ];
  await mustRun(workbenchNode, [codeServerEntry, ...places, "--config=/dev/null", "--install-extension", vsix], {
    env,
  });
}

async function open(browser: Browser, server: CodeServer): ReturnType<Workbench["open"]> {
  const { page } = await openWindow(browser, server);
  return { page, close: () => page.context().close() };
}

async function report(directory: string, page: Page, what: ReportName): Promise<string> {
  const file = path.join(directory, what);
  const { title, deadlineMs } = REPORTS[what];
  await rm(file, { force: true });
  await delay(REST_MS);
  const deadline = Date.now() + deadlineMs;
  // A window that has just been opened offers the commands of extensions a moment later than its own.
  while (!(await paletteTitles(page, title)).includes(title) && Date.now() < deadline) await delay(200);
  await runCommand(page, title);
  while (!existsSync(file)) {
    if (Date.now() > deadline) throw new Error(`The probe does not report its ${what}.`);
    await delay(50);
  }
  return readFile(file, "utf8");
}
