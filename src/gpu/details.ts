import type { GpuReading } from "./reading.ts";

/** The report of `nvidia-smi -q -x`. */
export interface GpuDetails {
  readonly driverVersion?: string;
  readonly cudaVersion?: string;
  readonly gpus: readonly GpuDetail[];
}

export interface GpuDetail extends GpuReading {
  readonly architecture?: string;
  readonly serial?: string;
  /** Text of a whole GPU that answered with an error instead of a report. */
  readonly lost?: string;
  readonly ecc?: EccCounts;
  readonly remappedRows?: RemappedRows;
  readonly retiredPagesPending?: boolean;
  /** "None", "Reset", "Reboot", "Drain P2P", "Drain and Reset": drivers from 570 on. */
  readonly recoveryAction?: string;
  readonly migDevices: readonly MigDevice[];
  readonly virtualizationMode?: string;
  readonly vgpuLicense?: string;
  readonly driverModel?: string;
  readonly fabric?: { readonly state?: string; readonly status?: string; readonly health?: string };
  readonly pcie?: {
    readonly generation?: number;
    readonly maxGeneration?: number;
    readonly width?: number;
    readonly maxWidth?: number;
  };
  readonly slowdownTemperatureC?: number;
  readonly shutdownTemperatureC?: number;
  readonly persistenceMode?: boolean;
  readonly computeMode?: string;
  readonly processes: readonly { readonly pid: number; readonly name?: string; readonly usedMemoryMiB?: number }[];
}

/** Error counts since the driver loaded (volatile) and over the life of the board (aggregate). */
export interface EccCounts {
  readonly enabled?: boolean;
  readonly volatileCorrected?: number;
  readonly volatileUncorrected?: number;
  readonly aggregateCorrected?: number;
  readonly aggregateUncorrected?: number;
}

export interface RemappedRows {
  readonly correctable?: number;
  readonly uncorrectable?: number;
  readonly pending?: boolean;
  readonly failure?: boolean;
}

/** A slice of a GPU. It has no utilisation, by design of the driver. */
export interface MigDevice {
  readonly index?: number;
  readonly gpuInstanceId?: number;
  readonly computeInstanceId?: number;
  readonly name?: string;
  readonly memoryUsedMiB?: number;
  readonly memoryTotalMiB?: number;
}
