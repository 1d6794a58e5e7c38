import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { mustRun } from "../program.ts";
import { codeServerEntry, workbenchNode } from "../workbench/install.ts";

/** A quiet workbench in which nothing moves or asks by itself. */
const QUIET: Readonly<Record<string, unknown>> = {
  "chat.disableAIFeatures": true,
  "editor.cursorBlinking": "solid",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
  "remote.autoForwardPortsSource": "output", // else the extension host reads every open file of every process for ports
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "typescript.disableAutomaticTypeAcquisition": true,
  "update.mode": "none",
  "window.confirmBeforeClose": "never",
  "window.menuBarVisibility": "classic",
  "workbench.enableExperiments": false,
  "workbench.reduceMotion": "on",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.welcomePage.walkthroughs.openOnInstall": false,
};

const FLAGS = [
  "--auth=none",
  "--disable-telemetry",
  "--disable-update-check",
  "--disable-workspace-trust",
  "--disable-getting-started-override",
  "--ignore-last-opened",
];

/** What a program of the account inherits; nothing of a test runner, an editor or an agent around it. */
const INHERITED = ["PATH", "HOME", "LANG", "LC_ALL", "LOGNAME", "SHELL", "TMPDIR", "TZ", "USER"];

const ANY_PORT = 0;
const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 4_000;

export interface ServerOptions {
  /** Holds user data, extensions and a workspace; made where it does not exist. */
  readonly directory: string;
  /** Packaged extension to install first. */
  readonly vsix?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Reaches the extension host. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Throws where it is taken. Default: a free one. */
  readonly port?: number;
  /** Allows tests within the extension host. */
  readonly testDriver?: boolean;
}

/** A real VS Code on loopback. */
export interface CodeServer {
  readonly url: string;
  readonly port: number;
  readonly userData: string;
  readonly workspace: string;
  log(): string;
  /** Changes user settings; a window sees them when it is loaded again, for nothing watches files here. */
  changeSettings(settings: Readonly<Record<string, unknown>>): Promise<void>;
  stop(): Promise<void>;
}

export async function startCodeServer(options: ServerOptions): Promise<CodeServer> {
  const directory = path.resolve(options.directory);
  const userData = path.join(directory, "user-data");
  const workspace = path.join(directory, "workspace");
  const settingsFile = path.join(userData, "User/settings.json");
  for (const folder of [path.dirname(settingsFile), workspace]) await mkdir(folder, { recursive: true });
  await writeFile(path.join(directory, "config.yaml"), "");
  await writeFile(settingsFile, JSON.stringify({ ...QUIET, ...options.settings }, undefined, 2));
  const environment = environmentOf(options.environment);
  const places = [
    `--config=${path.join(directory, "config.yaml")}`,
    `--user-data-dir=${userData}`,
    `--extensions-dir=${path.join(directory, "extensions")}`,
  ];
  if (options.vsix !== undefined) await install(options.vsix, places, environment);
  const port = await freePort(options.port ?? ANY_PORT);
  if (port === undefined) throw new Error(`Something else listens on port ${options.port}. Choose another one.`);
  const driver = options.testDriver ? ["--vscode-option=enable-smoke-test-driver", "--vscode-option=skip-welcome"] : [];
  const args = [codeServerEntry, ...places, ...FLAGS, `--bind-addr=127.0.0.1:${port}`, ...driver];
  const running = await start(args, environment, port);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    userData,
    workspace,
    log: running.log,
    changeSettings: async (settings) => {
      const current = JSON.parse(await readFile(settingsFile, "utf8")) as Record<string, unknown>;
      await writeFile(settingsFile, JSON.stringify({ ...current, ...settings }, undefined, 2));
    },
    stop: () => stop(running.child),
  };
}

function environmentOf(added: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited = INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(inherited), ...added };
}

async function install(vsix: string, places: readonly string[], env: Record<string, string>): Promise<void> {
  await mustRun(workbenchNode, [codeServerEntry, ...places, "--install-extension", path.resolve(vsix)], { env });
}

interface Started {
  readonly child: ChildProcess;
  readonly log: () => string;
}

async function start(args: readonly string[], env: Record<string, string>, port: number): Promise<Started> {
  // A process group of its own, so that the terminals and file watchers it starts end with it.
  const child = spawn(workbenchNode, args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const endWithUs = (): void => signalGroup(child, "SIGKILL");
  process.once("exit", endWithUs);
  child.once("exit", () => process.off("exit", endWithUs));
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      signalGroup(child, "SIGKILL");
      throw new Error(`VS Code does not start.\n${log}`);
    }
    await delay(50);
  }
  return { child, log: () => log };
}

async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, "exit");
    signalGroup(child, "SIGTERM");
    await Promise.race([exited, delay(STOP_DEADLINE_MS)]);
  }
  signalGroup(child, "SIGKILL");
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The whole group has ended.
  }
}

/** The port, or any for ANY_PORT; undefined where it cannot be had. Who answers on a taken one is somebody else. */
export function freePort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.on("error", () => resolve(undefined));
    probe.listen(port, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" ? address?.port : undefined));
    });
  });
}
