import { describe, expect, it } from "vitest";
import { GpuDevError } from "../../../src/core/error.ts";
import { sentence } from "../../../src/core/sentence.ts";
import type { GpuHistory } from "../../../src/health/watch.ts";
import { toDetailsView } from "../../../src/panels/detailsView.ts";
import { lastPointMs, toHistoryBlock } from "../../../src/panels/historyBlock.ts";
import { toProcessesView } from "../../../src/panels/processesView.ts";
import { webviewHtml } from "../../../src/panels/webviewHtml.ts";
import { aDetail, aHostDetail, aReading, aReport, aSample, localize } from "../../webviews/fixtures.ts";

describe("the processes", () => {
  const sample = aSample([aReading(0), aReading(1)]);

  it("are listed by memory, with their GPU by name", () => {
    const { rows, note } = toProcessesView(aHostDetail(sample), sample, localize);
    expect(rows[0]).toEqual({
      gpu: "GPU 0",
      pid: 41_200,
      name: "python3",
      user: "maria",
      memoryMiB: 70_564,
      elapsedSeconds: 93_812,
    });
    expect(note).toBeUndefined();
  });

  it("admit memory that no listed process owns", () => {
    const detail = aHostDetail(sample, { processes: [] });
    expect(toProcessesView(detail, sample, localize).note).toMatch(
      /^137\.2 GiB are used by processes this list does not/,
    );
  });

  it("do not guess about hidden memory while a process hides its share", () => {
    const detail = aHostDetail(sample, { processes: [{ pid: 7 }] });
    expect(toProcessesView(detail, sample, localize)).toEqual({ rows: [{ gpu: "–", pid: 7 }] });
  });

  it("say why they are missing, or that they have not been read", () => {
    const processesNote = new GpuDevError("permission", sentence("The list needs more rights."));
    const detail = aHostDetail(sample, { processes: [], processesNote });
    expect(toProcessesView(detail, sample, localize).note).toBe("The list needs more rights.");
    expect(toProcessesView(undefined, sample, localize).note).toBe("The processes have not been read yet.");
    const reportOnly = { details: aReport([]) };
    expect(toProcessesView(reportOnly, sample, localize).note).toBe("The processes have not been read yet.");
    expect(toProcessesView({ processesNote }, sample, localize).note).toBe("The list needs more rights.");
  });
});

describe("the details", () => {
  const rowsOf = (differing: Parameters<typeof aDetail>[1]): Record<string, string | undefined> => {
    const detail = aHostDetail(aSample([]), { details: aReport([aDetail(aReading(0), differing)]) });
    return Object.fromEntries(toDetailsView(detail, localize).rows.map(({ label, cells }) => [label, cells[0]]));
  };

  it("tell counts that were read and dashes for those that were not", () => {
    expect(rowsOf({ ecc: { volatileUncorrected: 3 } })["ECC errors since driver start"]).toBe(
      "3 uncorrected, – corrected",
    );
    expect(rowsOf({ ecc: { enabled: false } })["ECC errors since driver start"]).toBe("ECC is off");
    expect(
      rowsOf({ remappedRows: { correctable: 1, uncorrectable: 2, pending: true, failure: true } })["Remapped rows"],
    ).toBe("2 uncorrectable, 1 correctable, pending, failed");
  });

  it("say when PCIe runs below what it can", () => {
    const pcie = { generation: 1, maxGeneration: 5, width: 8, maxWidth: 16 };
    expect(rowsOf({ pcie })["PCIe"]).toBe("Gen 1 ×8 of Gen 5 ×16");
  });

  it("leave out a property that no GPU reports", () => {
    expect(rowsOf({})).not.toHaveProperty("vGPU license");
    expect(rowsOf({ vgpuLicense: "Licensed" })["vGPU license"]).toBe("Licensed");
  });

  it("say that nothing holds the clocks back where that was read", () => {
    expect(rowsOf({ throttleReasons: [] })["Clocks held back by"]).toBe("nothing");
  });

  it("list MIG devices with the memory they report", () => {
    const migDevices = [
      { index: 0, memoryUsedMiB: 12, memoryTotalMiB: 20_096 },
      { index: 1, name: "MIG 1g.10gb" },
    ];
    const detail = aHostDetail(aSample([]), { details: aReport([aDetail(aReading(0), { migDevices })]) });
    expect(toDetailsView(detail, localize).mig).toEqual([
      { gpu: "GPU 0", name: "MIG device 0", memoryUsedMiB: 12, memoryTotalMiB: 20_096 },
      { gpu: "GPU 0", name: "MIG 1g.10gb" },
    ]);
  });

  it("are empty and say why before the report and after a failure", () => {
    expect(toDetailsView(undefined, localize)).toEqual({ host: [], columns: [], rows: [], mig: [] });
    const detailsNote = new GpuDevError("timeout", sentence("The report took too long."));
    expect(toDetailsView({ processes: [], detailsNote }, localize).note).toBe("The report took too long.");
  });
});

describe("the history on one grid", () => {
  const history = (...starts: readonly (readonly [number, readonly (number | undefined)[]])[]): GpuHistory => ({
    stepMs: 1_000,
    gpus: starts.map((_, index) => ({ key: `gpu-${index}` })),
    series: (key) => {
      const [startMs, values] = starts[Number(key.slice(4))] ?? [0, []];
      return { startMs, values };
    },
  });

  it("lines up GPUs that appeared at different times and leaves gaps as gaps", () => {
    const block = toHistoryBlock(history([5_000, [1, 2, undefined, 4]], [7_000, [30, 40]]), [], localize);
    expect(block).toMatchObject({ startMs: 5_000, stepMs: 1_000 });
    expect(block?.series.powerDrawW).toEqual([
      [1, 2, null, 4],
      [null, null, 30, 40],
    ]);
    expect(block && lastPointMs(block)).toBe(8_000);
  });

  it("gives only the points from a time on", () => {
    const block = toHistoryBlock(history([5_000, [1, 2, 3, 4]]), [], localize, 7_000);
    expect(block?.startMs).toBe(7_000);
    expect(block?.series.temperatureC).toEqual([[3, 4]]);
    expect(toHistoryBlock(history([5_000, [1, 2]]), [], localize, 7_000)).toBeUndefined();
  });

  it("is nothing where nothing was recorded", () => {
    expect(toHistoryBlock(history(), [], localize)).toBeUndefined();
    expect(toHistoryBlock(history([5_000, []]), [], localize)).toBeUndefined();
  });
});

describe("the shell of a page", () => {
  const addresses = { cspSource: "https://*.example.test", script: "https://a/b.js", style: "https://a/b.css" };
  const html = webviewHtml("health", addresses, "N0nce", { language: "de", loading: '<b>"Lädt"</b>' });

  it("lets in its own script, style, images and fonts only", () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1]?.replaceAll("&#39;", "'");
    expect(policy).toBe(
      "default-src 'none'; script-src 'nonce-N0nce'; style-src https://*.example.test; img-src https://*.example.test data:; font-src https://*.example.test; base-uri 'none'; form-action 'none'",
    );
  });

  it("has nothing inline and shows its word as text", () => {
    expect(html).not.toMatch(/<style|style=|\son\w+=|<b>/);
    expect(html).not.toMatch(/<script[^>]*>[^<]/);
    expect(html).toContain("&#60;b&#62;&#34;Lädt&#34;&#60;/b&#62;");
    expect(html).toContain('<html lang="de">');
  });
});
