import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecResult } from "../../../src/core/session.ts";
import { GpuDevError } from "../../../src/core/error.ts";
import { parseCsv, type CsvReadings } from "../../../src/gpu/csv.ts";
import { PackedReading, plainReading } from "../../../src/gpu/readings.ts";

/** Real outputs of nvidia-smi, kept beside the repository and never copied into it. */
const FOLDER = join(import.meta.dirname, "../../../../shared/nvidia-smi-samples");

export const samplesExist = existsSync(FOLDER);

/** The names of the samples in a folder, sorted. */
export function sampleNames(folder = "", ending = ""): readonly string[] {
  if (!samplesExist) return [];
  return readdirSync(join(FOLDER, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(folder, entry.name))
    .sort();
}

export function readSample(name: string): string {
  return readFileSync(join(FOLDER, name), "utf8");
}

/** The section of a whole capture that a command printed, e.g. "nvidia-smi --help-query-gpu". */
export function sectionOf(capture: string, command: string): string {
  const start = capture.indexOf(`# $ ${command}\n`);
  const body = capture.slice(capture.indexOf("\n", capture.indexOf("####", start)) + 1);
  return body.slice(0, body.indexOf("\n####"));
}

export const NONCE = "n0nce4test";

/** The answer of a framed command, as a POSIX host sends it. */
export function answer(body: string, exitCode = 0, stderr = ""): ExecResult {
  const stdout = `Welcome to the cluster!\n${NONCE}-begin\n${body}${NONCE}-end ${exitCode}\n`;
  return { stdout, stderr, exitCode: 0, truncated: false };
}

/** The answer of a bare command, as a Windows host sends it. */
export function windowsAnswer(stdout: string, exitCode = 0, stderr = ""): ExecResult {
  return { stdout: stdout.replaceAll("\n", "\r\n"), stderr, exitCode, truncated: false };
}

/** What a parser made of its input: its value, or the one error it may throw. Anything else thrown passes on. */
export function outcomeOf<T>(parse: () => T): T | GpuDevError {
  try {
    return parse();
  } catch (error) {
    if (error instanceof GpuDevError) return error;
    throw error;
  }
}

/** What a table says, every field of a reading its own. */
export function readingsOf(csv: string): CsvReadings {
  const { gpus, notices } = parseCsv(csv);
  return { gpus: gpus.map(plainReading), notices };
}

/** The first number in a value that is none, by its path; undefined for a sound value. */
export function unsoundNumber(value: unknown, path = "$"): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : path;
  if (value instanceof Error || typeof value !== "object" || value === null) return undefined;
  for (const [key, part] of Object.entries(fieldsOf(value))) {
    const unsound = unsoundNumber(part, `${path}.${key}`);
    if (unsound !== undefined) return unsound;
  }
  return undefined;
}

function fieldsOf(value: object): object {
  return value instanceof PackedReading ? plainReading(value) : value;
}
