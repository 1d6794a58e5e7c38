import type { Board } from "./boards.ts";

/** A simulated machine: what its GPUs are and what they are busy with. Data; written into a box as JSON. */
export interface Machine {
  readonly hostname: string;
  readonly driver: Driver;
  readonly gpus: readonly SimulatedGpu[];
  /** A GPU that falls off the bus this long after the box started. */
  readonly fallsOffBus?: { readonly gpu: number; readonly afterMs: number };
  /** What the driver had written to the kernel log before the box started. */
  readonly kernelLog?: readonly { readonly beforeMs: number; readonly text: string }[];
}

export interface Driver {
  /** "580.105.08" */
  readonly version: string;
  /** The CUDA version it brings: "13.0". */
  readonly cuda: string;
}

export interface SimulatedGpu {
  readonly board: Board;
  readonly busId: string;
  readonly uuid: string;
  readonly serial?: string;
  readonly workload: Workload;
  readonly processes: readonly SimulatedProcess[];
  readonly mig?: readonly MigSlice[];
}

/** training: full load with pauses for data and checkpoints. inference: bursts. notebook: memory held, little work. */
export type Workload = "training" | "inference" | "notebook" | "idle";

export interface SimulatedProcess {
  readonly pid: number;
  readonly name: string;
  readonly user: string;
  /** Share of the GPU's used memory. */
  readonly share: number;
  /** How long it had been running when the box started. */
  readonly startedBeforeMs: number;
  /** The MIG slice it runs in, as an index into `mig`. */
  readonly slice?: number;
}

export interface MigSlice {
  /** "2g.12gb" */
  readonly profile: string;
  readonly uuid: string;
  readonly gpuInstance: number;
  readonly memoryMiB: number;
  readonly multiprocessors: number;
  readonly copyEngines: number;
  readonly decoders: number;
}

/** 580 of "580.105.08". */
export const majorVersion = (driver: Driver): number => Number.parseInt(driver.version, 10);
