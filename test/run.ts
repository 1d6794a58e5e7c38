// npm test: every check there is, the quick ones first; the last line counts them all.
// npm test -- lint journeys: only the steps whose names begin so.
import { readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { runIntegrationTests } from "./integration/run.ts";
import { packageExtension } from "./package.ts";
import { requirePrograms } from "./prerequisites.ts";
import { runProgram } from "./program.ts";
import { installWorkbench } from "./workbench/install.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const RESULTS = path.join(ROOT, "out/test-results");

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped?: number;
}

interface Step {
  readonly name: string;
  readonly run: () => Promise<Counts>;
}

/** A check that holds or does not. */
const check = (name: string, ...command: readonly [string, ...string[]]): Step => ({
  name,
  run: async () => countOf(await succeeds(command)),
});

const countOf = (holds: boolean): Counts => ({ passed: holds ? 1 : 0, failed: holds ? 0 : 1 });

async function succeeds([program, ...args]: readonly [string, ...string[]]): Promise<boolean> {
  const onOutput = (text: string): void => void process.stdout.write(text);
  const { exitCode } = await runProgram(program, args, { cwd: ROOT, onOutput });
  return exitCode === 0;
}

/** Tests under vitest, counted one by one. */
const tests = (name: string, ...args: readonly string[]): Step => ({
  name,
  run: async () => {
    const results = path.join(RESULTS, `${name.replaceAll(" ", "-")}.json`);
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${results}`];
    const holds = await succeeds(["npx", "vitest", "run", ...args, ...reporters]);
    return vitestCounts(results, holds);
  },
});

interface VitestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

/** A run that broke before or after its tests counts as one failure, even where every test passed. */
function vitestCounts(file: string, holds: boolean): Counts {
  const results = JSON.parse(readFileSync(file, "utf8")) as VitestResults;
  const failed = holds ? results.numFailedTests : Math.max(1, results.numFailedTests);
  const none = results.numPassedTests + failed === 0;
  return { passed: results.numPassedTests, failed: none ? 1 : failed, skipped: results.numPendingTests };
}

const STEPS: readonly Step[] = [
  check("types", "npm", "run", "--silent", "typecheck"),
  check("lint", "npm", "run", "--silent", "lint"),
  check("format", "npm", "run", "--silent", "format:check"),
  check("unused code", "npm", "run", "--silent", "knip"),
  {
    name: "package",
    run: async () => {
      await packageExtension();
      return countOf(true);
    },
  },
  tests("unit and contract"),
  tests("pages", "--config", "test/webviews/vitest.config.mts"),
  { name: "integration", run: () => runIntegrationTests() },
  tests("journeys", "--config", "test/e2e/vitest.config.ts"),
];

async function runStep(step: Step): Promise<Counts> {
  console.log(`\n── ${step.name}`);
  const began = performance.now();
  const counts = await step.run().catch((error: unknown): Counts => {
    console.error(error);
    return countOf(false);
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    `── ${step.name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped ?? 0} skipped, ${seconds} s`,
  );
  return counts;
}

await rm(RESULTS, { recursive: true, force: true });
await mkdir(RESULTS, { recursive: true });
await requirePrograms("sshd", "ssh", "ps", "chromium", "fish", "zsh", "tcsh", "libfaketime");
await installWorkbench();
const chosen = process.argv.slice(2);
const steps = STEPS.filter(({ name }) => chosen.length === 0 || chosen.some((start) => name.startsWith(start)));
if (steps.length === 0) throw new Error(`No step begins with ${chosen.join(" or ")}`);
const all: Counts[] = [];
for (const step of steps) all.push(await runStep(step));
const passed = all.reduce((sum, counts) => sum + counts.passed, 0);
const failed = all.reduce((sum, counts) => sum + counts.failed, 0);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`\n${passed} passed, ${failed} failed`);
