import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { launchBrowser } from "../browser.ts";
import { startBoxes, type Boxes } from "../sandbox/boxes.ts";
import { startCloud, type SandboxCloud } from "../sandbox/cloud.ts";
import { createHome, type SandboxHome } from "../sandbox/home.ts";
import { startCodeServer, type CodeServer } from "./server.ts";
import { openWindow, type Window, type WindowOptions } from "./window.ts";

const VSIX = path.resolve(import.meta.dirname, "../../out/gpu-dev-environments.vsix");
const FAILURES = path.resolve(import.meta.dirname, "../../out/e2e");

export interface SessionOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly window?: WindowOptions;
  readonly vsix?: string;
  /** Default: one of its own with the four boxes in its SSH configuration. */
  readonly prepareHome?: (home: SandboxHome) => Promise<void>;
  readonly testDriver?: boolean;
  /** With an AWS account of its own. */
  readonly cloud?: boolean;
  /** What has to be in place before the window opens, once the machines run. */
  readonly prepare?: (session: Session) => Promise<void>;
}

/** A real VS Code with the packaged extension, and the sandbox's machines within reach. */
export interface Session {
  readonly boxes: Boxes;
  readonly home: SandboxHome;
  readonly server: CodeServer;
  /** Present where the session was to have one. */
  readonly cloud?: SandboxCloud;
  stop(): Promise<void>;
}

/** A person at it. */
export interface Visit extends Session, Window {
  /** A second window on the same server, with a profile of its own. */
  openWindow(options?: WindowOptions): Promise<Window>;
  /** Keeps a picture of the window and every log under out/e2e/<name>. */
  keepEvidence(name: string): Promise<string>;
}

/** Starts the machines and VS Code; no window is open yet. */
export async function startSession(options: SessionOptions = {}): Promise<Session> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-"));
  /** What to undo, last first. */
  const ends: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const boxes = await startBoxes(path.join(directory, "boxes"));
    ends.push(() => boxes.stop());
    const home = await createHome(path.join(directory, "home"), boxes);
    await options.prepareHome?.(home);
    const cloud = options.cloud ? await startCloud(path.join(directory, "cloud"), home, boxes.userKeyFile) : undefined;
    if (cloud) ends.push(() => cloud.stop());
    const server = await startServer(path.join(directory, "vscode"), [home, cloud ?? {}, options], options);
    ends.push(() => server.stop());
    return { boxes, home, server, ...(cloud ? { cloud } : {}), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What comes later in the list wins. */
function startServer(
  directory: string,
  parts: readonly Pick<SessionOptions, "settings" | "environment">[],
  { vsix = VSIX, testDriver = false }: SessionOptions,
): Promise<CodeServer> {
  const settings = Object.assign({}, ...parts.map((part) => part.settings)) as Record<string, unknown>;
  const environment = Object.assign({}, ...parts.map((part) => part.environment)) as Record<string, string>;
  return startCodeServer({ directory, vsix, settings, environment, ...(testDriver ? { testDriver } : {}) });
}

/** Starts a session and opens a window in it. */
export async function startVisit(options: SessionOptions = {}): Promise<Visit> {
  const session = await startSession(options);
  const browser = await launchBrowser();
  const stop = async (): Promise<void> => {
    await browser.close();
    await session.stop();
  };
  try {
    await options.prepare?.(session);
    const window = await openWindow(browser, session.server, options.window);
    return {
      ...session,
      ...window,
      openWindow: (more) => openWindow(browser, session.server, more),
      keepEvidence: (name) => keepEvidence(name, session, window),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function keepEvidence(name: string, { server }: Session, { page }: Window): Promise<string> {
  const folder = path.join(FAILURES, name.replaceAll(/[^\w-]+/g, "-").slice(0, 80));
  await mkdir(folder, { recursive: true });
  const optional = (act: Promise<unknown>): Promise<unknown> => act.catch(() => undefined);
  await optional(page.screenshot({ path: path.join(folder, "window.png") }));
  await optional(cp(path.join(server.userData, "logs"), path.join(folder, "logs"), { recursive: true }));
  await writeFile(path.join(folder, "server.log"), server.log());
  return folder;
}
