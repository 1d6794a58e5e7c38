// The module that VS Code requires in the extension host: it runs mocha there and leaves the results in a file.
import { readdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import Mocha from "mocha";
import type { TestOutcome, TestResults } from "./results.ts";

/** Called by VS Code; it ends the workbench with 0 when this resolves and with 1 when it rejects. */
export async function run(): Promise<void> {
  const resultsFile = process.env["TEST_RESULTS"];
  if (resultsFile === undefined) throw new Error("TEST_RESULTS names no file");
  const save = (results: TestResults): void => {
    writeFileSync(`${resultsFile}.part`, JSON.stringify(results, undefined, 1));
    renameSync(`${resultsFile}.part`, resultsFile);
  };
  try {
    const outcomes = await runMocha();
    save({ outcomes });
    if (outcomes.some(({ kind }) => kind === "failed")) throw new Error("Tests failed");
  } catch (error) {
    if (!(error instanceof Error && error.message === "Tests failed"))
      save({ outcomes: [], broken: describeError(error) });
    throw error;
  }
}

function runMocha(): Promise<readonly TestOutcome[]> {
  const grep = process.env["TEST_GREP"];
  const mocha = new Mocha({ ui: "bdd", timeout: 30_000, color: false, ...(grep === undefined ? {} : { grep }) });
  const files = readdirSync(__dirname).filter((name) => name.endsWith(".test.js"));
  for (const file of files) mocha.addFile(path.join(__dirname, file));
  const outcomes: TestOutcome[] = [];
  return new Promise((resolve) => {
    mocha
      .run(() => resolve(outcomes))
      .on("pass", (test) => outcomes.push({ kind: "passed", name: test.fullTitle(), ms: test.duration ?? 0 }))
      .on("pending", (test) => outcomes.push({ kind: "skipped", name: test.fullTitle() }))
      .on("fail", (test, error: unknown) =>
        outcomes.push({ kind: "failed", name: test.fullTitle(), error: describeError(error) }),
      );
  });
}

const describeError = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
