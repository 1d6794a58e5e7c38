import type { GpuGauges, GpuReading, GpuWords } from "./reading.ts";

/**
 * Hundreds of machines give thousands of readings a second, each of which is kept for two seconds and then garbage. As
 * an object with a field for each of its twenty values a reading takes 180 bytes, and what V8 keeps for such garbage
 * grows with it. Here one array holds the numbers of all GPUs of an answer, and what is told in words is shared with
 * the answers before, in which most of it was the same.
 */

/** Where a number stands among those of its GPU. */
const PLACES = {
  utilizationPercent: 0,
  memoryUtilizationPercent: 1,
  memoryUsedMiB: 2,
  memoryTotalMiB: 3,
  temperatureC: 4,
  memoryTemperatureC: 5,
  powerDrawW: 6,
  powerLimitW: 7,
  smClockMHz: 8,
  memoryClockMHz: 9,
  fanPercent: 10,
} satisfies Record<keyof GpuGauges, number>;

const NUMBERS = Object.keys(PLACES).length;
/** As many as most machines have; more make it grow. */
const FIRST_GPUS = 8;
const NO_NUMBERS = new Float64Array();
/** A machine that says something new with every answer must not fill the memory. */
const MAX_WORDS = 64;
const NOTHING_ABSENT: GpuWords["absent"] = {};

/** A reading whose fields stand elsewhere: none of them is its own. */
export class PackedReading implements GpuReading {
  private readonly words: GpuWords;
  private readonly numbers: Float64Array;
  private readonly from: number;

  constructor(words: GpuWords, numbers: Float64Array, from: number) {
    this.words = words;
    this.numbers = numbers;
    this.from = from;
  }

  get index(): GpuReading["index"] {
    return this.words.index;
  }
  get uuid(): GpuReading["uuid"] {
    return this.words.uuid;
  }
  get busId(): GpuReading["busId"] {
    return this.words.busId;
  }
  get name(): GpuReading["name"] {
    return this.words.name;
  }
  get driverVersion(): GpuReading["driverVersion"] {
    return this.words.driverVersion;
  }
  get performanceState(): GpuReading["performanceState"] {
    return this.words.performanceState;
  }
  get throttleReasons(): GpuReading["throttleReasons"] {
    return this.words.throttleReasons;
  }
  get migEnabled(): GpuReading["migEnabled"] {
    return this.words.migEnabled;
  }
  get absent(): GpuReading["absent"] {
    return this.words.absent;
  }
  get utilizationPercent(): number | undefined {
    return this.number(PLACES.utilizationPercent);
  }
  get memoryUtilizationPercent(): number | undefined {
    return this.number(PLACES.memoryUtilizationPercent);
  }
  get memoryUsedMiB(): number | undefined {
    return this.number(PLACES.memoryUsedMiB);
  }
  get memoryTotalMiB(): number | undefined {
    return this.number(PLACES.memoryTotalMiB);
  }
  get temperatureC(): number | undefined {
    return this.number(PLACES.temperatureC);
  }
  get memoryTemperatureC(): number | undefined {
    return this.number(PLACES.memoryTemperatureC);
  }
  get powerDrawW(): number | undefined {
    return this.number(PLACES.powerDrawW);
  }
  get powerLimitW(): number | undefined {
    return this.number(PLACES.powerLimitW);
  }
  get smClockMHz(): number | undefined {
    return this.number(PLACES.smClockMHz);
  }
  get memoryClockMHz(): number | undefined {
    return this.number(PLACES.memoryClockMHz);
  }
  get fanPercent(): number | undefined {
    return this.number(PLACES.fanPercent);
  }

  toJSON(): GpuReading {
    return plainReading(this);
  }

  /** NaN stands where there is none. */
  private number(place: number): number | undefined {
    const number = this.numbers[this.from + place];
    return Number.isNaN(number) ? undefined : number;
  }
}

/** The same reading with every field its own, to be copied, changed or compared. */
export function plainReading(gpu: GpuReading): GpuReading {
  return {
    index: gpu.index,
    uuid: gpu.uuid,
    busId: gpu.busId,
    name: gpu.name,
    driverVersion: gpu.driverVersion,
    performanceState: gpu.performanceState,
    throttleReasons: gpu.throttleReasons,
    migEnabled: gpu.migEnabled,
    absent: gpu.absent,
    utilizationPercent: gpu.utilizationPercent,
    memoryUtilizationPercent: gpu.memoryUtilizationPercent,
    memoryUsedMiB: gpu.memoryUsedMiB,
    memoryTotalMiB: gpu.memoryTotalMiB,
    temperatureC: gpu.temperatureC,
    memoryTemperatureC: gpu.memoryTemperatureC,
    powerDrawW: gpu.powerDrawW,
    powerLimitW: gpu.powerLimitW,
    smClockMHz: gpu.smClockMHz,
    memoryClockMHz: gpu.memoryClockMHz,
    fanPercent: gpu.fanPercent,
  };
}

/** What a reading is put together in: used for row after row, and copied from there. */
export class Draft {
  readonly words: { -readonly [Key in keyof GpuWords]: GpuWords[Key] } = {
    index: undefined,
    uuid: undefined,
    busId: undefined,
    name: undefined,
    driverVersion: undefined,
    performanceState: undefined,
    throttleReasons: undefined,
    migEnabled: undefined,
    absent: NOTHING_ABSENT,
  };
  readonly numbers = new Float64Array(NUMBERS);

  clear(): void {
    const { words } = this;
    words.index = undefined;
    words.uuid = undefined;
    words.busId = undefined;
    words.name = undefined;
    words.driverVersion = undefined;
    words.performanceState = undefined;
    words.throttleReasons = undefined;
    words.migEnabled = undefined;
    words.absent = NOTHING_ABSENT;
    this.numbers.fill(Number.NaN);
  }

  /** A place as `placeOf` gives it. */
  has(place: number): boolean {
    return !Number.isNaN(this.numbers[place]);
  }

  set(place: number, value: number): void {
    this.numbers[place] = value;
  }

  get lacksSomething(): boolean {
    return this.words.absent !== NOTHING_ABSENT;
  }
}

/** Where the number of a gauge stands in a draft: looked up once for a column, not for each of its cells. */
export function placeOf(gauge: keyof GpuGauges): number {
  return PLACES[gauge];
}

/** Gathers the readings of one answer after another. */
export class ReadingBatch {
  private words: GpuWords[] = [];
  /** Of the answer that is being gathered; handed out with it. */
  private numbers = NO_NUMBERS;
  /** How many GPUs the answer before had. */
  private expected = FIRST_GPUS;
  /** What was said so far: mostly the same again, and in the same order. */
  private readonly known: GpuWords[] = [];
  private next = 0;

  get length(): number {
    return this.words.length;
  }

  /** Who the last GPU is that was added. */
  get last(): GpuWords | undefined {
    return this.words.at(-1);
  }

  add(draft: Draft): void {
    const from = this.words.length * NUMBERS;
    if (from >= this.numbers.length) this.grow();
    this.numbers.set(draft.numbers, from);
    this.words.push(this.shared(draft.words));
  }

  /** What was gathered; the batch is empty again. */
  take(): readonly GpuReading[] {
    const { words, numbers } = this;
    const gpus = words.map((one, place) => new PackedReading(one, numbers, place * NUMBERS));
    words.length = 0;
    this.numbers = NO_NUMBERS;
    this.expected = Math.max(gpus.length, 1);
    return gpus;
  }

  private grow(): void {
    const before = this.numbers;
    this.numbers = new Float64Array(Math.max(this.expected * NUMBERS, before.length * 2));
    this.numbers.set(before);
  }

  private shared(words: GpuWords): GpuWords {
    const { known } = this;
    for (let left = known.length; left > 0; left--) {
      const one = known[this.next];
      this.next = this.next + 1 < known.length ? this.next + 1 : 0;
      if (one && isSame(one, words)) return one;
    }
    const copy = { ...words };
    if (known.length < MAX_WORDS) known.push(copy);
    else {
      known[this.next] = copy;
      this.next = (this.next + 1) % MAX_WORDS;
    }
    return copy;
  }
}

function isSame(one: GpuWords, other: GpuWords): boolean {
  return (
    one.uuid === other.uuid &&
    one.index === other.index &&
    one.performanceState === other.performanceState &&
    one.throttleReasons === other.throttleReasons &&
    one.absent === other.absent &&
    one.busId === other.busId &&
    one.name === other.name &&
    one.driverVersion === other.driverVersion &&
    one.migEnabled === other.migEnabled
  );
}
