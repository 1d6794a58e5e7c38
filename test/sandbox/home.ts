import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Boxes } from "./boxes.ts";

/** The near side: a home folder whose SSH configuration knows the boxes. The home folder of the account is not touched. */
export interface SandboxHome {
  readonly directory: string;
  readonly sshConfigFile: string;
  /** For the programs that live in it. */
  readonly environment: Readonly<Record<string, string>>;
  /** What VS Code must be told besides. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * ssh finds its configuration by the account, not by $HOME, so the home comes with the setting that names the file and
 * with an `ssh` for the terminal that does.
 */
export async function createHome(directory: string, boxes: Boxes): Promise<SandboxHome> {
  const ssh = path.join(directory, ".ssh");
  const bin = path.join(directory, "bin");
  await mkdir(ssh, { recursive: true, mode: 0o700 });
  await mkdir(bin, { recursive: true });
  const sshConfigFile = path.join(ssh, "config");
  const knownHostsFile = path.join(ssh, "known_hosts");
  await writeFile(knownHostsFile, boxes.knownHosts, { mode: 0o600 });
  await writeFile(sshConfigFile, boxes.sshConfig(knownHostsFile), { mode: 0o600 });
  await writeFile(path.join(bin, "ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F '${sshConfigFile}' "$@"\n`, { mode: 0o755 });
  return {
    directory,
    sshConfigFile,
    environment: { HOME: directory, PATH: `${bin}:${process.env["PATH"] ?? "/usr/bin:/bin"}` },
    settings: { "remote.SSH.configFile": sshConfigFile },
  };
}
