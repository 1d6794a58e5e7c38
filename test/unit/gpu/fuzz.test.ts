import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GpuDevError } from "../../../src/core/error.ts";
import { utf8Of } from "../../../src/core/utf8.ts";
import { MAX_ANSWER_LENGTH, parseCsv } from "../../../src/gpu/csv.ts";
import { parseDetails } from "../../../src/gpu/detailsProbe.ts";
import { parseKernelLog } from "../../../src/gpu/kernelLog.ts";
import { processesProbe } from "../../../src/gpu/processes.ts";
import { sampleProbe } from "../../../src/gpu/sampleProbe.ts";
import { createGpuStreamParser } from "../../../src/gpu/stream.ts";
import {
  answer,
  NONCE,
  outcomeOf,
  readSample,
  sampleNames,
  samplesExist,
  unsoundNumber,
  windowsAnswer,
} from "./samples.ts";

const full = process.env["GPU_DEV_FAULTS"] === "full";
const MUTANTS = full ? 10_000 : 300;

/** Everything that reads text of nvidia-smi, over one text. Throws if any of them throws but a GpuDevError. */
function readAll(text: string): readonly unknown[] {
  const stream = createGpuStreamParser("posix", NONCE);
  const half = Math.floor(text.length / 2);
  return [
    outcomeOf(() => parseDetails(text)),
    outcomeOf(() => sampleProbe([], NONCE).parse(windowsAnswer(text), 1)),
    outcomeOf(() => sampleProbe([], NONCE).parse(answer(text), 1)),
    outcomeOf(() =>
      sampleProbe([], NONCE).parse({ stdout: text, stderr: "", exitCode: undefined, truncated: false }, 1),
    ),
    outcomeOf(() => processesProbe(NONCE).parse(answer(text))),
    parseKernelLog(text),
    stream.push(utf8Of(`${NONCE}-begin\n`), 1),
    stream.push(utf8Of(text.slice(0, half)), 2),
    stream.push(utf8Of(text.slice(half)), 3),
    stream.flush(4),
    stream.end(undefined, 5),
  ];
}

const PREFIXED = [
  "telegraf__gtx-1070-ti.xml",
  "errors/xml-gb10-unified-memory-fragment.xml",
  "errors/csv-jetson-orin.csv",
  "errors/table-jetson-orin-540.txt",
  "split/linux-x86_64__nvidia-geforce-rtx-2080-super__610.57.04__load__query-gpu.csv",
];

describe.skipIf(!samplesExist)("damaged answers", () => {
  it.each(PREFIXED)("every prefix of %s gives a value or a typed error", { timeout: 120_000 }, (name) => {
    const text = readSample(name);
    for (let length = 0; length <= text.length; length++) {
      expect(unsoundNumber(readAll(text.slice(0, length)))).toBeUndefined();
    }
  });

  it.each(PREFIXED.filter((name) => name.endsWith(".xml")))("no true prefix of %s passes for a report", (name) => {
    const text = readSample(name).trimEnd();
    for (let length = 0; length < text.length; length++) {
      const outcome = outcomeOf(() => parseDetails(text.slice(0, length)));
      expect(outcome).toBeInstanceOf(GpuDevError);
    }
    expect(parseDetails(text).gpus).toHaveLength(1);
  });

  it("a mutated, shortened, repeated or joined answer gives a value or a typed error", { timeout: 600_000 }, () => {
    const texts = [...sampleNames(), ...sampleNames("split", ".csv"), ...sampleNames("errors")]
      .filter((name) => !name.endsWith(".md") && !name.includes("LICENSE"))
      .map(readSample);
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    const wound = fc.oneof(
      fc.record({ kind: fc.constant("flip" as const), at: place, by: fc.integer({ min: 1, max: 255 }) }),
      fc.record({ kind: fc.constant("cut" as const), at: place, by: fc.integer({ min: 1, max: 4000 }) }),
      fc.record({ kind: fc.constant("repeat" as const), at: place, by: fc.integer({ min: 1, max: 4000 }) }),
      fc.record({ kind: fc.constant("join" as const), at: place, by: fc.nat(texts.length - 1) }),
      fc.record({ kind: fc.constant("insert" as const), at: place, by: fc.string({ unit: "binary", maxLength: 40 }) }),
    );
    type Wound = typeof wound extends fc.Arbitrary<infer T> ? T : never;
    const hurt = (text: string, { kind, at, by }: Wound): string => {
      const spot = Math.floor(at * text.length);
      const [head, tail] = [text.slice(0, spot), text.slice(spot)];
      if (kind === "flip") return head + String.fromCharCode((tail.charCodeAt(0) || 0) ^ by) + tail.slice(1);
      if (kind === "cut") return head + tail.slice(by);
      if (kind === "repeat") return head + tail.slice(0, by) + tail;
      return head + (kind === "join" ? (texts[by] ?? "") : by) + tail;
    };
    fc.assert(
      fc.property(fc.nat(texts.length - 1), fc.array(wound, { minLength: 1, maxLength: 4 }), (which, wounds) => {
        const mutant = wounds.reduce(hurt, texts[which] ?? "");
        expect(unsoundNumber(readAll(mutant))).toBeUndefined();
      }),
      { numRuns: MUTANTS },
    );
  });

  it("an answer longer than the limit is refused, whichever parser reads it", () => {
    const huge = readSample("nvk8sti__hardware-qx-b200.xml").padEnd(MAX_ANSWER_LENGTH + 1, " ");
    for (const parse of [parseDetails, parseCsv]) {
      expect(outcomeOf(() => parse(huge))).toMatchObject({ code: "unreadable-answer" });
    }
    const truncated = { ...answer("index, name\n0, A\n"), truncated: true };
    expect(outcomeOf(() => sampleProbe([], NONCE).parse(truncated, 1))).toMatchObject({ code: "unreadable-answer" });
  });

  it("an answer with more GPUs or records than any host has is refused", () => {
    const rows = `index, name\n${"0, A\n".repeat(2000)}`;
    const records = `<nvidia_smi_log>${"<gpu/>".repeat(20_000)}</nvidia_smi_log>`;
    expect(outcomeOf(() => parseCsv(rows))).toMatchObject({ code: "unreadable-answer" });
    expect(outcomeOf(() => parseDetails(records))).toMatchObject({ code: "unreadable-answer" });
    const processes = `pid, gpu_uuid, used_gpu_memory [MiB], process_name\n${"1, G, 1, a\n".repeat(20_000)}`;
    expect(outcomeOf(() => processesProbe(NONCE).parse(answer(processes)))).toMatchObject({
      code: "unreadable-answer",
    });
  });

  it("two reports joined are refused instead of mixed", () => {
    const xml = readSample("telegraf__gtx-1070-ti.xml");
    expect(outcomeOf(() => parseDetails(xml + xml))).toMatchObject({ code: "unreadable-answer" });
  });
});

describe("an endless answer", () => {
  it("without line ends does not grow the stream parser", () => {
    const stream = createGpuStreamParser("windows", NONCE);
    const chunk = "x".repeat(1 << 20);
    // 100 MB of one line; only what a line may have is kept, which `end` would show.
    for (let i = 0; i < 100; i++) expect(stream.push(utf8Of(chunk), i)).toEqual([]);
    expect(stream.push(utf8Of("\nindex, name\n0, A\n1, B\n"), 100)).toEqual([]);
    expect(stream.flush(101)).toMatchObject([
      { kind: "sample", sample: { at: 101, gpus: [{ index: 0 }, { index: 1 }] } },
    ]);
  });

  it("of rows that never end a batch is given out in pieces", () => {
    const stream = createGpuStreamParser("windows", NONCE);
    stream.push(utf8Of("uuid, name\n"), 0);
    const rows = Array.from({ length: 5000 }, (_, i) => `GPU-${String(i)}, A\n`).join("");
    const sizes = stream.push(utf8Of(rows), 1).map((event) => (event.kind === "sample" ? event.sample.gpus.length : 0));
    expect(sizes).toEqual([1024, 1024, 1024, 1024]);
  });

  it("of notices keeps the first few only", () => {
    const stream = createGpuStreamParser("windows", NONCE);
    stream.push(utf8Of(`${"noise ".repeat(200)}\n`.repeat(1000) + "index, name\n0, A\n"), 0);
    const [event] = stream.flush(1);
    const notices = event?.kind === "sample" ? event.sample.notices : [];
    expect(notices).toHaveLength(32);
    expect(Math.max(...notices.map((notice) => notice.length))).toBeLessThanOrEqual(400);
  });
});
