import { describe, expect, it } from "vitest";
import { readInstance } from "../../../../src/providers/aws/ec2Instance.ts";
import { ACTS } from "../../../../src/providers/aws/powerActs.ts";

function judgeStart(state: string, code: string, hasMoved: boolean) {
  const instance = readInstance({
    InstanceId: "i-1",
    InstanceType: "p5.48xlarge",
    Placement: { AvailabilityZone: "us-east-1a" },
    State: { Name: state },
    StateReason: { Code: code, Message: `${code}: it happened` },
  });
  if (!instance) throw new Error("The instance could not be read.");
  return ACTS.start.judge(instance, "trainer", hasMoved);
}

describe("a start that AWS accepted", () => {
  it("has failed for lack of capacity where the machine is off again for that reason", () => {
    const verdict = judgeStart("stopped", "Server.InsufficientInstanceCapacity", true);
    expect(verdict).toMatchObject({ kind: "failed", error: { code: "capacity" } });
    expect(JSON.stringify(verdict)).toContain("p5.48xlarge");
  });

  it("has failed where AWS stopped the machine again for another reason, which is told", () => {
    const verdict = judgeStart("stopped", "Server.InternalError", true);
    expect(verdict).toMatchObject({ kind: "failed", error: { code: "conflict" } });
    if (verdict.kind === "failed") expect(verdict.error.message).toContain("Server.InternalError: it happened");
  });

  it("is waited for while what is read may be older than it", () => {
    expect(judgeStart("stopped", "Server.InsufficientInstanceCapacity", false)).toEqual({ kind: "waiting" });
    expect(judgeStart("stopped", "Client.UserInitiatedShutdown", true)).toEqual({ kind: "waiting" });
    expect(judgeStart("pending", "", true)).toEqual({ kind: "waiting" });
  });

  it("has failed where the machine was deleted meanwhile", () => {
    expect(judgeStart("terminated", "Client.UserInitiatedShutdown", true)).toMatchObject({
      error: { code: "not-found" },
    });
  });
});
