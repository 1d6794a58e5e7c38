import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { GpuSample } from "../../../src/gpu/reading.ts";
import { detailsProbe } from "../../../src/gpu/detailsProbe.ts";
import { DetailProbes } from "../../../src/health/detailProbes.ts";
import { SmiPath } from "../../../src/health/smiPath.ts";
import { Ticker } from "../../../src/health/ticker.ts";
import { answer, FakeSession, workingMachine, type FakeChannel } from "../../fakes/session.ts";

const SAMPLE: GpuSample = { at: 0, gpus: [], notices: [] };
const REPORT = `<nvidia_smi_log><driver_version>570.86</driver_version></nvidia_smi_log>`;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Probes of a machine that answers, while the parser of the full report loads as `importProbe` does. */
function setUp(
  importProbe: () => Promise<typeof detailsProbe>,
  working: (channel: FakeChannel) => void = workingMachine(),
) {
  const ticker = new Ticker(Date.now);
  const session = new FakeSession((channel: FakeChannel) => {
    if (channel.command.includes("-q -x")) answer(channel, REPORT);
    else working(channel);
  });
  let changes = 0;
  const probes = new DetailProbes(
    { ticker, path: new SmiPath(), known: { gpus: [] }, onDidChange: () => (changes += 1) },
    importProbe,
  );
  ticker.add(probes);
  probes.attach(session);
  const reports = (): number => session.channels.filter(({ command }) => command.includes("-q -x")).length;
  return {
    probes,
    reports,
    commands: () => session.channels.map(({ command }) => command),
    changes: () => changes,
    look: async () => {
      probes.setWanted(true);
      probes.heard(SAMPLE);
      await vi.advanceTimersByTimeAsync(2_000);
    },
    end: () => {
      probes.detach();
      ticker.dispose();
    },
  };
}

describe("the kernel log", () => {
  it("is read where the gauges do not answer, while the driver is asked nothing, and not before that is known", async () => {
    const { probes, commands, end } = setUp(() => Promise.resolve(detailsProbe));
    probes.setWanted(true);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(commands()).toEqual([]);
    probes.pause();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(probes.detail?.kernelLog).toEqual([]);
    expect(commands()).toHaveLength(1);
    expect(commands()[0]).not.toContain("nvidia-smi");
    end();
  });

  it("goes on being read once the gauges no longer answer", async () => {
    const { probes, look, commands, end } = setUp(() => Promise.resolve(detailsProbe));
    await look();
    const before = commands().length;
    probes.pause();
    await vi.advanceTimersByTimeAsync(120_000);
    const later = commands().slice(before);
    expect(later).toHaveLength(2);
    expect(later.filter((command) => command.includes("nvidia-smi"))).toEqual([]);
    end();
  });

  it("says of itself, and not of nvidia-smi, that it is late", async () => {
    const { probes, end } = setUp(
      () => Promise.resolve(detailsProbe),
      () => undefined,
    );
    probes.setWanted(true);
    probes.pause();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(probes.detail?.kernelLogNote?.message).toBe("The kernel log did not come in time.");
    end();
  });
});

describe("the full report", () => {
  it("gives the reason when its parser cannot be loaded, while the others are read as ever", async () => {
    const { probes, look, changes, end } = setUp(() => Promise.reject(new Error("The file is gone.")));
    await look();
    expect(probes.detail?.detailsNote?.message).toMatch(
      /^The part that reads the full report .* \(The file is gone\.\)\. /,
    );
    expect(probes.detail).toMatchObject({ processes: [], kernelLog: [] });
    expect(changes()).toBeGreaterThanOrEqual(3);
    end();
  });

  it("is tried again a minute later, and then read and no longer excused", async () => {
    let loads = 0;
    const { probes, look, reports, end } = setUp(() => {
      loads += 1;
      return loads === 1 ? Promise.reject(new Error("Busy.")) : Promise.resolve(detailsProbe);
    });
    await look();
    await vi.advanceTimersByTimeAsync(55_000);
    expect(loads).toBe(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([loads, reports()]).toEqual([2, 1]);
    expect(probes.detail?.details?.driverVersion).toBe("570.86");
    expect(probes.detail?.detailsNote).toBeUndefined();
    end();
  });

  it("is tried again at once for who looks again", async () => {
    let loads = 0;
    const { probes, look, end } = setUp(() => {
      loads += 1;
      return loads === 1 ? Promise.reject(new Error("Busy.")) : Promise.resolve(detailsProbe);
    });
    await look();
    probes.setWanted(false);
    await look();
    expect(loads).toBe(2);
    expect(probes.detail?.details).toBeDefined();
    end();
  });

  it("loads its parser once, however often somebody looks", async () => {
    let loads = 0;
    const { probes, look, end } = setUp(() => {
      loads += 1;
      return Promise.resolve(detailsProbe);
    });
    for (let times = 0; times < 3; times++) {
      await look();
      probes.setWanted(false);
    }
    expect(loads).toBe(1);
    end();
  });

  it("does not claim that there are no processes before those were read", async () => {
    const { probes, end } = setUp(() => Promise.reject(new Error("The file is gone.")));
    probes.setWanted(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(probes.detail?.detailsNote).toBeDefined();
    expect(probes.detail?.processes).toBeUndefined();
    end();
  });
});
