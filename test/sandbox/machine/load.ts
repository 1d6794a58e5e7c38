import { type SimulatedGpu, type Workload } from "./machine.ts";

/** What one GPU does at one moment: a pure function of the wall clock, so that every process of a box agrees. */
export interface Activity {
  readonly utilizationPercent: number;
  readonly memoryUtilizationPercent: number;
  readonly memoryUsedMiB: number;
  readonly temperatureC: number;
  readonly memoryTemperatureC: number;
  readonly averagePowerW: number;
  readonly instantPowerW: number;
  readonly smClockMHz: number;
  readonly videoClockMHz: number;
  readonly throttle: ThrottleBits;
}

/** Bits of nvmlClocksEventReasons: https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html */
interface ThrottleBits {
  readonly idle: boolean;
  readonly softwarePowerCap: boolean;
}

const STEP_MS = 2_600;
const DATA_LOADING_EVERY_MS = 47_000;
const CHECKPOINT_EVERY_MS = 300_000;
const RUN_MS = 25 * 60_000;
/** How slowly a heat sink follows the power: its temperature is that of the last minute and a half. */
const THERMAL_LAG_MS = [0, 6_000, 14_000, 25_000, 40_000, 60_000, 90_000];

export function activityAt(gpu: SimulatedGpu, atMs: number): Activity {
  const { board } = gpu;
  const seed = hash(gpu.uuid);
  const busy = busyAt(gpu.workload, seed, atMs);
  const heat = THERMAL_LAG_MS.reduce((sum, lag) => sum + busyAt(gpu.workload, seed, atMs - lag), 0) / 7;
  const { idleW, limitW } = board.power;
  const averagePowerW = idleW + (limitW - idleW) * 0.96 * busy + 2 * jitter(seed, atMs, 900);
  const temperatureC = board.temperature.idleC + (board.temperature.fullC - board.temperature.idleC) * heat;
  const working = busy > 0.02;
  return {
    utilizationPercent: Math.round(Math.min(1, busy * 1.04) * 100),
    memoryUtilizationPercent: Math.round(busy * 62),
    memoryUsedMiB: memoryUsed(gpu, seed, atMs),
    temperatureC: Math.round(temperatureC),
    memoryTemperatureC: Math.round(temperatureC + 6),
    averagePowerW,
    instantPowerW: Math.max(idleW * 0.9, averagePowerW * (1 + 0.05 * jitter(seed + 7, atMs, 300))),
    smClockMHz: working ? stepped(board.clocks.maxMHz * (1 - 0.12 * Math.max(0, busy - 0.7))) : board.clocks.idleMHz,
    videoClockMHz: working ? board.clocks.videoMHz : stepped(board.clocks.videoMHz / 2),
    // A card that has little power to spend is at its limit whenever it works.
    throttle: { idle: !working, softwarePowerCap: limitW < 100 && busy > 0.6 },
  };
}

/** Share of full load, 0 to 1. */
function busyAt(workload: Workload, seed: number, atMs: number): number {
  const noise = jitter(seed, atMs, 1_700);
  switch (workload) {
    case "training":
      return trainingAt(seed, atMs, noise);
    case "inference":
      return clamp(0.42 + 0.3 * jitter(seed + 3, atMs, 9_000) + 0.18 * noise);
    case "notebook":
      return jitter(seed + 5, atMs, 20_000) > 0.55 ? clamp(0.35 + 0.2 * noise) : 0;
    case "idle":
      return 0;
  }
}

function trainingAt(seed: number, atMs: number, noise: number): number {
  const phase = atMs + (seed % 400);
  const inCheckpoint = phase % CHECKPOINT_EVERY_MS < 9_000;
  if (inCheckpoint) return clamp(0.04 + 0.03 * noise);
  const loading = (phase + (seed % 11_000)) % DATA_LOADING_EVERY_MS < 3_500;
  if (loading) return clamp(0.4 + 0.15 * noise);
  const stepEnds = phase % STEP_MS > STEP_MS - 250;
  return clamp((stepEnds ? 0.8 : 0.93) + 0.05 * noise);
}

/** A run allocates step by step for its first 40 s and then stays level. */
function memoryUsed(gpu: SimulatedGpu, seed: number, atMs: number): number {
  // A partitioned GPU works in its first slice.
  const usable = gpu.mig?.[0]?.memoryMiB ?? gpu.board.memoryMiB - gpu.board.reservedMiB;
  const level: Record<Workload, number> = { training: 0.88, inference: 0.55, notebook: 0.18, idle: 0 };
  const grown = gpu.workload === "training" ? clamp(0.25 + ((atMs + (seed % RUN_MS)) % RUN_MS) / 40_000) : 1;
  const wanted = usable * level[gpu.workload] * grown * (1 - 0.02 * ((seed % 100) / 100));
  return Math.round(wanted + (wanted > 0 ? usable * 0.004 * jitter(seed + 9, atMs, 30_000) : 0));
}

/** Between -1 and 1, smooth over `periodMs`. */
function jitter(seed: number, atMs: number, periodMs: number): number {
  const step = Math.floor(atMs / periodMs);
  const part = atMs / periodMs - step;
  const smooth = part * part * (3 - 2 * part);
  return unit(seed, step) * (1 - smooth) + unit(seed, step + 1) * smooth;
}

function unit(seed: number, step: number): number {
  let mixed = Math.imul(seed ^ (step % 0x7fffffff), 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  mixed ^= mixed >>> 13;
  return ((mixed >>> 0) / 0xffffffff) * 2 - 1;
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return value;
}

/** NVIDIA clocks move in steps of 15 MHz. */
const stepped = (megahertz: number): number => Math.round(megahertz / 15) * 15;

const clamp = (share: number): number => Math.min(1, Math.max(0, share));
