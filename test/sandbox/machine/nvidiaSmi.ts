import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Box } from "./box.ts";
import { parseCommandLine, type Question, type Request } from "./commandLine.ts";
import { gpuCsv, gpuFieldHelp, processCsv, processFieldHelp } from "./csv.ts";
import { ERRORS } from "./fault.ts";
import { textReport, xmlReport } from "./gpuReport.ts";
import { majorVersion, type Machine } from "./machine.ts";
import { momentsAt, type GpuMoment } from "./moment.ts";
import { table } from "./table.ts";

/** The text of one answer and the exit code that goes with it. */
interface Answer {
  readonly output: string;
  readonly exitCode: number;
}

/** Runs nvidia-smi as the box has it; resolves with its exit code when it ends by itself. */
export async function nvidiaSmi(box: Box, args: readonly string[]): Promise<number> {
  const request = parseCommandLine(args);
  const heldSinceMs = Date.now();
  const before = await suffer(box, true);
  if (before !== undefined) return before;
  let answer = answerAt(box, request, { heldSinceMs, first: true });
  print(answer.output);
  while (request.everyMs !== undefined && answer.exitCode !== 2) {
    await delay(request.everyMs);
    const during = await suffer(box, false);
    if (during !== undefined) return during;
    answer = answerAt(box, request, { heldSinceMs, first: false });
    print(answer.output);
  }
  return answer.exitCode;
}

/** Lives through the faults that are not in the answer itself; an exit code where there is no answer. */
async function suffer(box: Box, first: boolean): Promise<number | undefined> {
  const fault = box.fault();
  if (fault === undefined || fault.kind === "gpu") return undefined;
  if (fault.kind === "error") return fail(fault.error);
  if (fault.kind === "hang") return sleepForEver([]);
  if (fault.kind === "ignore-signals") return sleepForEver(["SIGTERM", "SIGINT", "SIGHUP", "SIGPIPE"]);
  if (fault.kind === "slow") await delay(fault.delayMs);
  if (fault.kind === "stop") process.kill(process.pid, "SIGSTOP");
  if (fault.kind === "child-holds-output" && first) leaveChild(box);
  return undefined;
}

function leaveChild(box: Box): void {
  const [program = "", directory = ""] = process.argv.slice(1);
  const args = [program, directory, "hold-output"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"], detached: true });
  if (child.pid !== undefined) box.noteRunning(child.pid);
  child.unref();
}

function fail(name: keyof typeof ERRORS): number {
  const error = ERRORS[name];
  if ("onStderr" in error) process.stderr.write(error.output);
  else print(error.output);
  return error.exitCode;
}

/** Also what a child does that holds its parent's output. */
export function sleepForEver(ignoring: readonly NodeJS.Signals[]): Promise<never> {
  for (const signal of ignoring) process.on(signal, () => undefined);
  return new Promise(() => setInterval(() => undefined, 60_000));
}

/** Written at once and whole, as C's stdio would at the end of a line. A reader that has gone ends the program. */
function print(text: string): void {
  for (let bytes = Buffer.from(text); bytes.length > 0;) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes));
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) process.exit(141);
    }
  }
}

interface Turn {
  readonly heldSinceMs: number;
  /** CSV prints its header once. */
  readonly first: boolean;
}

function answerAt(box: Box, request: Request, turn: Turn): Answer {
  const atMs = Date.now();
  const { machine } = box;
  const healths = machine.gpus.map((_, gpu) => box.health(gpu, atMs, turn.heldSinceMs));
  const gone = machine.gpus.flatMap((gpu, index) => (healths[index] === "unreachable" ? [{ gpu, index }] : []));
  const reached = momentsAt(machine, atMs, (index) => {
    const health = healths[index];
    return health === undefined || health === "unreachable" ? "healthy" : health;
  }).filter(({ index }) => healths[index] !== "unreachable");
  if (gone.length === 0 || !touchesGpus(request.question))
    return answer(box, request, { moments: reached, turn, atMs });
  const lines = gone.map(({ gpu, index }) => handleError(machine, gpu.busId, index)).join("");
  const driver = majorVersion(machine.driver);
  if (driver < 525) return { output: lines, exitCode: 15 };
  if (driver < 610) return { output: lines, exitCode: 255 };
  if (reached.length === 0) return { output: `${lines}No devices were found\n`, exitCode: 6 };
  const rest = answer(box, request, { moments: reached, turn, atMs });
  return { output: lines + rest.output, exitCode: rest.exitCode || 255 };
}

const touchesGpus = ({ kind }: Question): boolean => ["table", "list", "report", "csv"].includes(kind);

/** The text changed with the drivers; the newest goes on with the GPUs that are left. */
function handleError(machine: Machine, busId: string, index: number): string {
  const short = busId.slice(4);
  const driver = majorVersion(machine.driver);
  if (driver < 525)
    return `Unable to determine the device handle for GPU ${short}: GPU is lost.  Reboot the system to recover this GPU\n`;
  if (driver < 610) return `Unable to determine the device handle for GPU${short}: Unknown Error\n`;
  return `Unable to determine the device handle for GPU${index}: ${short}: Unknown Error\n`;
}

interface Scene {
  readonly moments: readonly GpuMoment[];
  readonly turn: Turn;
  readonly atMs: number;
}

function answer({ machine }: Box, request: Request, scene: Scene): Answer {
  const { question, only } = request;
  if (question.kind === "refused") return { output: question.message, exitCode: 2 };
  const itself = aboutItself(question, machine);
  if (itself !== undefined) return good(itself);
  const moments = only ? scene.moments.filter((moment) => isChosen(moment, only)) : scene.moments;
  if (moments.length === 0) return { output: "No devices were found\n", exitCode: 6 };
  if (question.kind === "list") return good(moments.map(listed).join(""));
  if (question.kind === "csv") return csv(machine, question, { ...scene, moments });
  if (question.kind === "table") return good(table(machine, moments, scene.atMs));
  const report = question.kind === "report" && question.xml ? xmlReport : textReport;
  return good(report(machine, moments, scene.atMs));
}

/** What needs no GPU. */
function aboutItself({ kind }: Question, machine: Machine): string | undefined {
  if (kind === "version") return versions(machine);
  if (kind === "gpu-fields") return gpuFieldHelp(machine.driver);
  return kind === "process-fields" ? processFieldHelp() : undefined;
}

const good = (output: string): Answer => ({ output, exitCode: 0 });

function isChosen({ gpu, index }: GpuMoment, only: readonly string[]): boolean {
  return only.some((id) => id === String(index) || id === gpu.uuid || gpu.busId.endsWith(id.toUpperCase()));
}

function versions({ driver }: Machine): string {
  const library = driver.version.split(".").slice(0, 2).join(".");
  const head = `NVIDIA-SMI version  : ${driver.version}\nNVML version        : ${library}\n`;
  if (majorVersion(driver) < 610)
    return `${head}DRIVER version      : ${driver.version}\nCUDA Version        : ${driver.cuda}\n`;
  const moved = (name: string): string => `Deprecated, see "${name} version" instead\n`;
  const old = `DRIVER version      : ${moved("KMD")}CUDA version        : ${moved("CUDA UMD")}`;
  return `${head}${old}KMD version         : ${driver.version}\nCUDA UMD version    : ${driver.cuda}\n`;
}

function listed({ gpu, index }: GpuMoment): string {
  const slices = (gpu.mig ?? []).map(
    (slice, device) =>
      `  MIG ${slice.profile.padEnd(11)} Device ${String(device).padStart(2)}: (UUID: ${slice.uuid})\n`,
  );
  return `GPU ${index}: ${gpu.board.name} (UUID: ${gpu.uuid})\n${slices.join("")}`;
}

type CsvQuestion = Extract<Question, { kind: "csv" }>;

function csv(machine: Machine, { of, fields, format }: CsvQuestion, { moments, turn }: Scene): Answer {
  const units = !format.includes("nounits");
  const answer = of === "gpu" ? gpuCsv(machine, fields, moments, units) : processCsv(fields, moments, units);
  if (answer.kind === "unknown") return { output: answer.message, exitCode: 2 };
  const withHeader = turn.first && !format.includes("noheader");
  const lines = withHeader ? [answer.header, ...answer.rows] : answer.rows;
  return good(lines.map((line) => `${line}\n`).join(""));
}
