import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { followFault, type Fault } from "./fault.ts";
import type { Machine } from "./machine.ts";
import type { GpuHealth } from "./moment.ts";

/** What a box's programs know: its machine, since when it runs, and the fault it has. Files in the box's folder. */
export interface Box {
  readonly machine: Machine;
  /** The fault at this moment. */
  fault(): Fault | undefined;
  /** When the GPU left the bus, in the past; undefined while it is there. */
  lostSince(gpu: number, atMs: number): number | undefined;
  /** Health of a GPU for a program that has held it since `heldSinceMs`; unreachable for one that comes too late. */
  health(gpu: number, atMs: number, heldSinceMs: number): GpuHealth | "unreachable";
  startedAtMs(): number;
  /** A hanging program outlives its connection, as the real one does: the box ends it by this note when it stops. */
  noteRunning(pid: number): void;
}

export const machineFile = (directory: string): string => path.join(directory, "machine.json");
export const startedFile = (directory: string): string => path.join(directory, "started");
export const runningFolder = (directory: string): string => path.join(directory, "running");
/** The notice of an interruption as the metadata service gives it; absent: none is announced. */
export const noticeFile = (directory: string): string => path.join(directory, "instance-action.json");
export const faultFile = (directory: string): string => path.join(directory, "fault");

export function openBox(directory: string): Box {
  const machine = JSON.parse(readFileSync(machineFile(directory), "utf8")) as Machine;
  const fault = followFault(faultFile(directory));
  const startedAtMs = (): number => statSync(startedFile(directory)).mtimeMs;

  const lostSince = (gpu: number, atMs: number): number | undefined => {
    const now = fault();
    if (now?.kind === "gpu" && now.health === "lost" && now.gpu === gpu) return statSync(faultFile(directory)).mtimeMs;
    if (machine.fallsOffBus?.gpu !== gpu) return undefined;
    const falls = startedAtMs() + machine.fallsOffBus.afterMs;
    return falls <= atMs ? falls : undefined;
  };
  const health = (gpu: number, atMs: number, heldSinceMs: number): GpuHealth | "unreachable" => {
    const lost = lostSince(gpu, atMs);
    if (lost !== undefined) return lost <= heldSinceMs ? "unreachable" : "lost";
    const now = fault();
    return now?.kind === "gpu" && now.gpu === gpu ? now.health : "healthy";
  };
  const noteRunning = (pid: number): void => {
    mkdirSync(runningFolder(directory), { recursive: true });
    const note = path.join(runningFolder(directory), String(pid));
    writeFileSync(note, "");
    if (pid === process.pid) process.on("exit", () => rmSync(note, { force: true }));
  };
  return { machine, fault, lostSince, health, startedAtMs, noteRunning };
}
