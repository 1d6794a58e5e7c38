import { describe, expect, it } from "vitest";
import { readInstance } from "../../../../src/providers/aws/ec2Instance.ts";
import { createTransitions } from "../../../../src/providers/aws/transitions.ts";

const NOON = Date.UTC(2026, 10, 21, 12);
const MINUTE_MS = 60_000;

function instance(state: string, reason = "") {
  const read = readInstance({ InstanceId: "i-1", State: { Name: state }, StateTransitionReason: reason });
  if (!read) throw new Error("The instance could not be read.");
  return read;
}

describe("for how long an instance changes its state", () => {
  it("is counted from when AWS says that it began", () => {
    const said = instance("shutting-down", "User initiated (2026-11-21 11:20:00 GMT)");
    expect(createTransitions().lastingMs(said, NOON)).toBe(40 * MINUTE_MS);
  });

  it.each(["", "Server.SpotInstanceTermination: it was needed", "User initiated (yesterday GMT)"])(
    "is counted from when it was first seen where AWS says %j",
    (reason) => {
      const transitions = createTransitions();
      expect(transitions.lastingMs(instance("stopping", reason), NOON)).toBe(0);
      expect(transitions.lastingMs(instance("stopping", reason), NOON + 31 * MINUTE_MS)).toBe(31 * MINUTE_MS);
    },
  );

  it("begins anew with another state, and is none where nothing changes", () => {
    const transitions = createTransitions();
    transitions.lastingMs(instance("stopping"), NOON);
    expect(transitions.lastingMs(instance("shutting-down"), NOON + MINUTE_MS)).toBe(0);
    expect(transitions.lastingMs(instance("running"), NOON + 2 * MINUTE_MS)).toBeUndefined();
    expect(transitions.lastingMs(instance("shutting-down"), NOON + 3 * MINUTE_MS)).toBe(0);
  });

  it("is never negative", () => {
    const early = instance("stopping", "User initiated (2026-11-21 12:00:02 GMT)");
    expect(createTransitions().lastingMs(early, NOON)).toBe(0);
  });
});
