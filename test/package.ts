import path from "node:path";
import { mustRun } from "./program.ts";

const ROOT = path.resolve(import.meta.dirname, "..");

/** Builds and packages the extension as its users get it; the path of the `.vsix`. */
export async function packageExtension(): Promise<string> {
  await mustRun("npm", ["run", "package"], { cwd: ROOT });
  return path.join(ROOT, "out/gpu-dev-environments.vsix");
}
