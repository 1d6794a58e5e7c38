import { describe, expect, it } from "vitest";
import type { Environment } from "../../../src/core/environment.ts";
import { inEnglish, sentence } from "../../../src/core/sentence.ts";
import { UNMANAGED_OPERATIONS } from "../../../src/core/unmanaged.ts";
import type { Interruption, InterruptionNews } from "../../../src/health/interruptions.ts";
import { interruptionProblem } from "../../../src/panels/interruptionProblem.ts";
import { createFormat } from "../../../src/ui/format.ts";
import { environmentRow, type EnvironmentSight, type Speech } from "../../../src/views/environmentRow.ts";
import { interruptionMessage } from "../../../src/views/interruptionMessages.ts";
import { countdown } from "../../../src/views/interruptionWords.ts";
import { anEnvironment } from "../../fakes/environment.ts";

const NOW = 1_800_000_000_000;
const speech: Speech = {
  say: (template, ...values) => inEnglish(sentence(template, ...values)),
  localize: inEnglish,
  format: createFormat("en"),
};
const running: Partial<Environment> = { name: "render", state: "running", interruptible: true };
const interruption = (differing: Partial<Interruption> = {}): Interruption => ({
  action: "stop",
  at: NOW + 107_000,
  platform: "AWS",
  restartedBy: "platform",
  consequences: {
    survives: [sentence("its EBS disks")],
    lost: [sentence("what is in memory"), sentence("its public address")],
    bill: [],
  },
  ...differing,
});

describe("a countdown", () => {
  it.each([
    [107_000, "1:47"],
    [106_001, "1:47"],
    [9_000, "0:09"],
    [1, "0:01"],
    [3_600_000, "60:00"],
  ])("of %i ms is %s", (milliseconds, text) => {
    expect(countdown(milliseconds)).toBe(text);
  });
});

describe("the row of a machine that is taken back", () => {
  const row = (differing: Partial<Interruption>, environment: Partial<Environment> = running) => {
    const sight: EnvironmentSight = {
      ...{ environment: anEnvironment(environment), watch: { kind: "idle" }, spec: undefined, problems: [] },
      ...{ here: false, pinned: false, now: NOW, interruption: interruption(differing) },
    };
    return environmentRow(sight, speech);
  };

  it("counts down before everything else, warns, and says what is lost and what stays", () => {
    const { description, icon, spoken, tooltip } = row({});
    expect(description).toMatch(/^interrupted in 1:47 · running · spot/);
    expect(spoken).toContain("interrupted in 1:47");
    expect(icon).toEqual({ codicon: "warning", color: "problemsWarningIcon.foreground" });
    expect(tooltip().slice(1, 4)).toEqual([
      "AWS needs the capacity and stops this machine. In 1:47.",
      "Lost: what is in memory; its public address",
      "Stays: its EBS disks",
    ]);
  });

  it.each([
    [0, "being interrupted"],
    [-90_000, "being interrupted"],
    [86_400_000_000, "to be interrupted"],
  ])("shows no number that cannot be: %i ms are left", (leftMs, words) => {
    expect(row({ at: NOW + leftMs }).description.startsWith(`${words} ·`)).toBe(true);
  });

  it("says what has become of it once the platform reports that", () => {
    const { description, icon } = row({}, { ...running, state: "stopped" });
    expect(description).not.toContain("interrupted");
    expect(icon.codicon).toBe("debug-stop");
  });
});

describe("what is told of an interruption", () => {
  const told = (news: Partial<InterruptionNews>) =>
    interruptionMessage(
      {
        ...{ kind: "noticed", environmentId: "aws/1", name: "render", interruption: interruption() },
        environment: anEnvironment(running),
        ...news,
      },
      NOW,
      speech,
    );

  it("names the machine, the time, what is lost and what stays, and offers to go there", () => {
    expect(told({})).toEqual({
      isWarning: true,
      text: "render will be stopped by AWS in 1:47. Lost: what is in memory; its public address. Stays: its EBS disks.",
      buttons: new Map([
        ["Open Terminal", "gpuDev.openTerminal"],
        ["Connect", "gpuDev.connectInNewWindow"],
      ]),
    });
    expect(told({ interruption: interruption({ action: "terminate" }) }).text).toContain(
      "will be deleted by AWS in 1:47",
    );
    expect(told({ interruption: interruption({ action: "hibernate" }) }).text).toContain("is being hibernated by AWS.");
  });

  it("offers no Resume where only the platform starts it again", () => {
    const { text, buttons } = told({ kind: "over", environment: anEnvironment({ ...running, state: "stopped" }) });
    expect(text).toBe(
      "render was stopped by AWS. AWS starts it again by itself when it has room, and you are told when it runs.",
    );
    expect(buttons.size).toBe(0);
  });

  it("offers Resume where the user starts it again, and only if it would work", () => {
    const stopped = (start: Environment["operations"]["start"]) =>
      told({
        kind: "over",
        interruption: interruption({ restartedBy: "user" }),
        environment: anEnvironment({ ...running, state: "stopped", operations: { ...UNMANAGED_OPERATIONS, start } }),
      });
    expect([...stopped({ available: true }).buttons]).toEqual([["Resume", "gpuDev.resume"]]);
    expect(stopped({ available: false, reason: sentence("No.") }).buttons.size).toBe(0);
  });

  it("says that it is gone, and that it runs again", () => {
    expect(told({ kind: "over", environment: undefined }).text).toBe("render was deleted by AWS.");
    expect(told({ kind: "returned" })).toMatchObject({ isWarning: false, text: "render runs again." });
  });

  it("shows a name as text of one line", () => {
    expect(told({ kind: "returned", name: "a\n\u202Eb" }).text).toBe("a b runs again.");
  });
});

describe("the health page of a machine that is taken back", () => {
  const titles = (environment: Partial<Environment>, differing: Partial<Interruption> = {}) =>
    interruptionProblem(interruption(differing), anEnvironment(environment), NOW).map(
      ({ title, explanation, nextStep }) => [title, explanation, nextStep].map(inEnglish),
    );

  it("counts down, and says what to do", () => {
    expect(titles(running)).toEqual([
      [
        "AWS stops this machine in 1:47",
        "What is lost: what is in memory; its public address",
        "Save what you need now. Stays: its EBS disks",
      ],
    ]);
    expect(titles({ ...running, state: "stopped" })).toEqual([]);
  });

  it("shows a dash where the platform does not tell what it does", () => {
    const { action, at, platform, restartedBy } = interruption();
    const problems = interruptionProblem({ action, at, platform, restartedBy }, anEnvironment(running), NOW);
    expect(problems.map(({ explanation }) => inEnglish(explanation))).toEqual(["What is lost: –"]);
  });
});
