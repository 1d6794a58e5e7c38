import { describe, expect, it } from "vitest";
import { GpuDevError, type ErrorCode } from "../../../src/core/error.ts";
import { inEnglish, sentence } from "../../../src/core/sentence.ts";
import type { GpuProblem } from "../../../src/gpu/problem.ts";
import type { GpuReading } from "../../../src/gpu/reading.ts";
import { createFormat } from "../../../src/ui/format.ts";
import { environmentRow, isSameSight, type EnvironmentSight, type Speech } from "../../../src/views/environmentRow.ts";
import { gpuRow } from "../../../src/views/gpuRow.ts";
import { anEnvironment } from "../../fakes/environment.ts";

const speech: Speech = {
  say: (template, ...values) => inEnglish(sentence(template, ...values)),
  localize: inEnglish,
  format: createFormat("en"),
};
const NOW = 1_800_000_000_000;
const H100 = { model: "NVIDIA H100 80GB HBM3", count: 8, memoryMiBPerGpu: 81_559 };
const reading = (differing: Partial<GpuReading> = {}): GpuReading => ({
  index: 0,
  uuid: "GPU-1",
  absent: {},
  ...differing,
});
const live = (...gpus: GpuReading[]): EnvironmentSight["watch"] => ({
  kind: "live",
  last: { at: NOW, gpus, notices: [] },
});
const sight = (differing: Partial<EnvironmentSight> = {}): EnvironmentSight => ({
  environment: anEnvironment(),
  watch: { kind: "idle" },
  spec: undefined,
  problems: [],
  here: false,
  pinned: false,
  now: NOW,
  ...differing,
});
const unreachable = (code: ErrorCode): EnvironmentSight["watch"] => ({
  kind: "unreachable",
  error: new GpuDevError(code, sentence("It failed.")),
});

describe("the row of an environment", () => {
  it("says its GPUs and how busy they are on average", () => {
    const watch = live(reading({ utilizationPercent: 92 }), reading({ utilizationPercent: 31 }));
    const row = environmentRow(sight({ watch, spec: H100 }), speech);
    expect(row).toMatchObject({ label: "trainer", description: "8×H100 · 62 %" });
    expect(row.spoken).toBe("trainer, SSH host, 8×H100, 62 %.");
  });

  it("never shows 0 % for GPUs that do not report their use", () => {
    const row = environmentRow(sight({ watch: live(reading({ migEnabled: true })), spec: H100 }), speech);
    expect(row.description).toBe("8×H100 · use not reported");
  });

  it("leaves GPUs without a reading out of the average instead of counting them as idle", () => {
    const watch = live(reading({ utilizationPercent: 80 }), reading({ absent: { utilizationPercent: "lost" } }));
    expect(environmentRow(sight({ watch }), speech).description).toBe("80 %");
  });

  it("is an alarm where its platform does not get on with it, and says what it costs meanwhile", () => {
    const activity = sentence("stuck: {0} for {1} min, may be billing", "shutting-down", 41);
    const price = { perHour: 1.006, currency: "USD", source: sentence("list"), date: "2026-11-01" };
    const environment = anEnvironment({ state: "failed", activity, billing: { kind: "billing", price } });
    const row = environmentRow(sight({ environment }), speech);
    expect(row.description).toBe("stuck: shutting-down for 41 min, may be billing · $1.01/h");
    expect(row.icon).toEqual({ codicon: "error", color: "problemsErrorIcon.foreground" });
  });

  it("says why it is not reachable, what was there, and how long ago it was seen", () => {
    const watch = { ...unreachable("unreachable"), last: { at: NOW - 180_000, gpus: [], notices: [] } };
    const row = environmentRow(sight({ watch, spec: H100 }), speech);
    expect(row.description).toBe("8×H100 · unreachable · seen 3 min. ago");
    expect(row.tooltip()).toContain("It failed.");
  });

  it("offers Reconnect where the user can help, and guided trust only for a changed key", () => {
    const context = (code: ErrorCode): readonly string[] =>
      environmentRow(sight({ watch: unreachable(code) }), speech).context;
    expect(context("host-key-unknown")).toContain("needsUser");
    expect(context("authentication")).toContain("needsUser");
    expect(context("host-key-changed")).toEqual(["environment", "answers", "ssh", "hideable", "changedKey"]);
    expect(context("configuration")).not.toContain("needsUser");
  });

  it("offers what fits it: ssh only where it is reached by that, unpinning only where it is pinned", () => {
    const local = anEnvironment({ reach: "local" });
    expect(environmentRow(sight({ environment: local, pinned: true }), speech).context).toEqual([
      "environment",
      "answers",
      "pinned",
    ]);
    expect(environmentRow(sight(), speech).context).toEqual(["environment", "answers", "ssh", "hideable"]);
  });

  it("counts problems, but not remarks", () => {
    const problem = (severity: GpuProblem["severity"]): GpuProblem => ({
      id: severity,
      severity,
      title: sentence("T"),
      explanation: sentence("E"),
      nextStep: sentence("N"),
    });
    const watch = live(reading({ utilizationPercent: 5 }));
    const row = environmentRow(sight({ watch, problems: [problem("information"), problem("critical")] }), speech);
    expect(row.description).toBe("5 % · 1 problem");
    expect(row.icon.codicon).toBe("error");
  });

  it("shows a hostile name as one harmless line", () => {
    const environment = anEnvironment({ name: "a\n\u202E<img src=x>[x](command:y)" });
    const row = environmentRow(sight({ environment }), speech);
    expect(row.label).toBe("a <img src=x>[x](command:y)");
    expect(row.tooltip().every((line) => !line.includes("\n"))).toBe(true);
  });
});

describe("the row of a GPU", () => {
  it("shows what is measured, each with its unit", () => {
    const gpu = reading({
      name: "NVIDIA H100 80GB HBM3",
      utilizationPercent: 97,
      memoryUsedMiB: 72_704,
      memoryTotalMiB: 81_559,
      temperatureC: 64,
      powerDrawW: 612.4,
    });
    expect(gpuRow(gpu, false, speech).description).toBe("97 % · 71/80 GiB · 64 °C · 612 W");
  });

  it("shows a dash for what is not, with the reason in the tooltip", () => {
    const row = gpuRow(reading({ absent: { utilizationPercent: "not-supported" } }), false, speech);
    expect(row.description).toBe("– · –");
    expect(row.tooltip()).toContain("Utilization: – (not supported by this GPU)");
  });

  it("says that MIG has no utilisation, and that a lost GPU is lost", () => {
    expect(gpuRow(reading({ migEnabled: true }), false, speech).description).toBe("MIG: use not available · –");
    const lost = gpuRow(reading({ absent: { memoryUsedMiB: "lost" } }), false, speech);
    expect(lost).toMatchObject({ description: "lost: fell off the bus", icon: { codicon: "error" } });
  });

  it("says of a machine that a cloud manages what it costs, and offers what would work", () => {
    const source = sentence("AWS Price List");
    const price = { perHour: 0.8048, currency: "USD", source, date: "2026-11-01" };
    const yes = { available: true } as const;
    const no = { available: false, reason: sentence("It is running.") } as const;
    const environment = anEnvironment({
      ...{ name: "box", state: "running", startedAt: NOW - 2 * 3_600_000, interruptible: true },
      billing: { kind: "billing", price },
      operations: { start: no, stop: yes, hibernate: no, restart: yes, delete: yes, scale: no, extend: no },
      facts: [{ label: sentence("Zone"), value: "us-east-1a" }],
      tags: { team: "vision" },
    });
    const row = environmentRow(sight({ environment, spec: H100 }), speech);
    expect(row.description).toBe("8×H100 · running · spot · $0.80/h");
    expect(row.context).toEqual(
      expect.arrayContaining(["managed", "canStop", "canRestart", "canDelete", "canPause", "ssh"]),
    );
    expect(row.context).not.toContain("canStart");
    expect(row.tooltip()).toEqual(
      expect.arrayContaining([
        "Costs $0.80 an hour · $1.61 since its start · source: AWS Price List, 2026-11-01",
        "Zone: us-east-1a",
        "team = vision",
        "Resume, Hibernate: It is running.",
      ]),
    );
  });

  it("never shows a machine that is off, or whose price is unknown, as free", () => {
    const off = anEnvironment({ state: "stopped", billing: { kind: "storage-only" } });
    expect(environmentRow(sight({ environment: off }), speech).description).toBe("stopped · storage bills");
    const price = { perHour: 0.0109, currency: "USD", source: sentence("AWS Price List"), date: "2026-11-01" };
    const priced = { ...off, billing: { kind: "storage-only", price } as const };
    expect(environmentRow(sight({ environment: priced }), speech).description).toBe("stopped · storage $7.96/month");
    const unpriced = anEnvironment({ state: "running", billing: { kind: "billing" } });
    expect(environmentRow(sight({ environment: unpriced }), speech).description).toBe("running · price unknown");
  });

  it("shows an unknown state in the platform's own word, as text", () => {
    const environment = anEnvironment({ state: "unknown", activity: "quar\u202eantined\n" });
    expect(environmentRow(sight({ environment }), speech).description).not.toContain("\u202e");
    expect(environmentRow(sight({ environment }), speech).description).toContain("quar");
  });
});

describe("a row that need not be made again", () => {
  const idle = { kind: "idle" } as const;
  const watches = [
    idle,
    { kind: "connecting" } as const,
    unreachable("timeout"),
    live(reading({ utilizationPercent: 5 })),
  ];
  const seen = { kind: "idle", last: { at: NOW - 60_000, gpus: [reading()], notices: [] } } as const;
  const environments = [anEnvironment(), anEnvironment({ state: "stopped", billing: { kind: "storage-only" } })];
  const interruption: EnvironmentSight["interruption"] = {
    ...{ action: "terminate", at: NOW + 120_000, platform: "AWS", restartedBy: "user" },
  };
  const sights = environments.flatMap((environment) =>
    [...watches, seen].flatMap((watch) =>
      [undefined, interruption].flatMap((coming) =>
        [NOW, NOW + 3_600_000].flatMap((now) =>
          [false, true].map((flag) =>
            sight({ environment, watch, interruption: coming, now, here: flag, pinned: !flag }),
          ),
        ),
      ),
    ),
  );

  it("is one made from the same, of which no age is told", () => {
    const none = sights[0]?.problems ?? [];
    const shared = sights.map((one) => ({ ...one, problems: none }));
    let same = 0;
    for (const one of shared) {
      for (const other of shared) {
        if (!isSameSight(one, other)) continue;
        same++;
        const [before, after] = [one, other].map((each) => ({ ...environmentRow(each, speech), tooltip: undefined }));
        expect(after).toEqual(before);
      }
    }
    // Each with itself and with the one an hour later: of two environments, three watches without a reading, two flags.
    expect(same).toBe(2 * 3 * 2 * 4);
  });
});
