import { boards } from "./machine/boards.ts";
import type { Machine, SimulatedGpu, SimulatedProcess, Workload } from "./machine/machine.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Made up but of the right form, and the same at every start, so that histories and tests find their GPU again. */
const uuid = (prefix: "GPU" | "MIG", machine: number, index: number): string =>
  `${prefix}-5a0d${String(machine).padStart(4, "0")}-9c4e-4b1a-8f27-${(0xa1b2c3d4e500 + index * 0x1f).toString(16)}`;

const trainingRank = (rank: number): SimulatedProcess => ({
  pid: 4_120_100 + rank,
  name: "/opt/conda/bin/python",
  user: "mira",
  share: 0.995,
  startedBeforeMs: 7 * HOUR_MS + 12 * MINUTE_MS,
});

const H100_BUSES = ["04", "23", "43", "64", "84", "A3", "C3", "E4"];

/** 8×H100 in the middle of one large training run; the last two GPUs belong to somebody else's inference. */
const trainer: Machine = {
  hostname: "trainer",
  driver: { version: "580.105.08", cuda: "13.0" },
  gpus: H100_BUSES.map((bus, index): SimulatedGpu => {
    const training = index < 6;
    const server = { ...trainingRank(index), name: "/usr/bin/vllm", user: "jonas", startedBeforeMs: 3 * 24 * HOUR_MS };
    const workload: Workload = training ? "training" : "inference";
    return {
      board: boards.h100,
      busId: `00000000:${bus}:00.0`,
      uuid: uuid("GPU", 1, index),
      serial: `16540230${String(31_101 + index)}`,
      workload,
      processes: [training ? trainingRank(index) : server],
    };
  }),
};

/**
 * A desk-side machine of a laboratory: an A10, and an A30 that is partitioned. The A10 has no MIG, and the A30 is its
 * nearest relative that has: https://docs.nvidia.com/datacenter/tesla/mig-user-guide/
 */
const labA10: Machine = {
  hostname: "lab-a10",
  driver: { version: "535.183.06", cuda: "12.2" },
  kernelLog: [
    {
      beforeMs: 14 * MINUTE_MS,
      text: "NVRM: Xid (PCI:0000:17:00): 31, pid=4130870, name=python3, Ch 00000008, intr 00000000. MMU Fault: ENGINE GRAPHICS GPCCLIENT_T1_0 faulted @ 0x7f0a_c2000000. Fault is of type FAULT_PDE ACCESS_TYPE_VIRT_READ",
    },
  ],
  gpus: [
    {
      board: boards.a10,
      busId: "00000000:17:00.0",
      uuid: uuid("GPU", 2, 0),
      serial: "1322021045112",
      workload: "notebook",
      processes: [
        { pid: 4_131_002, name: "python3", user: "ana", share: 0.7, startedBeforeMs: 26 * HOUR_MS },
        { pid: 4_131_377, name: "/usr/lib/jupyter/kernel, idle", user: "luis", share: 0.29, startedBeforeMs: HOUR_MS },
      ],
    },
    {
      board: boards.a30,
      busId: "00000000:65:00.0",
      uuid: uuid("GPU", 2, 1),
      serial: "1324921013347",
      workload: "inference",
      processes: [
        { pid: 4_131_810, name: "tritonserver", user: "triton", share: 0.96, startedBeforeMs: 5 * HOUR_MS, slice: 0 },
      ],
      mig: [
        migSlice(0, { profile: "2g.12gb", gpuInstance: 1, memoryMiB: 12_032, multiprocessors: 28, engines: 2 }),
        migSlice(1, { profile: "1g.6gb", gpuInstance: 5, memoryMiB: 5_952, multiprocessors: 14, engines: 1 }),
        migSlice(2, { profile: "1g.6gb", gpuInstance: 6, memoryMiB: 5_952, multiprocessors: 14, engines: 1 }),
      ],
    },
  ],
};

interface SliceSize {
  readonly profile: string;
  readonly gpuInstance: number;
  readonly memoryMiB: number;
  readonly multiprocessors: number;
  readonly engines: number;
}

function migSlice(index: number, { engines, ...size }: SliceSize) {
  return { ...size, uuid: uuid("MIG", 2, index), copyEngines: engines, decoders: engines };
}

/** Two L4, of which the second falls off the bus three minutes after the start, as a badly seated card does. */
const flakyL4: Machine = {
  hostname: "flaky-l4",
  driver: { version: "610.57.04", cuda: "13.3" },
  fallsOffBus: { gpu: 1, afterMs: 3 * MINUTE_MS },
  gpus: ["03", "34"].map((bus, index) => ({
    board: boards.l4,
    busId: `00000000:${bus}:00.0`,
    uuid: uuid("GPU", 3, index),
    serial: `152222300${String(4_410 + index)}`,
    workload: index === 0 ? "inference" : "training",
    processes: [
      {
        pid: 4_140_220 + index,
        name: index === 0 ? "/usr/bin/ollama" : "python3",
        user: "render",
        share: 0.98,
        startedBeforeMs: 2 * HOUR_MS,
      },
    ],
  })),
};

/** Four A100 that nobody has updated for years, reachable only through a jump host. */
const vault: Machine = {
  hostname: "vault",
  driver: { version: "470.256.02", cuda: "11.4" },
  gpus: ["07", "47", "87", "C7"].map((bus, index) => ({
    board: boards.a100,
    busId: `00000000:${bus}:00.0`,
    uuid: uuid("GPU", 4, index),
    serial: `13206210${String(22_070 + index)}`,
    workload: index < 3 ? "training" : "idle",
    processes:
      index < 3
        ? [{ pid: 4_150_330 + index, name: "gmx_mpi", user: "chem", share: 0.99, startedBeforeMs: 31 * HOUR_MS }]
        : [],
  })),
};

export const machines = { trainer, labA10, flakyL4, vault } as const satisfies Record<string, Machine>;
