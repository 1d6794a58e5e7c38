import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { mustRun } from "../program.ts";
import { codeServerEntry, workbenchNode } from "../workbench/install.ts";
import type { CodeServer } from "./server.ts";

const FOLDER = path.resolve(import.meta.dirname, "../../out/stand-in");

/** What a remote SSH extension needs to be, and no more: it notes down which windows are asked for. */
const CODE = `
const fs = require("node:fs");
const vscode = require("vscode");
exports.activate = (context) => {
  context.subscriptions.push(
    vscode.commands.registerCommand("vscode.newWindow", (...values) => {
      fs.appendFileSync(process.env.REQUESTED_WINDOWS, JSON.stringify(values) + "\\n");
    }),
  );
};
`;

const MANIFEST = {
  name: "open-remote-ssh",
  publisher: "jeanp413",
  version: "0.0.1",
  engines: { vscode: "^1.105.0" },
  main: "./extension.js",
  activationEvents: ["onStartupFinished"],
  extensionKind: ["workspace"],
};

/**
 * Installs an extension with the identity of Open Remote - SSH, which stands in for the editor's own command that opens
 * a window; no part of a window on another machine exists in this workbench. Seen by a window when it is loaded again.
 */
export async function installStandIn(server: CodeServer): Promise<void> {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  await writeFile(path.join(FOLDER, "package.json"), JSON.stringify(MANIFEST));
  await writeFile(path.join(FOLDER, "extension.js"), CODE);
  await writeFile(path.join(FOLDER, "LICENSE"), "MIT");
  await writeFile(path.join(FOLDER, "README.md"), "Stands in for a remote SSH extension.");
  const vsix = path.join(FOLDER, "stand-in.vsix");
  const pack = ["--no-dependencies", "--no-update-package-json", "--allow-missing-repository", "-o", vsix];
  await mustRun(process.execPath, [path.resolve("node_modules/@vscode/vsce/vsce"), "package", ...pack], {
    cwd: FOLDER,
  });
  const directory = path.dirname(server.userData);
  const places = [
    `--config=${path.join(directory, "config.yaml")}`,
    `--user-data-dir=${server.userData}`,
    `--extensions-dir=${path.join(directory, "extensions")}`,
  ];
  await mustRun(workbenchNode, [codeServerEntry, ...places, "--install-extension", vsix]);
}

/** The arguments of each request for a window, the first one first. */
export async function requestedWindows(file: string): Promise<readonly unknown[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}
