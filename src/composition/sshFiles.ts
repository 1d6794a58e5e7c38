import os from "node:os";
import path from "node:path";
import { accountHome } from "../files/accountHome.ts";
import { readSettings } from "../ui/settings.ts";

/** The user's SSH configuration: absolute path, `~` expanded. */
export function userConfigFile(): string {
  const configured = readSettings().sshConfigFile;
  if (configured === undefined) return defaultConfigFile();
  const expanded = configured.replace(/^~(?=$|[\\/])/, () => accountHome());
  return path.resolve(accountHome(), expanded);
}

/** The file to name with `ssh -F`; undefined where ssh reads the right one by itself. */
export function otherConfigFile(): string | undefined {
  const file = userConfigFile();
  return file === defaultConfigFile() ? undefined : file;
}

/** The folder beside the user's SSH files that is this extension's own. */
export function ownSshFolder(): string {
  return path.join(os.homedir(), ".ssh", "gpu-dev-environments.d");
}

function defaultConfigFile(): string {
  return path.join(accountHome(), ".ssh", "config");
}
