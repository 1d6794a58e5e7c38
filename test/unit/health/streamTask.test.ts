import { describe, expect, it } from "vitest";
import { utf8Of } from "../../../src/core/utf8.ts";
import type { GpuDevError } from "../../../src/core/error.ts";
import { failureOf } from "../../../src/gpu/exitCodes.ts";
import { streamTask, type StreamOutcome } from "../../../src/health/streamTask.ts";

const COMPLAINT = utf8Of("Unable to determine the device handle for GPU0000:CB:00.0: Unknown Error\n");

function setUp() {
  let now = 0;
  const told: { late: GpuDevError[]; ended: StreamOutcome[]; stops: number } = { late: [], ended: [], stops: 0 };
  const { task } = streamTask("windows", ["index"], {
    clock: () => now,
    nonce: "nonce",
    onSample: () => expect.fail("There is no reading."),
    stop: () => (told.stops += 1),
    onLate: (error) => told.late.push(error),
    onEnded: (outcome) => told.ended.push(outcome),
  });
  const at = (ms: number): typeof task => {
    now = ms;
    return task;
  };
  const end = (): void => task.onEnded({ exitCode: undefined, stderr: "" });
  return { at, end, told };
}

const failureIn = (outcome: StreamOutcome | undefined): string | undefined =>
  outcome?.kind === "failed" ? failureOf(outcome.error) : outcome?.kind;

describe("a stream that only complains", () => {
  it("is stopped at the second complaint, and failed for what it says", () => {
    const { at, end, told } = setUp();
    at(0).onStdout(COMPLAINT);
    expect(told.stops).toBe(0);
    at(2_000).onStdout(COMPLAINT);
    expect(told.stops).toBe(1);
    end();
    expect(told.ended.map(failureIn)).toEqual(["fallen-off-bus"]);
    expect(told.late).toEqual([]);
  });

  it("is failed for what it says where it was late before it said so again", () => {
    const { at, end, told } = setUp();
    at(5_000).onStdout(COMPLAINT);
    at(8_000).onLate();
    expect(told.late.map(failureOf)).toEqual(["timed-out"]);
    at(15_000).onStdout(COMPLAINT);
    end();
    expect(told.ended.map(failureIn)).toEqual(["fallen-off-bus"]);
  });

  it("says why while the far side does not let go", () => {
    const { at, told } = setUp();
    at(0).onStdout(COMPLAINT);
    at(2_000).onStdout(COMPLAINT);
    at(10_000).onLate();
    expect(told.late.map(failureOf)).toEqual(["fallen-off-bus"]);
  });

  it("is late and nothing more where it has said nothing", () => {
    const { at, end, told } = setUp();
    at(8_000).onLate();
    end();
    expect(told.ended.map(failureIn)).toEqual(["late"]);
  });
});
