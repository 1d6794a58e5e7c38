// Hosts as the health service would describe them, for the pages' own tests and pictures.
import { GpuDevError } from "../../src/core/error.ts";
import { Emitter, type Disposable } from "../../src/core/event.ts";
import type { Environment } from "../../src/core/environment.ts";
import { inEnglish, sentence } from "../../src/core/sentence.ts";
import type { GpuDetail, GpuDetails } from "../../src/gpu/details.ts";
import { gpuKey } from "../../src/gpu/gpuKey.ts";
import { mergedIdentity } from "../../src/gpu/identity.ts";
import type { GpuProblem } from "../../src/gpu/problem.ts";
import type { GpuReading, GpuSample } from "../../src/gpu/reading.ts";
import type { GpuHistory, Health, HistoryGauge, HostDetail, Interest, Watch } from "../../src/health/watch.ts";
import type { Environments } from "../../src/panels/healthPanel.ts";
import { anEnvironment } from "../fakes/environment.ts";

/** 2026-03-04 14:30:00 UTC: every picture shows the same time. */
export const NOW = Date.UTC(2026, 2, 4, 14, 30, 0);
export const localize = inEnglish;
const STEP_MS = 5_000;
const STEPS = 720;

/** One H100 under load, differing by its index. */
export function aReading(index: number, differing: Partial<GpuReading> = {}): GpuReading {
  return {
    index,
    uuid: `GPU-0000000${index}-1111-2222-3333-444444444444`,
    busId: `00000000:${(0x1b + index * 0x11).toString(16).toUpperCase()}:00.0`,
    name: "NVIDIA H100 80GB HBM3",
    driverVersion: "570.124.06",
    performanceState: "P0",
    utilizationPercent: 97 - index * 3,
    memoryUsedMiB: 71_204 - index * 1_900,
    memoryTotalMiB: 81_559,
    temperatureC: 61 + index,
    powerDrawW: 612 - index * 14.5,
    powerLimitW: 700,
    smClockMHz: 1_980 - index * 15,
    throttleReasons: [],
    migEnabled: false,
    absent: {},
    ...differing,
  };
}

export function aSample(gpus: readonly GpuReading[], differing: Partial<GpuSample> = {}): GpuSample {
  return { at: NOW - 2_000, gpus, notices: [], ...differing };
}

export function aDetail(reading: GpuReading, differing: Partial<GpuDetail> = {}): GpuDetail {
  return {
    ...reading,
    architecture: "Hopper",
    serial: `16513230${reading.index ?? 0}`,
    ecc: {
      enabled: true,
      volatileCorrected: 0,
      volatileUncorrected: 0,
      aggregateCorrected: 2,
      aggregateUncorrected: 0,
    },
    remappedRows: { correctable: 0, uncorrectable: 0, pending: false, failure: false },
    recoveryAction: "None",
    virtualizationMode: "None",
    fabric: { state: "Completed", status: "Success" },
    pcie: { generation: 5, maxGeneration: 5, width: 16, maxWidth: 16 },
    slowdownTemperatureC: 87,
    shutdownTemperatureC: 92,
    persistenceMode: true,
    computeMode: "Default",
    migDevices: [],
    processes: [],
    ...differing,
  };
}

export function aReport(gpus: readonly GpuDetail[]): GpuDetails {
  return { driverVersion: "570.124.06", cudaVersion: "12.8", gpus };
}

export function aHostDetail(
  sample: GpuSample,
  differing: Partial<HostDetail> = {},
): HostDetail & Required<Pick<HostDetail, "processes">> {
  return {
    processes: sample.gpus.map((gpu, index) => ({
      pid: 41_200 + index * 7,
      ...(gpu.uuid === undefined ? {} : { gpuUuid: gpu.uuid }),
      usedMemoryMiB: (gpu.memoryUsedMiB ?? 0) - 640,
      name: "python3",
      user: index < 6 ? "maria" : "chen",
      elapsedSeconds: 93_812 - index * 5_400,
    })),
    details: aReport(sample.gpus.map((gpu) => aDetail(gpu))),
    kernelLog: [],
    ...differing,
  };
}

/** An hour of plausible load around the present readings, with a gap of five minutes in which the host was away. */
export function aHistory(gpus: readonly GpuReading[], steps = STEPS): GpuHistory {
  const keys = gpus.map(gpuKey);
  return {
    stepMs: STEP_MS,
    gpus: gpus.map((gpu) => ({ key: gpuKey(gpu), ...mergedIdentity({}, gpu) })),
    series: (key, gauge) => {
      const place = keys.indexOf(key);
      const end = gpus[place]?.[gauge];
      const values = Array.from({ length: steps }, (_, step) =>
        end === undefined || (step > 300 && step < 360) ? undefined : wave(gauge, place, step) * end,
      );
      return { startMs: NOW - steps * STEP_MS, values };
    },
  };
}

function wave(gauge: HistoryGauge, gpu: number, step: number): number {
  const slow = Math.sin(step / 55 + gpu * 0.7);
  const fast = Math.sin(step * 1.7 + gpu * 2.3) * Math.sin(step * 0.37);
  const isEpochEnd = step % 180 > 86 && step % 180 < 100;
  if (gauge === "memoryUsedMiB") return step < 40 + gpu * 4 ? 0.1 : 1;
  if (gauge === "temperatureC") return 0.95 + 0.04 * slow + 0.008 * fast - (isEpochEnd ? 0.05 : 0);
  if (gauge === "smClockMHz") return 0.985 + 0.012 * fast;
  return isEpochEnd ? 0.22 : 0.9 + 0.05 * slow + 0.05 * fast;
}

export function aProblem(differing: Partial<GpuProblem> = {}): GpuProblem {
  return {
    id: "xid-79 00000000:5F:00.0",
    severity: "critical",
    gpuIndex: 4,
    title: sentence("GPU 4 has fallen off the bus (XID 79)"),
    explanation: sentence("The driver can no longer reach it over PCIe. Work on it has stopped; the other GPUs go on."),
    nextStep: sentence("Save what you can and restart the machine. If it comes back, have the GPU replaced."),
    link: "https://docs.nvidia.com/deploy/xid-errors/",
    ...differing,
  };
}

export const UNREACHABLE: Watch = {
  kind: "unreachable",
  error: new GpuDevError("unreachable", sentence("{0} did not answer on port 22 within 15 s.", "trainer.lab")),
  retryAt: NOW + 28_000,
};

/** What is known of one host; a fake of the health service is a map of these. */
export interface FakeHost {
  readonly environment: Environment;
  readonly watch: Watch;
  readonly detail?: HostDetail;
  readonly history?: GpuHistory;
  readonly problems?: readonly GpuProblem[];
}

export class FakeHealth implements Health, Environments {
  readonly hosts = new Map<string, FakeHost>();
  readonly changed = new Emitter<string>();
  readonly listed = new Emitter<unknown>();
  /** Whether its inventory is still being listed for the first time. */
  isListing = false;
  /** The interests held at this moment. */
  readonly held: { readonly environmentId: string; readonly interest: Interest }[] = [];
  readonly onDidChange = this.changed.event;

  constructor(...hosts: readonly FakeHost[]) {
    for (const host of hosts) this.hosts.set(host.environment.id, host);
  }

  show(environmentId: string, interest: Interest): Disposable {
    const hold = { environmentId, interest };
    this.held.push(hold);
    return {
      dispose: () => {
        const place = this.held.indexOf(hold);
        if (place >= 0) this.held.splice(place, 1);
      },
    };
  }
  watch(id: string): Watch {
    return this.hosts.get(id)?.watch ?? { kind: "idle" };
  }
  history(id: string): GpuHistory | undefined {
    return this.hosts.get(id)?.history;
  }
  detail(id: string): HostDetail | undefined {
    return this.hosts.get(id)?.detail;
  }
  problems(id: string): readonly GpuProblem[] {
    return this.hosts.get(id)?.problems ?? [];
  }
  lastSpec(): undefined {
    return undefined;
  }
  transport(): undefined {
    return undefined;
  }
  interruption(): undefined {
    return undefined;
  }
  reconnect(): Promise<void> {
    return Promise.resolve();
  }
  tryAgain(): void {
    // Nothing here waits for another try.
  }
  environment(id: string): Environment | undefined {
    return this.hosts.get(id)?.environment;
  }
  environments(): readonly Environment[] {
    return [...this.hosts.values()].map(({ environment }) => environment);
  }
  isLoading(): boolean {
    return this.isListing;
  }
  /** The same hosts as an inventory, which has an event of its own. */
  get inventory(): Environments {
    return {
      environment: (id) => this.environment(id),
      environments: () => this.environments(),
      isLoading: () => this.isLoading(),
      onDidChange: this.listed.event,
    };
  }
}

/** A host in good health with `count` GPUs. */
export function aHost(name: string, count = 8, differing: Partial<FakeHost> = {}): FakeHost {
  const sample = aSample(Array.from({ length: count }, (_, index) => aReading(index)));
  return {
    environment: anEnvironment({ id: `ssh/config/${name}`, name }),
    watch: { kind: "live", last: sample },
    detail: aHostDetail(sample),
    history: aHistory(sample.gpus),
    problems: [],
    ...differing,
  };
}
