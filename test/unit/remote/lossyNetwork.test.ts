import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import type { LossReport } from "./lossyNetwork.ts";
import { faultCount } from "./support.ts";

const NOTICED_WITHIN_MS = 20_000;
/** Interfaces, processes and mounts of their own; all end with the first process, and that one with the test. */
const APART = ["--net", "--pid", "--mount-proc", "--fork", "--kill-child"] as const;

function canLosePackets(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const trial = "ip link add client type veth peer name server && tc qdisc add dev client root blackhole";
  try {
    execFileSync("unshare", [...APART, "sh", "-c", trial], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function loseNetwork(cycles: number, folder: string, signal: AbortSignal): Promise<readonly LossReport[]> {
  const words = [process.execPath, path.join(import.meta.dirname, "lossyNetwork.ts"), String(cycles)];
  const { stdout } = await promisify(execFile)("setpriv", ["--pdeathsig", "KILL", "unshare", ...APART, ...words], {
    env: { ...process.env, TMPDIR: folder },
    signal,
  });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as LossReport);
}

describe.skipIf(!canLosePackets())("a network that drops every packet (F-12; needs root, ip and tc)", () => {
  const cycles = faultCount(1, 10);
  const folder = mkdtempSync(path.join(tmpdir(), "gpu-dev-lossy-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it(
    "is noticed within 20 s, nothing is left of it, and afterwards a new session opens",
    async ({ signal }) => {
      const reports = await loseNetwork(cycles, folder, signal);
      expect(reports).toHaveLength(cycles);
      for (const { noticedMs, ...report } of reports) {
        expect(noticedMs).toBeLessThan(NOTICED_WITHIN_MS);
        expect(report).toMatchObject({
          codes: ["unreachable", "unreachable"],
          running: ["failed", "failed"],
          answerAfterwards: "back\n",
          leftProcesses: [],
        });
        expect(report.leftFiles).toBeLessThanOrEqual(0);
      }
    },
    90_000 * cycles,
  );
});
