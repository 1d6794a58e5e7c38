import { describe, expect, it } from "vitest";
import { toLabels } from "../../../src/panels/labels.ts";
import type { FleetRow, Gauge, HistoryBlock } from "../../../src/panels/protocol.ts";
import { append, sparkline, statistics, timesOf, valueAt } from "../../../src/webviews/chartHistory.ts";
import { matching, sorted } from "../../../src/webviews/fleetOrder.ts";
import { NOTHING_YET, receive } from "../../../src/webviews/known.ts";
import { restoreFleetState, restoreHealthState } from "../../../src/webviews/savedState.ts";
import { createTexts } from "../../../src/webviews/texts.ts";
import { localize } from "../../webviews/fixtures.ts";

const texts = createTexts(toLabels(localize), "en");

function aBlock(startMs: number, values: (number | null)[], stepMs = 1_000): HistoryBlock {
  const all = [values];
  return {
    startMs,
    stepMs,
    gpus: [{ key: "gpu-0", label: "GPU 0" }],
    series: { utilizationPercent: all, memoryUsedMiB: all, temperatureC: all, powerDrawW: all, smClockMHz: all },
  };
}

describe("the history of a page", () => {
  it("takes later points over its end", () => {
    const joined = append(aBlock(10_000, [1, 2, 3]), aBlock(12_000, [30, 40]));
    expect(joined.series.powerDrawW).toEqual([[1, 2, 30, 40]]);
    expect(timesOf(joined)).toEqual([10_000, 11_000, 12_000, 13_000]);
  });

  it("leaves a gap where points are missing between", () => {
    const joined = append(aBlock(10_000, [1]), aBlock(13_000, [4]));
    expect(joined.series.powerDrawW).toEqual([[1, null, null, 4]]);
    expect(valueAt(joined, "powerDrawW", 0, 1)).toBeUndefined();
  });

  it("stays an hour long however long the page is open", () => {
    let history = aBlock(0, [0], 60_000);
    for (let minute = 1; minute < 500; minute++) history = append(history, aBlock(minute * 60_000, [minute], 60_000));
    expect(history.series.powerDrawW[0]).toHaveLength(61);
    expect(history.startMs).toBe(439 * 60_000);
    expect(valueAt(history, "powerDrawW", 0, 60)).toBe(499);
  });

  it("ignores points that are not its own", () => {
    const history = aBlock(10_000, [1, 2]);
    expect(append(history, aBlock(5_000, [9]))).toBe(history);
    expect(append(history, aBlock(12_000, [9], 2_000))).toBe(history);
  });

  it("has statistics over what was measured only", () => {
    expect(statistics([null, 2, null, 4])).toEqual({ minimum: 2, mean: 3, maximum: 4, now: 4 });
    expect(statistics([2, null])?.now).toBeUndefined();
    expect(statistics([null])).toBeUndefined();
  });

  it("draws a line that is broken at a gap and stays in its box", () => {
    expect(sparkline([0, 50, null, 200], 5, 100, { width: 40, height: 10 })).toBe("M10.0 10.0L20.0 5.0M40.0 0.0");
  });
});

describe("numbers as text", () => {
  const measured = (value: number, max?: number): Gauge => ({
    kind: "measured",
    value,
    ...(max === undefined ? {} : { max }),
  });

  it("carry their unit and their full scale where that helps", () => {
    expect(texts.gauge("utilizationPercent", measured(61.4, 100))).toBe("61 %");
    expect(texts.gauge("memoryUsedMiB", measured(62_669, 81_559))).toBe("61.2 / 79.6 GiB");
    expect(texts.gauge("powerDrawW", measured(612.4, 700))).toBe("612 / 700 W");
    expect(texts.gauge("temperatureC", measured(64, 87))).toBe("64 °C");
    expect(texts.gauge("smClockMHz", measured(1_980))).toBe("1,980 MHz");
    expect(texts.gauge("smClockMHz", { kind: "absent", reason: "lost" })).toBe("–");
  });

  it("are written as the user's language does", () => {
    expect(createTexts(toLabels(localize), "de").gauge("smClockMHz", measured(1_980))).toBe("1.980 MHz");
  });

  it("tell times in the two largest units", () => {
    expect([5, 65, 3_700, 93_812].map((seconds) => texts.duration(seconds))).toEqual([
      "5 s",
      "1 min 5 s",
      "1 h 1 min",
      "1 d 2 h",
    ]);
    const ages = [0, 2_000, 89_000, 600_000, 7_200_000, 300_000_000].map((age) => texts.ago(age));
    expect(ages).toEqual(["just now", "2 s ago", "89 s ago", "10 min ago", "2 h ago", "3 d ago"]);
  });
});

describe("the order of the fleet", () => {
  const absent: Gauge = { kind: "absent", reason: "no reading yet" };
  const aRow = (name: string, differing: Partial<FleetRow> = {}): FleetRow => ({
    environmentId: name,
    name,
    origin: "SSH host",
    gpus: "8×H100",
    status: { tone: "live", text: "Live" },
    problems: 0,
    busyPercent: absent,
    memory: absent,
    hottestC: absent,
    powerW: absent,
    ...differing,
  });
  const names = (rows: readonly FleetRow[]): string => rows.map(({ name }) => name).join(" ");
  const silent = { tone: "error", text: "Unreachable" } as const;

  it("puts first what needs a person, and counts names as a person does", () => {
    const rows = [
      aRow("gpu-10"),
      aRow("gpu-2"),
      aRow("hinted", { problems: 1, worst: "information" }),
      aRow("silent", { status: silent }),
      aRow("warned", { problems: 4, worst: "warning" }),
      aRow("burning", { problems: 1, worst: "critical" }),
    ];
    const order = names(sorted(rows, { column: "problems", descending: true }, "en"));
    expect(order).toBe("burning silent warned hinted gpu-2 gpu-10");
  });

  it("puts what was not measured last in either direction", () => {
    const rows = [
      aRow("a-none"),
      aRow("hot", { hottestC: { kind: "measured", value: 80 } }),
      aRow("cool", { hottestC: { kind: "measured", value: 30 } }),
    ];
    expect(names(sorted(rows, { column: "hottest", descending: true }, "en"))).toBe("hot cool a-none");
    expect(names(sorted(rows, { column: "hottest", descending: false }, "en"))).toBe("cool hot a-none");
  });

  it("is filtered by every word, in any field", () => {
    const rows = [aRow("trainer"), aRow("trainer-b", { status: silent, remark: "no route" })];
    expect(names(matching(rows, " TRAIN  unreach "))).toBe("trainer-b");
    expect(names(matching(rows, ""))).toBe("trainer trainer-b");
    expect(names(matching(rows, "zebra"))).toBe("");
  });
});

describe("what a page knows", () => {
  it("keeps rows that did not change and takes those that did", () => {
    const row = (environmentId: string, name: string) => ({ environmentId, name }) as FleetRow; // only what is read here
    const all = receive(NOTHING_YET, {
      type: "fleet",
      now: 0,
      tiles: [],
      rows: [row("a", "old"), row("b", "b")],
      isListing: false,
    });
    const changed = receive(all, { type: "fleet-rows", now: 0, tiles: [], rows: [row("a", "new")] });
    expect([...(changed.fleet?.rows.values() ?? [])].map(({ name }) => name)).toEqual(["new", "b"]);
  });

  it("does without points and rows that come before their whole", () => {
    expect(receive(NOTHING_YET, { type: "points", block: aBlock(0, [1]) })).toBe(NOTHING_YET);
    expect(receive(NOTHING_YET, { type: "fleet-rows", now: 0, tiles: [], rows: [] })).toBe(NOTHING_YET);
  });
});

describe("the state of a page", () => {
  it("comes back as it was, and as none when it is not one", () => {
    const health = { environmentId: "a", view: "table", hidden: ["gpu-0"], scroll: 90 } as const;
    expect(restoreHealthState(health)).toEqual(health);
    expect(restoreHealthState({ view: "hologram" })).toEqual({ view: "charts", hidden: [], scroll: 0 });
    const fleet = { filter: "h100", sort: "busy", descending: false, page: 3, scroll: 0 } as const;
    expect(restoreFleetState(fleet)).toEqual(fleet);
    expect(restoreFleetState(null)).toMatchObject({ sort: "problems", page: 0 });
  });
});
