import { gpuKey } from "../gpu/gpuKey.ts";
import { mergedIdentity, type GpuIdentity } from "../gpu/identity.ts";
import type { GpuReading, GpuSample } from "../gpu/reading.ts";
import type { GpuHistory, HistoryGauge, HistorySeries, SeenGpu } from "./watch.ts";

const STEP_MS = 5_000;
const MAX_STEPS = 720;
/** Memory grows with what was seen: 45, 90, … 720 steps. */
const FIRST_STEPS = 45;
/** A host that invents a new UUID with every answer must not fill the memory. */
const MAX_GPUS = 64;
/** Two answers a moment apart may swap over the edge of a step; more than that is a clock that was set back. */
const TOLERATED_STEPS_BACK = 1;
/** The stored number that stands for "not measured". */
const ABSENT = 0xffff;

/**
 * How a gauge becomes a stored number from 0 to 65534: (value − from) / unit, rounded and clamped.
 * Percent in 0.01, memory in 16 MiB up to 1 TiB, temperature in 0.1 °C from −100 °C, power in 0.1 W up to 6.5 kW.
 */
const SCALES = {
  utilizationPercent: { from: 0, unit: 0.01 },
  memoryUsedMiB: { from: 0, unit: 16 },
  temperatureC: { from: -100, unit: 0.1 },
  powerDrawW: { from: 0, unit: 0.1 },
  smClockMHz: { from: 0, unit: 1 },
} satisfies Record<HistoryGauge, { from: number; unit: number }>;

const GAUGES = Object.keys(SCALES) as readonly HistoryGauge[];

/**
 * What a GPU was called last, its columns, gauge after gauge in one array, and the sums from which the current step's
 * means are made.
 */
interface Track {
  identity: GpuIdentity;
  columns: Uint16Array;
  lastStep: number;
  readonly sums: number[];
  readonly counts: number[];
}

/**
 * The last hour of one host in steps of five seconds; a step holds the mean of its readings. Full, a GPU takes 7.2 kB.
 * Time is the wall clock: a jump ahead, as after sleep, is a gap, and a clock set back moves what was recorded back
 * with it, so that the last hour stays the last hour.
 */
export class HostHistory implements GpuHistory {
  readonly stepMs = STEP_MS;
  private readonly tracks = new Map<string, Track>();
  private capacity = FIRST_STEPS;
  /** Steps counted on the recorded time line, which never runs back. */
  private firstStep = 0;
  private headStep = -1;
  /** Steps by which the recorded time line is ahead of the wall clock. */
  private shift = 0;

  get gpus(): readonly SeenGpu[] {
    return [...this.tracks].map(([key, { identity }]) => ({ key, ...identity }));
  }

  record(sample: GpuSample): void {
    const step = this.advance(Math.floor(sample.at / STEP_MS));
    for (let place = 0, gpu = sample.gpus[place]; gpu; gpu = sample.gpus[++place]) {
      const track = this.track(gpu);
      if (track) this.write(track, step, gpu);
    }
  }

  series(gpuKey: string, gauge: HistoryGauge): HistorySeries {
    const first = Math.max(this.firstStep, this.headStep - MAX_STEPS + 1);
    const startMs = (first - this.shift) * STEP_MS;
    const track = this.tracks.get(gpuKey);
    const values: (number | undefined)[] = [];
    for (let step = first; step <= this.headStep; step++) {
      values.push(track && fromStored(track.columns[this.place(GAUGES.indexOf(gauge), step)], gauge));
    }
    return { startMs, values };
  }

  /** Bytes held for readings: what the bound is about. */
  get byteLength(): number {
    let bytes = 0;
    for (const track of this.tracks.values()) bytes += track.columns.byteLength;
    return bytes;
  }

  /** Moves the head to the step of this wall-clock step and returns it. */
  private advance(wallStep: number): number {
    let step = wallStep + this.shift;
    if (this.headStep < 0) {
      this.firstStep = step;
    } else if (step < this.headStep - TOLERATED_STEPS_BACK) {
      this.shift += this.headStep + 1 - step;
      step = this.headStep + 1;
    }
    if (step > this.headStep) this.moveHead(step);
    return this.headStep;
  }

  private moveHead(step: number): void {
    if (step - this.headStep >= MAX_STEPS) {
      this.tracks.clear();
      this.capacity = FIRST_STEPS;
      this.firstStep = step;
    }
    const before = Math.max(this.headStep, this.firstStep - 1);
    while (this.capacity < MAX_STEPS && step - this.firstStep >= this.capacity) this.grow(before);
    this.tracks.forEach((track, key) => {
      for (let cleared = before + 1; cleared <= step; cleared++) this.clear(track, cleared);
      track.counts.fill(0);
      if (step - track.lastStep >= MAX_STEPS) this.tracks.delete(key);
    });
    this.headStep = step;
  }

  private grow(headStep: number): void {
    const oldCapacity = this.capacity;
    this.capacity = Math.min(MAX_STEPS, oldCapacity * 2);
    for (const track of this.tracks.values()) {
      const old = track.columns;
      track.columns = this.emptyColumns();
      for (let step = this.firstStep; step <= headStep; step++) {
        for (let gauge = 0; gauge < GAUGES.length; gauge++) {
          track.columns[this.place(gauge, step)] = old[gauge * oldCapacity + (step % oldCapacity)] ?? ABSENT;
        }
      }
    }
  }

  private track(gpu: GpuReading): Track | undefined {
    const key = gpuKey(gpu);
    const known = this.tracks.get(key);
    if (known || this.tracks.size >= MAX_GPUS) return known;
    const track: Track = {
      identity: {},
      columns: this.emptyColumns(),
      lastStep: this.headStep,
      sums: GAUGES.map(() => 0),
      counts: GAUGES.map(() => 0),
    };
    this.tracks.set(key, track);
    return track;
  }

  private write(track: Track, step: number, gpu: GpuReading): void {
    track.lastStep = step;
    this.learn(track, gpu);
    for (let index = 0; index < GAUGES.length; index++) {
      const gauge = GAUGES[index];
      const value = gauge && gpu[gauge];
      if (gauge === undefined || value === undefined || !Number.isFinite(value)) continue;
      const count = track.counts[index] ?? 0;
      const sum = (count === 0 ? 0 : (track.sums[index] ?? 0)) + value;
      track.sums[index] = sum;
      track.counts[index] = count + 1;
      track.columns[this.place(index, step)] = toStored(sum / (count + 1), gauge);
    }
  }

  /** After a restart the driver may number them anew, and a slot may hold another: what one has now no other has. */
  private learn(track: Track, gpu: GpuReading): void {
    const { identity } = track;
    if (identity.index === gpu.index && identity.busId === gpu.busId && identity.uuid === gpu.uuid) return;
    const own = mergedIdentity(identity, gpu);
    track.identity = own;
    this.tracks.forEach((other, key) => {
      const { index, busId, uuid } = other.identity;
      const hasIndex = index !== undefined && index === own.index;
      const hasPlace = busId !== undefined && busId === own.busId;
      if (other === track || !(hasIndex || hasPlace)) return;
      // One that could not say who it was has said so.
      if (uuid === undefined && own.uuid !== undefined) this.tracks.delete(key);
      else {
        const left = { index: hasIndex ? undefined : index, busId: hasPlace ? undefined : busId };
        other.identity = { ...other.identity, ...left };
      }
    });
  }

  private clear(track: Track, step: number): void {
    for (let gauge = 0; gauge < GAUGES.length; gauge++) track.columns[this.place(gauge, step)] = ABSENT;
  }

  private place(gauge: number, step: number): number {
    return gauge * this.capacity + (step % this.capacity);
  }

  private emptyColumns(): Uint16Array {
    return new Uint16Array(GAUGES.length * this.capacity).fill(ABSENT);
  }
}

function toStored(value: number, gauge: HistoryGauge): number {
  const { from, unit } = SCALES[gauge];
  return Math.min(ABSENT - 1, Math.max(0, Math.round((value - from) / unit)));
}

function fromStored(stored: number | undefined, gauge: HistoryGauge): number | undefined {
  if (stored === undefined || stored === ABSENT) return undefined;
  const { from, unit } = SCALES[gauge];
  // Rounding removes what binary fractions add: 61.300000000000004.
  return Math.round((stored * unit + from) * 100) / 100;
}
