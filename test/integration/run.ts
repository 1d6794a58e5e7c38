// Runs test/integration/*.test.ts within a real extension host, against the packaged extension.
import { build } from "esbuild";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { launchBrowser } from "../browser.ts";
import { openWindow } from "../e2e/window.ts";
import { startSession, type Session } from "../e2e/session.ts";
import { requirePrograms } from "../prerequisites.ts";
import { installWorkbench } from "../workbench/install.ts";
import type { TestOutcome, TestResults } from "./results.ts";

const OUT = path.resolve(import.meta.dirname, "../../out/integration");
const RESULTS = path.join(OUT, "results.json");
const DEADLINE_MS = 240_000;

/** Counts, and "failed" at least 1 where the tests did not come to run. */
export interface IntegrationCounts {
  readonly passed: number;
  readonly failed: number;
  /** What failed, and how. */
  readonly failures: readonly string[];
}

export async function runIntegrationTests(grep?: string): Promise<IntegrationCounts> {
  await requirePrograms("sshd", "ssh", "ps", "chromium");
  await installWorkbench();
  await bundleTests();
  const faults = process.env["GPU_DEV_FAULTS"];
  const session = await startSession({
    testDriver: true,
    environment: {
      TEST_RESULTS: RESULTS,
      ...(grep === undefined ? {} : { TEST_GREP: grep }),
      ...(faults === undefined ? {} : { GPU_DEV_FAULTS: faults }),
    },
  });
  try {
    const exitCode = await runInWindow(session);
    return report(exitCode, session.server.log());
  } finally {
    await session.stop();
  }
}

async function bundleTests(): Promise<void> {
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  const tests = globSync(path.join(import.meta.dirname, "*.test.ts"));
  await build({
    entryPoints: [path.join(import.meta.dirname, "index.ts"), ...tests],
    outdir: OUT,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    sourcemap: "inline",
    external: ["vscode", "mocha"],
    logLevel: "error",
  });
}

/** The code with which the workbench ends the run; undefined where it never did. */
async function runInWindow({ server }: Session): Promise<number | undefined> {
  const uri = (file: string): string => `vscode-remote://127.0.0.1:${server.port}${file}`;
  const browser = await launchBrowser();
  try {
    const ended = Promise.withResolvers<number>();
    const { page } = await openWindow(browser, server, {
      payload: [
        ["extensionDevelopmentPath", uri(path.join(import.meta.dirname, "host"))],
        ["extensionTestsPath", uri(path.join(OUT, "index"))],
        ["skipWelcome", "true"],
      ],
      prepare: async (opened) => {
        await opened.exposeFunction("codeAutomationLog", () => undefined);
        await opened.exposeFunction("codeAutomationExit", (code: number) => ended.resolve(code));
      },
    });
    const exitCode = await Promise.race([ended.promise, delay(DEADLINE_MS, undefined, { ref: false })]);
    if (exitCode !== 0) await page.screenshot({ path: path.join(OUT, "window.png") });
    return exitCode;
  } finally {
    await browser.close();
  }
}

function report(exitCode: number | undefined, serverLog: string): IntegrationCounts {
  const results = readResults();
  results.outcomes.forEach(print);
  const failures = results.outcomes.flatMap((one) => (one.kind === "failed" ? [`${one.name}\n${one.error}`] : []));
  const passed = results.outcomes.filter(({ kind }) => kind === "passed").length;
  const agrees = passed + failures.length > 0 && (exitCode === 0) === (failures.length === 0);
  if (agrees && results.broken === undefined) return { passed, failed: failures.length, failures };
  const broken = `The run within VS Code broke: exit code ${exitCode ?? "none"}. ${results.broken ?? ""}`;
  console.log(`${broken}\n${serverLog.slice(-3000)}`);
  return { passed, failed: failures.length + 1, failures: [...failures, broken] };
}

function readResults(): TestResults {
  if (!existsSync(RESULTS)) return { outcomes: [], broken: "There are no results." };
  return JSON.parse(readFileSync(RESULTS, "utf8")) as TestResults;
}

function print(outcome: TestOutcome): void {
  console.log(`  ${outcome.kind.padEnd(7)} ${outcome.name}`);
  if (outcome.kind === "failed") console.log(outcome.error);
}

if (import.meta.main) {
  const { passed, failed } = await runIntegrationTests(process.argv[2]);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
