import { describe, expect, it } from "vitest";
import { GpuDevError, type ErrorCode } from "../../../src/core/error.ts";
import { inEnglish, sentence } from "../../../src/core/sentence.ts";
import type { ExecResult, Session } from "../../../src/core/session.ts";
import { awaitReady } from "../../../src/operations/readiness.ts";
import { anEnvironment } from "../../fakes/environment.ts";

const GPU = { model: "NVIDIA L4", count: 1 };
const refusal = (code: ErrorCode): GpuDevError => new GpuDevError(code, sentence("It says {0}.", code));
const answer = (exitCode: number, stderr = ""): ExecResult => ({ stdout: "", stderr, exitCode, truncated: false });

/** A machine that answers as scripted, one step a try; its clock moves a minute with each. */
function machine(script: readonly (ErrorCode | "answers")[], driver: readonly ExecResult[] = [answer(0)]) {
  const stages: string[] = [];
  let now = 0;
  let tries = 0;
  let commands = 0;
  let closed = 0;
  const session: Session = {
    transport: "fake",
    shell: "posix",
    exec: () => Promise.resolve(driver[Math.min(commands++, driver.length - 1)] ?? answer(0)),
    stream: () => Promise.reject(new Error("not used")),
    onDidClose: () => ({ dispose: () => undefined }),
    close: () => {
      closed += 1;
    },
  };
  const parts = {
    clock: () => (now += 30_000),
    open: () => {
      const step = script[Math.min(tries++, script.length - 1)] ?? "answers";
      return step === "answers" ? Promise.resolve(session) : Promise.reject(refusal(step));
    },
  };
  const environment = anEnvironment({ gpu: GPU });
  const ready = (): Promise<void> =>
    awaitReady(parts, environment, {
      signal: new AbortController().signal,
      report: (stage) => stages.push(inEnglish(stage)),
    });
  return { ready, stages, closed: () => closed };
}

describe("a machine that was started", () => {
  it("is ready once it answers over SSH and its driver does", async () => {
    const { ready, stages, closed } = machine(["unreachable", "authentication", "answers"]);
    await ready();
    expect(stages).toEqual(["running, waiting for SSH", "SSH answers", "the driver answers"]);
    expect(closed()).toBe(1);
  });

  it("waits for the host key that its platform will tell, and leaves it to the user after a minute", async () => {
    const told = machine(["host-key-unknown", "answers"]);
    await told.ready();
    expect(told.stages).toContain("the driver answers");
    const silent = machine(["host-key-unknown"]);
    await silent.ready();
    expect(silent.stages).toEqual(["running, waiting for SSH"]);
  });

  it("is given up where it never answers, with what it said last", async () => {
    const { ready } = machine(["unreachable"]);
    await expect(ready()).rejects.toThrow("It does not answer over SSH: It says unreachable.");
  });

  it("is refused at once where its key has changed", async () => {
    const { ready } = machine(["host-key-changed"]);
    await expect(ready()).rejects.toMatchObject({ code: "host-key-changed" });
  });
});
