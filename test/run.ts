// npm test: every check there is, the quick ones first; the last line counts them all.
// npm test -- lint journeys: only the steps whose names begin so.
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { runIntegrationTests } from "./integration/run.ts";
import { packageExtension } from "./package.ts";
import { requirePrograms } from "./prerequisites.ts";
import { runProgram, type ProgramResult } from "./program.ts";
import { installWorkbench } from "./workbench/install.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const RESULTS = path.join(ROOT, "out/test-results");

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped?: number;
  /** What failed, in words of its own: told once more at the very end, where a log that was cut still has it. */
  readonly failures?: readonly string[];
}

interface Step {
  readonly name: string;
  readonly run: () => Promise<Counts>;
}

/** A check that holds or does not. */
const check = (name: string, ...command: readonly [string, ...string[]]): Step => ({
  name,
  run: async () => {
    const { exitCode, output } = await runShown(command);
    return exitCode === 0 ? HOLDS : { ...NOTHING, ...failedWith(output) };
  },
});

const HOLDS: Counts = { passed: 1, failed: 0 };
const NOTHING: Counts = { passed: 0, failed: 0 };
const failedWith = (output: string) => ({ failed: 1, failures: [output.slice(-WORDS_OF_A_FAILURE)] });

/** Characters of one failure that are told again at the end. */
const WORDS_OF_A_FAILURE = 2000;

function runShown([program, ...args]: readonly [string, ...string[]]): Promise<ProgramResult> {
  const onOutput = (text: string): void => void process.stdout.write(text);
  return runProgram(program, args, { cwd: ROOT, onOutput });
}

/** Tests under vitest, counted one by one. */
const tests = (name: string, ...args: readonly string[]): Step => ({
  name,
  run: async () => {
    const results = path.join(RESULTS, `${name.replaceAll(" ", "-")}.json`);
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${results}`];
    const { exitCode, output } = await runShown(["npx", "vitest", "run", ...args, ...reporters]);
    const counts = existsSync(results) ? vitestCounts(readFileSync(results, "utf8")) : NOTHING;
    const isBroken = exitCode !== 0 && counts.failed === 0;
    // A run that broke before or after its tests is one failure, even where every test passed.
    return isBroken || counts.passed + counts.failed === 0 ? { ...counts, ...failedWith(output) } : counts;
  },
});

interface VitestResults {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly VitestFile[];
}

interface VitestFile {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly VitestTest[];
}

interface VitestTest {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages?: readonly string[];
}

function vitestCounts(json: string): Counts {
  const { testResults, numPassedTests, numPendingTests } = JSON.parse(json) as VitestResults;
  const failures = testResults.filter(({ status }) => status === "failed").flatMap(failuresOf);
  return { passed: numPassedTests, failed: failures.length, skipped: numPendingTests, failures };
}

/** Of a file that failed: its tests that did, or why none of them ran. */
function failuresOf({ name, message, assertionResults }: VitestFile): readonly string[] {
  const file = path.relative(ROOT, name);
  const failed = assertionResults.filter(({ status }) => status === "failed");
  if (failed.length === 0) return [`${file}\n${withoutRunner(message)}`];
  return failed.map(({ fullName, failureMessages = [] }) =>
    [`${file} > ${fullName}`, ...failureMessages.map(withoutRunner)].join("\n"),
  );
}

/** Without the lines of the stack that lie in the test runner. */
const withoutRunner = (message: string): string =>
  message.slice(0, WORDS_OF_A_FAILURE).replaceAll(/\n +at [^\n]*(?:node_modules|<anonymous>)[^\n]*/gu, "");

const STEPS: readonly Step[] = [
  check("types", "npm", "run", "--silent", "typecheck"),
  check("lint", "npm", "run", "--silent", "lint"),
  check("format", "npm", "run", "--silent", "format:check"),
  check("unused code", "npm", "run", "--silent", "knip"),
  {
    name: "package",
    run: async () => {
      await packageExtension();
      return HOLDS;
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
    return { ...NOTHING, ...failedWith(String(error)) };
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
const failures = all.flatMap((counts) => counts.failures ?? []);
if (failures.length > 0) console.log(`\n── what failed\n\n${failures.join("\n\n")}`);
const passed = all.reduce((sum, counts) => sum + counts.passed, 0);
const failed = all.reduce((sum, counts) => sum + counts.failed, 0);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`\n${passed} passed, ${failed} failed`);
