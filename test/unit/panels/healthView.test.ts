import { describe, expect, it } from "vitest";
import { GpuDevError, type ErrorCode } from "../../../src/core/error.ts";
import { sentence } from "../../../src/core/sentence.ts";
import { diagnose } from "../../../src/gpu/diagnosis.ts";
import { smiError } from "../../../src/gpu/exitCodes.ts";
import type { Watch } from "../../../src/health/watch.ts";
import type { GpuReading } from "../../../src/gpu/reading.ts";
import { toHealthView, type HostHealth } from "../../../src/panels/healthView.ts";
import { METRICS, type HealthView } from "../../../src/panels/protocol.ts";
import { anEnvironment } from "../../fakes/environment.ts";
import {
  aDetail,
  aHistory,
  aHostDetail,
  aProblem,
  aReading,
  aReport,
  aSample,
  localize,
  NOW,
  UNREACHABLE,
} from "../../webviews/fixtures.ts";

function aView(differing: Partial<HostHealth> = {}): HealthView {
  const sample = aSample([aReading(0), aReading(1)]);
  const host: HostHealth = {
    environmentId: "ssh/config/trainer",
    environment: anEnvironment(),
    isListing: false,
    now: NOW,
    watch: { kind: "live", last: sample },
    history: undefined,
    detail: aHostDetail(sample),
    problems: [],
    ...differing,
  };
  return toHealthView(host, localize);
}

function viewOf(reading: GpuReading): HealthView["gpus"][number] {
  const [card] = aView({ watch: { kind: "live", last: aSample([reading]) }, detail: undefined }).gpus;
  if (card === undefined) throw new Error("The GPU has no card.");
  return card;
}

describe("a GPU's numbers", () => {
  it("are those that were measured, each with its full scale where there is one", () => {
    const [card] = aView().gpus;
    expect(card?.gauges).toEqual({
      utilizationPercent: { kind: "measured", value: 97, max: 100 },
      memoryUsedMiB: { kind: "measured", value: 71_204, max: 81_559 },
      temperatureC: { kind: "measured", value: 61, max: 87 },
      powerDrawW: { kind: "measured", value: 612, max: 700 },
      smClockMHz: { kind: "measured", value: 1_980 },
    });
  });

  it("are 0 where 0 was measured", () => {
    const card = viewOf(aReading(0, { utilizationPercent: 0, memoryUsedMiB: 0 }));
    expect(card.gauges.utilizationPercent).toEqual({ kind: "measured", value: 0, max: 100 });
    expect(card.gauges.memoryUsedMiB).toMatchObject({ value: 0 });
  });

  it("have a reason where nothing was measured, whichever it is", () => {
    const reasons = ["not-supported", "error", "no-permission", "lost", "requires-reset", "deprecated"] as const;
    const texts = reasons.map((reason) => {
      const { gauges } = viewOf({ index: 0, absent: { temperatureC: reason } });
      return gauges.temperatureC.kind === "absent" ? gauges.temperatureC.reason : "";
    });
    expect(new Set(texts).size).toBe(reasons.length);
    expect(texts).not.toContain("");
    expect(viewOf({ index: 0, absent: {} }).gauges.powerDrawW).toEqual({ kind: "absent", reason: "not measured" });
  });

  it("are never NaN", () => {
    for (const metric of METRICS) {
      expect(viewOf(aReading(0, { [metric]: Number.NaN })).gauges[metric].kind).toBe("absent");
    }
  });

  it("say of MIG that it hides utilization", () => {
    const card = viewOf({ index: 0, migEnabled: true, absent: { utilizationPercent: "not-supported" } });
    expect(card.gauges.utilizationPercent).toEqual({ kind: "absent", reason: "not available with MIG" });
    expect(card.notes).toEqual(["MIG on"]);
  });

  it("come with a note for an integrated GPU and for a vGPU", () => {
    expect(viewOf({ index: 0, name: "Orin (nvgpu)", absent: {} }).notes).toEqual([
      "Integrated GPU: it shares the memory of the machine",
    ]);
    const sample = aSample([aReading(0)]);
    const details = aReport([aDetail(aReading(0), { virtualizationMode: "VGPU" })]);
    const view = aView({ watch: { kind: "live", last: sample }, detail: aHostDetail(sample, { details }) });
    expect(view.gpus[0]?.notes).toEqual(["vGPU: the hypervisor hides some readings"]);
  });

  it("say what holds the clocks back, which being idle is not", () => {
    expect(viewOf(aReading(0, { throttleReasons: ["gpu-idle"] })).throttled).toBeUndefined();
    expect(viewOf(aReading(0, { throttleReasons: ["gpu-idle", "sw-power-cap"] })).throttled).toBe("power limit");
  });
});

describe("a GPU that does not answer", () => {
  it("keeps its place by its number, without the old numbers of the report", () => {
    const lost = aDetail(aReading(1), { lost: "GPU is lost" });
    const sample = aSample([aReading(0), aReading(2)]);
    const details = aReport([aDetail(aReading(0)), aDetail(aReading(2)), lost]);
    const { gpus } = aView({ watch: { kind: "live", last: sample }, detail: aHostDetail(sample, { details }) });
    expect(gpus.map(({ label }) => label)).toEqual(["GPU 0", "GPU 1", "GPU 2"]);
    expect(gpus[1]?.gauges.temperatureC).toEqual({ kind: "absent", reason: "the GPU is lost" });
    expect(gpus[1]?.notes).toEqual(["Lost: GPU is lost"]);
  });

  it("keeps its place and its name when only the history knows it", () => {
    const sample = aSample([aReading(0), aReading(5)]);
    const { gpus } = aView({
      watch: { kind: "live", last: sample },
      detail: undefined,
      history: aHistory([aReading(0), aReading(1), aReading(5)]),
    });
    expect(gpus.map(({ label }) => label)).toEqual(["GPU 0", "GPU 1", "GPU 5"]);
    expect(gpus[1]).toMatchObject({ name: aReading(1).name, gauges: { powerDrawW: { kind: "absent" } } });
  });

  it("is named by its UUID where it has no number any more, and has one card where its place says who it is", () => {
    const labels = (...seen: GpuReading[]): readonly string[] =>
      aView({
        watch: { kind: "live", last: aSample([aReading(0)]) },
        detail: undefined,
        history: aHistory([aReading(0), ...seen]),
      }).gpus.map(({ label }) => label);
    expect(labels(aReading(1, { index: undefined }))).toEqual(["GPU 0", "GPU 00000001…"]);
    expect(labels({ absent: {}, busId: aReading(0).busId })).toEqual(["GPU 0"]);
  });
});

describe("the status", () => {
  const status = (differing: Partial<HostHealth>): HealthView["status"] => aView(differing).status;

  it("says how the host answers and when it was read last", () => {
    const last = aSample([]);
    expect(status({})).toEqual({ tone: "live", text: "Live", sampledAt: NOW - 2_000 });
    expect(status({ watch: { kind: "idle" } })).toEqual({ tone: "idle", text: "Not watched" });
    expect(status({ watch: { kind: "connecting", last } })).toMatchObject({ tone: "busy", text: "Connecting…" });
    expect(status({ watch: UNREACHABLE })).toEqual({ tone: "error", text: "Unreachable", retryAt: NOW + 28_000 });
  });

  it("does not call live what a glance saw, nor say what was checked, until the first reading of the stream", () => {
    const watch = (ageMs: number): Watch => ({ kind: "live", last: aSample([aReading(0)], { at: NOW - ageMs }) });
    const glanced = aView({ watch: watch(38_000) });
    expect(glanced.status).toEqual({ tone: "busy", text: "Reading…", sampledAt: NOW - 38_000 });
    expect(glanced.checked).toBeUndefined();
    expect(aView({ watch: watch(9_000) }).status.text).toBe("Live");
    expect(aView({ watch: watch(9_000) }).checked).toContain("temperature");
  });

  it("is that of the machine where the machine is off", () => {
    const environment = anEnvironment({ state: "stopped" });
    expect(status({ environment, watch: { kind: "idle" } })).toEqual({ tone: "idle", text: "Stopped" });
  });

  it("says that the environments are being listed until they are, and not that one is gone", () => {
    const { status, actions } = aView({ environment: undefined, isListing: true, watch: { kind: "idle" } });
    expect(status).toEqual({ tone: "busy", text: "Loading…" });
    expect(actions).toEqual([]);
    expect(aView({ isListing: true }).status.text).toBe("Live");
  });

  it("says that an environment is gone, and offers nothing for it", () => {
    const view = aView({ environment: undefined });
    expect(view.status.text).toBe("No longer listed");
    expect(view.actions).toEqual([]);
  });

  it("offers a window only where one can be opened over SSH", () => {
    const actions = (reach: "ssh" | "local"): readonly string[] =>
      aView({ environment: anEnvironment({ reach }) }).actions.map(({ action }) => action);
    expect(actions("ssh")).toEqual(["open-terminal", "connect"]);
    expect(actions("local")).toEqual(["open-terminal"]);
  });
});

describe("trouble", () => {
  const codes: readonly ErrorCode[] = [
    "unreachable",
    "timeout",
    "host-key-unknown",
    "host-key-changed",
    "authentication",
  ];

  it.each(codes)("of kind %s is told with its own next step and a way to reconnect", (code) => {
    const error = new GpuDevError(code, sentence("It happened to {0}.", "trainer"));
    const view = aView({ watch: { kind: "unreachable", error } });
    expect(view.trouble).toMatchObject({ severity: "critical", explanation: "It happened to trainer." });
    expect(view.trouble?.nextStep).toMatch(/[a-z]{3}/);
    const reconnect = view.actions.find(({ action }) => action === "reconnect");
    expect(reconnect).toEqual({ action: "reconnect", text: "Reconnect", primary: code !== "host-key-changed" });
  });

  it("offers to trust the key of a host where it has changed, puts nothing first, and only there", () => {
    const failed = (code: ErrorCode): Watch => ({
      kind: "unreachable",
      error: new GpuDevError(code, sentence("It failed.")),
    });
    const { actions } = aView({ watch: failed("host-key-changed") });
    expect(actions[0]).toEqual({
      action: "trust-changed-host-key",
      text: "Trust Changed Host Key…",
      primary: false,
    });
    expect(actions.some(({ primary }) => primary)).toBe(false);
    for (const watch of [failed("host-key-unknown"), failed("unreachable")])
      expect(aView({ watch }).actions.map(({ action }) => action)).not.toContain("trust-changed-host-key");
  });

  it("is told once where the diagnosis already explains the failed reading", () => {
    const watch = (error: GpuDevError): Watch => ({ kind: "no-reading", error, retryAt: NOW });
    const xids = diagnose({ kernelLog: [{ xid: 31, message: "x" }] });
    const known = smiError("fallen-off-bus");
    expect(aView({ watch: watch(known), problems: [...diagnose({ error: known }), ...xids] }).trouble).toBeUndefined();
    const unknown = new GpuDevError("remote-command", sentence("It failed."));
    expect(aView({ watch: watch(unknown), problems: xids }).trouble?.explanation).toBe("It failed.");
  });
});

describe("problems", () => {
  it("come most severe first", () => {
    const { problems } = aView({
      problems: [
        aProblem({ id: "c", severity: "information", gpuIndex: 0 }),
        aProblem({ id: "b", severity: "critical", gpuIndex: 3 }),
        aProblem({ id: "a", severity: "critical", gpuIndex: 1 }),
        aProblem({ id: "d", severity: "warning", gpuIndex: 0 }),
      ],
    });
    expect(problems.map(({ id }) => id)).toEqual(["a", "b", "d", "c"]);
  });

  it("lose a link that is not plain https, and nothing else", () => {
    const [problem] = aView({ problems: [aProblem({ link: "command:workbench.action.quit" })] }).problems;
    expect(problem?.title).toContain("XID 79");
    expect(problem).not.toHaveProperty("link");
  });

  it("are said to be none only of what was looked at", () => {
    expect(aView().checked).toBe(
      "Checked on 2 GPUs: temperature, power, clocks, ECC errors, remapped rows, recovery advice, XID messages.",
    );
    expect(aView({ detail: undefined }).checked).toContain(
      "Not checked: ECC errors, remapped rows, recovery advice, XID",
    );
    const kernelLogNote = new GpuDevError("permission", sentence("This account may not read the kernel log."));
    const detail = aHostDetail(aSample([aReading(0)]), { kernelLogNote });
    expect(aView({ detail }).checked).toMatch(
      /Not checked: XID messages\. This account may not read the kernel log\.$/,
    );
    expect(aView({ watch: UNREACHABLE }).checked).toBeUndefined();
  });
});

describe("text from the remote", () => {
  it("is one clean line wherever it is shown", () => {
    const hostile = "evil\u202e\n<img src=x onerror=alert(1)>\u0000";
    const reading = aReading(0, { name: hostile });
    const sample = aSample([reading]);
    const details = aReport([aDetail(reading, { recoveryAction: hostile, serial: hostile })]);
    const processes = [{ pid: 1, name: hostile, user: hostile }];
    const view = aView({
      environment: anEnvironment({ name: hostile, group: hostile }),
      watch: { kind: "live", last: sample },
      detail: aHostDetail(sample, { details, processes }),
      problems: [aProblem({ explanation: sentence("{0}", hostile) })],
    });
    expect(JSON.stringify(view)).not.toMatch(/\\n|\\u0000|\u202e/);
    expect(view.name).toBe("evil <img src=x onerror=alert(1)>");
  });
});
