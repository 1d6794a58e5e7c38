import { access, constants, stat } from "node:fs/promises";
import path from "node:path";

/**
 * The file of a program, found as a shell finds it by its name; undefined where no folder of the PATH has it. Nothing is
 * started. Folders that are not absolute do not count: what they are depends on where somebody stands.
 */
export async function programOnPath(
  name: string,
  environment: Readonly<NodeJS.ProcessEnv>,
  platform: NodeJS.Platform,
): Promise<string | undefined> {
  for (const file of programFiles(name, environment, platform)) if (await isProgram(file)) return file;
  return undefined;
}

/** Where it may be, in the order in which it is looked for. */
export function programFiles(
  name: string,
  environment: Readonly<NodeJS.ProcessEnv>,
  platform: NodeJS.Platform,
): readonly string[] {
  const paths = platform === "win32" ? path.win32 : path.posix;
  const folders = (variable("PATH", environment, platform) ?? "")
    .split(paths.delimiter)
    .map((folder) => folder.replace(/^"(.*)"$/, "$1"))
    .filter((folder) => paths.isAbsolute(folder));
  const endings = platform === "win32" ? windowsEndings(environment) : [""];
  return folders.flatMap((folder) => endings.map((ending) => paths.join(folder, name + ending)));
}

/** Scripts are left out: cmd.exe would have to run them. */
function windowsEndings(environment: Readonly<NodeJS.ProcessEnv>): readonly string[] {
  const listed = variable("PATHEXT", environment, "win32") ?? ".COM;.EXE";
  return listed.split(";").filter((ending) => /^\.(com|exe)$/i.test(ending));
}

/** Windows knows "Path" as PATH. */
function variable(
  name: string,
  environment: Readonly<NodeJS.ProcessEnv>,
  platform: NodeJS.Platform,
): string | undefined {
  if (platform !== "win32") return environment[name];
  return Object.entries(environment).find(([key]) => key.toUpperCase() === name)?.[1];
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false; // not there, or not for us to run
  }
}
