/** Why a field has no value. Never 0, never NaN. */
export type Absence = "not-supported" | "error" | "no-permission" | "lost" | "requires-reset" | "deprecated";

/** The numeric readings of one GPU; the unit is in the name. */
export interface GpuGauges {
  readonly utilizationPercent?: number | undefined;
  readonly memoryUtilizationPercent?: number | undefined;
  readonly memoryUsedMiB?: number | undefined;
  readonly memoryTotalMiB?: number | undefined;
  readonly temperatureC?: number | undefined;
  readonly memoryTemperatureC?: number | undefined;
  readonly powerDrawW?: number | undefined;
  readonly powerLimitW?: number | undefined;
  readonly smClockMHz?: number | undefined;
  readonly memoryClockMHz?: number | undefined;
  readonly fanPercent?: number | undefined;
}

/** Why the clocks are below what they could be, as nvidia-smi names the reasons. */
export type ThrottleReason =
  | "gpu-idle"
  | "applications-clocks"
  | "sw-power-cap"
  | "hw-slowdown"
  | "hw-thermal-slowdown"
  | "hw-power-brake"
  | "sw-thermal-slowdown"
  | "sync-boost"
  | "display-clocks";

/** What is told of a GPU in words: who it is, and the state it is in. */
export interface GpuWords {
  /** As nvidia-smi counts, from 0. May be missing for a GPU that fell off the bus. */
  readonly index?: number | undefined;
  readonly uuid?: string | undefined;
  /** Normalised: `00000000:0A:00.0`, upper case, eight digits of domain. */
  readonly busId?: string | undefined;
  readonly name?: string | undefined;
  readonly driverVersion?: string | undefined;
  readonly performanceState?: string | undefined;
  readonly throttleReasons?: readonly ThrottleReason[] | undefined;
  readonly migEnabled?: boolean | undefined;
  /** Why each field without a value has none, numeric ones included. */
  readonly absent: Readonly<Record<string, Absence>>;
}

/** One GPU at one moment. Its fields are to be asked for by name: those of an answer are not its own, see readings.ts. */
export interface GpuReading extends GpuWords, GpuGauges {}

/** Every GPU of one host at one moment. */
export interface GpuSample {
  /** Local wall-clock milliseconds at which the answer arrived; the remote clock is not trusted. */
  readonly at: number;
  readonly gpus: readonly GpuReading[];
  /** Lines that are not readings, e.g. "Unable to determine the device handle for GPU 0000:06:00.0: Unknown Error". */
  readonly notices: readonly string[];
}

export interface GpuProcess {
  readonly pid: number;
  readonly gpuUuid?: string;
  readonly usedMemoryMiB?: number;
  /** Base name only: a command line may hold secrets. */
  readonly name?: string;
  readonly user?: string;
  readonly elapsedSeconds?: number;
}
