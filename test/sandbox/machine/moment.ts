import { activityAt, type Activity } from "./load.ts";
import { majorVersion, type Machine, type SimulatedGpu, type SimulatedProcess } from "./machine.ts";

/** One GPU of a machine at one moment: what every form of output is made of. */
export interface GpuMoment {
  readonly machine: Machine;
  /** Major version of the driver. */
  readonly driver: number;
  readonly gpu: SimulatedGpu;
  readonly index: number;
  readonly atMs: number;
  readonly activity: Activity;
  readonly health: GpuHealth;
}

/** lost: fell off the bus while this nvidia-smi held it. reset-required: it answers, but not to much. */
export type GpuHealth = "healthy" | "lost" | "reset-required";

export function momentsAt(
  machine: Machine,
  atMs: number,
  healthOf: (index: number) => GpuHealth,
): readonly GpuMoment[] {
  const driver = majorVersion(machine.driver);
  return machine.gpus.map((gpu, index) => ({
    machine,
    driver,
    gpu,
    index,
    atMs,
    activity: activityAt(gpu, atMs),
    health: healthOf(index),
  }));
}

export const processMemoryMiB = (moment: GpuMoment, process: SimulatedProcess): number =>
  Math.round(moment.activity.memoryUsedMiB * process.share);

/** A slice that nothing runs in holds a few MiB for itself. */
export const sliceMemoryMiB = ({ gpu, activity }: GpuMoment, slice: number): number =>
  gpu.processes.some((process) => process.slice === slice) ? activity.memoryUsedMiB : 12;

export const freeMemoryMiB = ({ gpu, activity }: GpuMoment): number =>
  gpu.board.memoryMiB - gpu.board.reservedMiB - activity.memoryUsedMiB;

export const watts = (value: number): string => `${value.toFixed(2)} W`;

/** "2026/07/14 09:00:44.742", as CSV prints the time of the machine. */
export function csvTimestamp(atMs: number): string {
  const date = new Date(atMs);
  const pad = (value: number, length = 2): string => String(value).padStart(length, "0");
  const day = `${date.getFullYear()}/${pad(date.getMonth() + 1)}/${pad(date.getDate())}`;
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return `${day} ${time}.${pad(date.getMilliseconds(), 3)}`;
}

/** "Tue Jul 14 09:00:44 2026", as reports and tables print it. */
export function longTimestamp(atMs: number): string {
  const [weekday, month, day = "", year, time] = new Date(atMs).toString().split(" ");
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
}

/** Domain, bus and device of "00000000:53:00.0", each in hexadecimal without a prefix. */
export function busParts(busId: string): { readonly domain: string; readonly bus: string; readonly device: string } {
  const [domain = "", bus = "", device = ""] = busId.split(/[:.]/);
  return { domain: domain.slice(-4), bus, device };
}
