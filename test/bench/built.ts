import { existsSync, globSync, statSync } from "node:fs";
import path from "node:path";
import { mustRun } from "../program.ts";

export const ROOT = path.resolve(import.meta.dirname, "../..");
/** Where the benchmarks put what they build and find. */
export const OUT = path.join(ROOT, "out/bench");
/** The extension as it is installed. */
export const VSIX = path.join(ROOT, "out/gpu-dev-environments.vsix");

/** A figure of yesterday's code is none. */
export async function packageIfOlder(): Promise<void> {
  const sources = ["package.json", "esbuild.mjs", ...globSync("src/**/*.{ts,tsx,css}", { cwd: ROOT })];
  const changedAt = Math.max(...sources.map((file) => statSync(path.join(ROOT, file)).mtimeMs));
  const isCurrent = existsSync(VSIX) && statSync(VSIX).mtimeMs > changedAt;
  if (isCurrent) return;
  console.log("packaging the extension …");
  await mustRun("npm", ["run", "--silent", "package"], { cwd: ROOT });
}
