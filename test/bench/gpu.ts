// Parsers: pure functions on real text, each timed beside what does nothing but read the text.
import { SaxesParser } from "saxes";
import { GpuDevError } from "../../src/core/error.ts";
import { utf8Of } from "../../src/core/utf8.ts";
import { parseCsv } from "../../src/gpu/csv.ts";
import { parseDetails } from "../../src/gpu/detailsProbe.ts";
import { parseKernelLog } from "../../src/gpu/kernelLog.ts";
import { processesProbe } from "../../src/gpu/processes.ts";
import { createGpuStreamParser } from "../../src/gpu/stream.ts";
import { answer, NONCE, readSample, sampleNames, samplesExist } from "../unit/gpu/samples.ts";
import { median, percentile, timed, worked, type Figure, type Part } from "./figure.ts";
import { eightGpus } from "./eightGpus.ts";

const CSV_LIMIT_MS = 0.2;
const XML_SAMPLE = "nvk8sti__hardware-qx-b200.xml";
/** A report of eight GPUs takes no longer than so many passes of a bare XML reader. */
const XML_PASSES = 2;
const FUZZ_LIMIT_MS = 50;
const MUTANTS = 1_000;

const ABSENT = "../shared/nvidia-smi-samples is absent";

export const gpu: Part = {
  ids: ["gpu-csv", "gpu-csv-stream", "gpu-xml", "gpu-fuzz-p99"],
  leftOut: () => (samplesExist ? {} : { "gpu-xml": ABSENT, "gpu-fuzz-p99": ABSENT }),
  measure: () => Promise.resolve([...csvFigures(), ...(samplesExist ? [xmlFigure(), fuzzFigure()] : [])]),
};

function csvFigures(): readonly Figure[] {
  const reading = eightGpus(Date.now());
  const text = `${reading.header}\n${reading.rows}`;
  const rows = utf8Of(reading.rows);
  const json = JSON.stringify(parseCsv(text));
  const stream = createGpuStreamParser("posix", NONCE);
  stream.push(utf8Of(`${NONCE}-begin\n${reading.header}\n`), 0);
  const times: Record<"whole" | "stream" | "json", number[]> = { whole: [], stream: [], json: [] };
  for (let turn = 0; turn < 4_000; turn++) {
    times.whole.push(timed(() => parseCsv(text)));
    times.stream.push(timed(() => stream.push(rows, turn)));
    times.json.push(timed(() => JSON.parse(json) as unknown));
  }
  // The first turns are those of an interpreter that has not compiled anything yet.
  const settled = (kind: keyof typeof times): number => median(times[kind].slice(1_000));
  const against = `JSON.parse of the same readings: ${settled("json").toFixed(4)} ms`;
  return [
    { id: "gpu-csv", value: settled("whole"), unit: "ms", limit: CSV_LIMIT_MS, against },
    { id: "gpu-csv-stream", value: settled("stream"), unit: "ms", limit: CSV_LIMIT_MS, against },
  ];
}

function xmlFigure(): Figure {
  const report = readSample(XML_SAMPLE);
  const times: Record<"ours" | "bare", number[]> = { ours: [], bare: [] };
  for (let turn = 0; turn < 80; turn++) {
    times.ours.push(timed(() => parseDetails(report)));
    times.bare.push(timed(() => new SaxesParser({ position: false }).write(report).close()));
  }
  const peer = median(times.bare.slice(20));
  return {
    id: "gpu-xml",
    value: median(times.ours.slice(20)),
    unit: "ms",
    limit: XML_PASSES * peer,
    against: `a bare saxes pass over ${Math.round(report.length / 1000)} kB: ${peer.toFixed(1)} ms`,
  };
}

/** Every sample as it is and a thousand damaged ones; of each the slowest of all parsers. */
function fuzzFigure(): Figure {
  const texts = [...sampleNames(), ...sampleNames("split"), ...sampleNames("errors")]
    .filter((name) => !name.endsWith(".md") && !name.includes("LICENSE"))
    .map(readSample);
  const mutants = Array.from({ length: MUTANTS }, (_, seed) => damaged(texts, seed));
  const slowest = [...texts, ...mutants].map((text) => Math.max(...parsers(text).map((parse) => worked(parse))));
  return {
    id: "gpu-fuzz-p99",
    value: percentile(slowest, 99),
    unit: "ms of processor time",
    limit: FUZZ_LIMIT_MS,
    against: `median of the same ${slowest.length} texts: ${median(slowest).toFixed(3)} ms, the slowest ${Math.max(...slowest).toFixed(1)} ms`,
  };
}

function parsers(text: string): readonly (() => unknown)[] {
  return [
    () => quietly(() => parseDetails(text)),
    () => quietly(() => parseCsv(text)),
    () => quietly(() => processesProbe(NONCE).parse(answer(text))),
    () => parseKernelLog(text),
    () => createGpuStreamParser("posix", NONCE).push(utf8Of(`${NONCE}-begin\n${text}`), 0),
  ];
}

function quietly(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    if (error instanceof GpuDevError) return error;
    throw error;
  }
}

/** Cut, with a character changed, with a piece twice, or joined with another; the same for the same seed. */
function damaged(texts: readonly string[], seed: number): string {
  const random = randomFrom(seed);
  const pick = (below: number): number => Math.floor(random() * below);
  const text = texts[pick(texts.length)] ?? "";
  const at = pick(text.length);
  const [head, tail] = [text.slice(0, at), text.slice(at)];
  const length = pick(4_000);
  const wounds = [
    () => head + tail.slice(length),
    () => head + String.fromCharCode(1 + pick(255)) + tail.slice(1),
    () => head + tail.slice(0, length) + tail,
    () => head + (texts[pick(texts.length)] ?? "") + tail,
  ];
  return wounds[pick(wounds.length)]?.() ?? text;
}

/** mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
