import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  createSshInclude,
  type SshInclude,
  type SshIncludeDependencies,
} from "../../../../src/remote/include/sshInclude.ts";

/** The full count of a fault run where it is asked for, else one fit for every commit. */
export function times(full: number, short: number): number {
  return process.env["GPU_DEV_FAULTS"] === "full" ? full : short;
}

export interface Sandbox {
  readonly home: string;
  readonly userConfigFile: string;
  readonly ownFile: string;
  readonly folder: string;
  include(changes?: Partial<SshIncludeDependencies>): SshInclude;
  remove(): void;
}

/**
 * A home folder of its own. The user's configuration lies outside `~/.ssh`, so that our line has an absolute path:
 * ssh takes `~` from the account and not from the environment.
 */
export function createSandbox(parent = tmpdir()): Sandbox {
  const home = mkdtempSync(path.join(realpathSync(parent), "gpu-dev-include-"));
  mkdirSync(path.join(home, ".ssh"), { mode: 0o700 });
  return sandboxAt(home, path.join(home, "config"));
}

export function sandboxAt(home: string, userConfigFile: string): Sandbox {
  const folder = path.join(home, ".ssh", "gpu-dev-environments.d");
  const dependencies: SshIncludeDependencies = {
    home,
    accountHome: home,
    userConfigFile,
    sshProgram: () => "ssh",
    platform: "linux",
    clock: Date.now,
    windowsAccount: "",
  };
  return {
    home,
    userConfigFile,
    ownFile: path.join(folder, "config"),
    folder,
    include: (changes) => createSshInclude({ ...dependencies, ...changes }),
    remove: () => {
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Temporary files left in the folders of the two files. */
export function leftovers({ home, userConfigFile, folder }: Sandbox): readonly string[] {
  const folders = [path.dirname(userConfigFile), path.join(home, ".ssh"), folder];
  return folders.flatMap((each) => {
    try {
      return readdirSync(each).filter((name) => name.includes("gpu-dev-tmp"));
    } catch {
      return [];
    }
  });
}
