import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";

/** What the stand-in of `aws` reaches, by the id of the instance. */
export type SessionTargets = Readonly<
  Record<string, { readonly address: string; readonly region: string; readonly profile?: string }>
>;

/** Within its folder: the words of every call, a line of JSON each. */
export const CALLS = "calls";

/** Stand-ins for `aws` and `session-manager-plugin` in a folder of their own. */
export interface SessionManager {
  /** For the PATH. */
  readonly bin: string;
  readonly setTargets: (targets: SessionTargets) => Promise<void>;
  readonly setPlugin: (installed: boolean) => Promise<void>;
  /** The words after `aws`, of every call since the last time. */
  readonly takeCalls: () => Promise<readonly (readonly string[])[]>;
}

export async function installSessionManager(directory: string): Promise<SessionManager> {
  const bin = path.join(directory, "bin");
  await mkdir(bin, { recursive: true });
  const script = path.join(import.meta.dirname, "standIns/aws.ts");
  const words = [process.execPath, "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", script, directory]
    .map((word) => `'${word}'`)
    .join(" ");
  await writeProgram(path.join(bin, "aws"), `exec ${words} "$@"`);
  const plugin = path.join(bin, "session-manager-plugin");
  const manager: SessionManager = {
    bin,
    setTargets: (targets) => writeFile(path.join(directory, "targets.json"), JSON.stringify(targets)),
    setPlugin: (installed) => (installed ? writeProgram(plugin, "exit 0") : rm(plugin, { force: true })),
    takeCalls: async () => {
      const file = path.join(directory, CALLS);
      const text = await readFile(file, "utf8").catch(() => "");
      await rm(file, { force: true });
      const lines = text.split("\n").filter((line) => line !== "");
      return lines.map((line) => JSON.parse(line) as readonly string[]);
    },
  };
  await manager.setPlugin(true);
  await manager.setTargets({});
  return manager;
}

async function writeProgram(file: string, line: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${line}\n`);
  await chmod(file, 0o755);
}
