import { describe, expect, it } from "vitest";
import { utf8Of } from "../../../src/core/utf8.ts";
import { failureOf } from "../../../src/gpu/exitCodes.ts";
import { createGpuStreamParser, gpuStreamCommand, type GpuStreamEvent } from "../../../src/gpu/stream.ts";
import { NONCE } from "./samples.ts";

const HEADER = "index, name, count, utilization.gpu [%]\n";

function rows(...indexes: readonly number[]): string {
  return indexes.map((index) => `${index}, L4, 3, ${10 + index}\n`).join("");
}

/** The indexes of each sample, and the code of the end. */
function shapeOf(events: readonly GpuStreamEvent[]): readonly unknown[] {
  return events.map((event) =>
    event.kind === "sample" ? event.sample.gpus.map(({ index }) => index) : event.error.code,
  );
}

describe("the stream parser", () => {
  it("gives a sample as soon as the driver's count of rows has arrived", () => {
    const parser = createGpuStreamParser("posix", NONCE);
    parser.push(utf8Of(`Last login: never\n${NONCE}-begin\n${HEADER}`), 1);
    expect(shapeOf(parser.push(utf8Of(rows(0, 1)), 2))).toEqual([]);
    const events = parser.push(utf8Of(rows(2, 0)), 3);
    expect(shapeOf(events)).toEqual([[0, 1, 2]]);
    expect(events[0]).toMatchObject({ sample: { at: 3, gpus: [{ utilizationPercent: 10 }, {}, {}] } });
  });

  it("gives the same samples wherever the output is cut", () => {
    const text = `profile says hi${NONCE}-begin\r\n${HEADER}é is no reading\r\n${rows(0, 1, 2)}${rows(0, 1, 2)}${NONCE}-end 9\n`;
    const bytes = utf8Of(text);
    const whole = createGpuStreamParser("posix", NONCE).push(bytes, 1);
    expect(shapeOf(whole)).toEqual([[0, 1, 2], [0, 1, 2], "driver"]);
    expect(whole[0]).toMatchObject({ sample: { notices: ["é is no reading"] } });
    for (let cut = 0; cut <= bytes.length; cut++) {
      const parser = createGpuStreamParser("posix", NONCE);
      const events = [...parser.push(bytes.slice(0, cut), 1), ...parser.push(bytes.slice(cut), 1)];
      expect(events).toEqual(whole);
    }
  });

  it("goes on reading a name that is not ASCII, however often it comes", () => {
    const parser = createGpuStreamParser("windows", NONCE);
    parser.push(utf8Of("index, name, count\n"), 1);
    for (let turn = 0; turn < 200; turn++) {
      expect(parser.push(utf8Of("0, Gerät ™, 1\n"), turn)).toMatchObject([
        { sample: { at: turn, gpus: [{ index: 0, name: "Gerät ™" }] } },
      ]);
    }
  });

  it("holds nothing of what it gave out", () => {
    const parser = createGpuStreamParser("windows", NONCE);
    parser.push(utf8Of(HEADER), 1);
    const chunk = utf8Of(rows(0, 1, 2));
    const [first] = parser.push(chunk, 1);
    const before = structuredClone(first);
    chunk.fill(0);
    parser.push(utf8Of(rows(0, 1, 2)), 2);
    expect(first).toEqual(before);
  });

  it("with a GPU missing, ends a batch where the index starts again", () => {
    const parser = createGpuStreamParser("windows", NONCE);
    expect(shapeOf(parser.push(utf8Of(HEADER + rows(0, 2, 0, 2)), 1))).toEqual([[0, 2]]);
    expect(shapeOf(parser.flush(2))).toEqual([[0, 2]]);
    expect(parser.flush(3)).toEqual([]);
  });

  it("passes the line about a GPU that cannot be opened on with each sample", () => {
    const parser = createGpuStreamParser("posix", NONCE);
    const line = "Unable to determine the device handle for GPU1: 0000:34:00.0: Unknown Error";
    const events = parser.push(utf8Of(`${NONCE}-begin\n${HEADER}${line}\n${rows(0, 2)}${line}\n${rows(0, 2)}`), 1);
    expect([...events, ...parser.flush(1)].map((event) => event.kind === "sample" && event.sample.notices)).toEqual([
      [line, line],
      [],
    ]);
  });

  it("ends once, with the reason nvidia-smi printed", () => {
    const parser = createGpuStreamParser("posix", NONCE);
    const [end] = parser.push(
      utf8Of(`${NONCE}-begin\nFailed to initialize NVML: Unknown Error\n${NONCE}-end 255\n`),
      1,
    );
    expect(end?.kind === "ended" && failureOf(end.error)).toBe("nvml-unknown-error");
    expect(parser.end(0, 2)).toEqual([]);
    expect(parser.push(utf8Of(HEADER + rows(0, 1, 2)), 3)).toEqual([]);
  });

  it("ends where nvidia-smi goes on saying the same and gives no reading, but not within one reading", () => {
    const line = "Unable to determine the device handle for GPU0000:CB:00.0: Unknown Error\n";
    const parser = createGpuStreamParser("windows", NONCE);
    expect(parser.push(utf8Of(line + line), 0)).toEqual([]);
    expect(shapeOf(parser.push(utf8Of(HEADER + rows(0, 1, 2) + line), 100))).toEqual([[0, 1, 2]]);
    expect(shapeOf(parser.push(utf8Of(rows(0, 1, 2) + line), 2_100))).toEqual([[0, 1, 2]]);
    expect(parser.push(utf8Of("WARNING: something is slow\n"), 4_100)).toEqual([]);
    const [event] = parser.push(utf8Of(line), 4_200);
    expect(event?.kind === "ended" && failureOf(event.error)).toBe("fallen-off-bus");
    expect(parser.end(255, 6_000)).toEqual([]);
  });

  it("goes on where a line is said twice in one reading, whatever was said before", () => {
    const line = "Unable to determine the device handle for GPU0000:CB:00.0: Unknown Error\n";
    const parser = createGpuStreamParser("windows", NONCE);
    parser.push(utf8Of("WARNING: something is slow\n"), 0);
    expect(parser.push(utf8Of(line + line), 4_000)).toEqual([]);
    expect(parser.push(utf8Of("WARNING: something is slow\n"), 6_000)).toEqual([]);
    expect(shapeOf(parser.push(utf8Of(HEADER + rows(0, 1, 2)), 6_000))).toEqual([[0, 1, 2]]);
  });

  it("waits on where what is said again is no failure", () => {
    const parser = createGpuStreamParser("windows", NONCE);
    const said = [0, 2_000, 4_000].flatMap((at) => parser.push(utf8Of("WARNING: something is slow\n"), at));
    expect(said).toEqual([]);
    expect(shapeOf(parser.push(utf8Of(HEADER + rows(0, 1, 2)), 5_000))).toEqual([[0, 1, 2]]);
  });

  it("takes the reason from a last line without an end, and never a reading", () => {
    const parser = createGpuStreamParser("windows", NONCE);
    expect(shapeOf(parser.push(utf8Of(`${HEADER}0, L4, 3, 1`), 1))).toEqual([]);
    expect(shapeOf(parser.end(undefined, 2))).toEqual(["remote-command"]);
    const other = createGpuStreamParser("windows", NONCE);
    other.push(utf8Of("No devices were found"), 1);
    expect(shapeOf(other.end(6, 2))).toEqual(["no-gpu"]);
  });

  it("says so where the login shell never ran the command", () => {
    const parser = createGpuStreamParser("posix", NONCE);
    parser.push(utf8Of("This account is currently not available.\n"), 1);
    const [end] = parser.end(1, 2);
    expect(end?.kind === "ended" && end.error.message).toMatch(/did not run a command \(exit code 1\).*not available/);
  });

  it("takes up a new header, as after a restart of the far side", () => {
    const parser = createGpuStreamParser("windows", NONCE);
    parser.push(utf8Of(HEADER), 1);
    const events = parser.push(utf8Of(`temperature.gpu, index, count\n55, 0, 1\n`), 2);
    expect(events).toMatchObject([{ sample: { gpus: [{ index: 0, temperatureC: 55 }] } }]);
  });

  it("drops a line longer than 64 kB and reads the next", () => {
    const parser = createGpuStreamParser("windows", NONCE);
    parser.push(utf8Of(HEADER + "9".repeat(70_000)), 1);
    expect(shapeOf(parser.push(utf8Of(`9, L4, 3, 1\n${rows(0, 1, 2)}`), 2))).toEqual([[0, 1, 2]]);
  });
});

describe("the stream command", () => {
  it("on Windows is the bare program, its lists quoted against PowerShell", () => {
    expect(gpuStreamCommand("windows", ["index", "name"], 2000, NONCE)).toBe(
      'nvidia-smi "--query-gpu=index,name" "--format=csv,nounits" -lms 2000',
    );
  });

  it("never asks for readings faster than five times a second", () => {
    expect(gpuStreamCommand("windows", ["index"], 1, NONCE)).toMatch(/-lms 200$/);
  });
});
