// A day of readings in simulated time: what is kept of it must not grow after the hour that is kept.
import v8 from "node:v8";
import vm from "node:vm";
import { parseCsv } from "../../src/gpu/csv.ts";
import type { GpuReading, GpuSample } from "../../src/gpu/reading.ts";
import { plainReading } from "../../src/gpu/readings.ts";
import { HostHistory } from "../../src/health/history.ts";
import type { Figure, Part } from "./figure.ts";
import { eightGpus } from "./eightGpus.ts";

const HOSTS = 40;
const EVERY_MS = 2_000;
const HOUR_MS = 3_600_000;
const HOURS = 24;
/** Full after the first hour; one more, so that the expired has been let go of. */
const SETTLED_HOUR = 2;
const GROWTH_LIMIT = 1.05;

export const history: Part = {
  ids: ["gpu-history-24h"],
  measure: () => Promise.resolve([historyFigure()]),
};

function historyFigure(): Figure {
  const readings = Array.from({ length: 32 }, (_, turn) => {
    const { header, rows } = eightGpus(turn * 60_000);
    return parseCsv(`${header}\n${rows}`).gpus;
  });
  const before = usedBytes();
  const hosts = Array.from({ length: HOSTS }, () => new HostHistory());
  const held: number[] = [];
  for (let hour = 0; hour < HOURS; hour++) {
    for (let at = hour * HOUR_MS; at < (hour + 1) * HOUR_MS; at += EVERY_MS) record(hosts, readings, at);
    held.push(usedBytes() - before);
  }
  const settled = held[SETTLED_HOUR - 1] ?? Number.NaN;
  const end = held[HOURS - 1] ?? Number.NaN;
  checkLastHour(hosts[1]);
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2);
  return {
    id: "gpu-history-24h",
    value: end / settled,
    unit: "× the memory after hour 2",
    limit: GROWTH_LIMIT,
    against: `${HOSTS} hosts with 8 GPUs: ${megabytes(settled)} MB after hour 2, ${megabytes(end)} MB after hour 24`,
  };
}

function checkLastHour(host: HostHistory | undefined): void {
  const points = host?.series(host.gpus[0]?.key ?? "", "utilizationPercent").values ?? [];
  if (points.length < 700 || points.includes(undefined)) throw new Error("The last hour is not all there.");
}

/** One reading of every host; the first host comes back every hour with other GPUs, as a machine of a cloud does. */
function record(hosts: readonly HostHistory[], readings: readonly (readonly GpuReading[])[], at: number): void {
  const gpus = readings[(at / EVERY_MS) % readings.length] ?? [];
  const sample: GpuSample = { at, gpus, notices: [] };
  const hour = Math.floor(at / HOUR_MS);
  const renewed = gpus.map((gpu) => ({ ...plainReading(gpu), uuid: `${gpu.uuid ?? ""}-${hour}` }));
  for (const [place, host] of hosts.entries()) host.record(place === 0 ? { ...sample, gpus: renewed } : sample);
}

/** Live memory of this process: the heap and what typed arrays hold outside it, after everything unused was freed. */
function usedBytes(): number {
  v8.setFlagsFromString("--expose-gc");
  const collect = vm.runInNewContext("gc") as () => void;
  // What a first pass only marks for finalisation, a second one frees.
  for (let pass = 0; pass < 3; pass++) collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
