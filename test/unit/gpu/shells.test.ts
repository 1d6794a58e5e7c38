import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { utf8Of } from "../../../src/core/utf8.ts";
import { capabilitiesProbe } from "../../../src/gpu/capabilities.ts";
import { failureOf } from "../../../src/gpu/exitCodes.ts";
import { framed, nvidiaSmiCommand, unframe } from "../../../src/gpu/framing.ts";
import { kernelLogProbe } from "../../../src/gpu/kernelLog.ts";
import { processesProbe } from "../../../src/gpu/processes.ts";
import { sampleProbe } from "../../../src/gpu/sampleProbe.ts";
import { createGpuStreamParser, gpuStreamCommand, type GpuStreamEvent } from "../../../src/gpu/stream.ts";
import { NONCE } from "./samples.ts";
import { finished, isInstalled, withBox, type Behaviour } from "./standIn.ts";

const linux = process.platform === "linux";
const SHELLS = ["bash", "dash", "zsh", "fish", "tcsh"];
// Behind every login shell the same sh does the work, so the whole matrix is for the full run.
const full = process.env["GPU_DEV_FAULTS"] === "full";
const STUCK: readonly Behaviour[] = ["ignores-term", "sleeps", "child-holds-output", "orphan-holds-output", "stops"];
const FIELDS = ["index", "name", "count", "utilization.gpu"];

describe.concurrent.each(SHELLS)("under %s", (shell) => {
  const here = it.skipIf(!linux || !isInstalled(shell));

  here("a command keeps its exit code and its output apart from the profile's", () =>
    withBox(async (box) => {
      const { stdout } = await finished(box.start(shell, nvidiaSmiCommand("posix", ["-q", "-x"], NONCE), "fails"));
      if (shell !== "dash") expect(stdout).toMatch(/^Welcome/);
      expect(unframe(stdout, NONCE)).toEqual({
        body: "Failed to initialize NVML: Driver/library version mismatch\n",
        exitCode: 18,
      });
    }),
  );

  here("a command ends although a child of it holds the output", () =>
    withBox(async (box) => {
      const { stdout } = await finished(
        box.start(shell, nvidiaSmiCommand("posix", ["-L"], NONCE), "orphan-holds-output"),
      );
      expect(unframe(stdout, NONCE)).toEqual({ body: "", exitCode: 15 });
    }),
  );

  here("readings stream until the input closes, and nothing is left running", () =>
    withBox(async (box) => {
      const child = box.start(shell, gpuStreamCommand("posix", FIELDS, 200, NONCE), "readings");
      const parser = createGpuStreamParser("posix", NONCE);
      const events: GpuStreamEvent[] = [];
      child.stdout.on("data", (data: Buffer) => events.push(...parser.push(data, 1)));
      await vi.waitFor(() => expect(events.length).toBeGreaterThanOrEqual(3), { timeout: 10_000, interval: 20 });
      const done = finished(child);
      child.stdin.end();
      await done;
      expect(events[0]).toMatchObject({ kind: "sample", sample: { gpus: [{ index: 0, name: "A" }, { index: 1 }] } });
      expect(events.at(-1)?.kind).toBe("ended");
    }),
  );

  here("a stream tells why nvidia-smi failed", () =>
    withBox(async (box) => {
      const { stdout } = await finished(box.start(shell, gpuStreamCommand("posix", FIELDS, 200, NONCE), "fails"));
      const [event] = createGpuStreamParser("posix", NONCE).push(utf8Of(stdout), 1);
      expect(event?.kind === "ended" && failureOf(event.error)).toBe("version-mismatch");
    }),
  );

  here.each(full || shell === "bash" ? STUCK : STUCK.slice(0, 1))(
    "closing the input ends a nvidia-smi that %s",
    (behaviour) =>
      withBox(async (box) => {
        const child = box.start(shell, gpuStreamCommand("posix", FIELDS, 200, NONCE), behaviour);
        const done = finished(child);
        child.stdout.once("data", () => child.stdin.end());
        const { stdout } = await done;
        expect(unframe(stdout, NONCE)?.exitCode).toBeGreaterThan(0);
      }),
  );

  here("input that is closed from the start ends the stream at once", () =>
    withBox(async (box) => {
      const child = box.start(shell, gpuStreamCommand("posix", FIELDS, 200, NONCE), "ignores-term");
      child.stdin.end();
      const { stdout } = await finished(child);
      expect(stdout).toContain(`${NONCE}-end`);
    }),
  );

  here("the owner and age of a process come from the machine's ps", () =>
    withBox(async (box) => {
      const probe = processesProbe(NONCE);
      const { stdout } = await finished(box.start(shell, probe.command("posix") ?? "", "lists-processes"));
      const [process] = probe.parse({ stdout, stderr: "", exitCode: 0, truncated: false });
      expect(process).toMatchObject({ pid: 1, gpuUuid: "GPU-a", usedMemoryMiB: 5, name: "a\\nb," });
      if (isInstalled("ps"))
        expect(process?.user).toBe(execFileSync("ps", ["-o", "user=", "-p", "1"], { encoding: "utf8" }).trim());
    }),
  );

  here("the other probes run: capabilities, processes, kernel log", () =>
    withBox(async (box) => {
      for (const probe of [capabilitiesProbe(NONCE), processesProbe(NONCE), kernelLogProbe(NONCE)]) {
        const command = probe.command("posix") ?? "";
        const { stdout, stderr } = await finished(box.start(shell, command, "fails"));
        expect(unframe(stdout, NONCE)).toBeDefined();
        expect(stderr).not.toMatch(/syntax|unexpected|not found|bad/i);
      }
    }),
  );
});

describe.skipIf(!linux).concurrent("a one-shot nvidia-smi that hangs", () => {
  it.skipIf(!isInstalled("timeout"))("is ended by its time limit even if it ignores TERM", { timeout: 60_000 }, () =>
    withBox(async (box) => {
      const command = sampleProbe(FIELDS, NONCE).command("posix");
      const { stdout } = await finished(box.start("dash", command, "ignores-term"));
      expect(unframe(stdout, NONCE)?.exitCode).toBe(137);
    }),
  );
});

describe.skipIf(!linux)("a machine without nvidia-smi", () => {
  it("says 127 in the frame of every command", () =>
    withBox(async (box) => {
      rmSync(`${box.folder}/nvidia-smi`);
      const commands = [sampleProbe(FIELDS, NONCE).command("posix"), gpuStreamCommand("posix", FIELDS, 1000, NONCE)];
      for (const command of commands) {
        const { stdout } = await finished(box.start("bash", command, "fails"));
        expect(unframe(stdout, NONCE)?.exitCode).toBe(127);
      }
    }));
});

describe("a framed command", () => {
  it("is one line without what csh and fish change", () => {
    const commands = [
      nvidiaSmiCommand("posix", ["-q", "-x"], NONCE),
      gpuStreamCommand("posix", FIELDS, 2000, NONCE),
      ...[capabilitiesProbe(NONCE), processesProbe(NONCE), kernelLogProbe(NONCE)].map((p) => p.command("posix") ?? ""),
    ];
    for (const command of commands) {
      const inner = /^exec sh -c '([^']*)'$/.exec(command)?.[1] ?? "";
      expect(inner).not.toBe("");
      expect(inner).not.toMatch(/[\n\\]|!(?! )/);
      expect(inner.length).toBeLessThan(1024);
    }
  });

  it("refuses what a shell would change, and a nonce that is none", () => {
    expect(() => framed("echo it's; c=0", NONCE)).toThrow(TypeError);
    expect(() => framed("echo a\\b; c=0", NONCE)).toThrow(TypeError);
    expect(() => framed("true; c=$?", "No nonce")).toThrow(TypeError);
    expect(() => nvidiaSmiCommand("posix", ["-q; rm"], NONCE)).toThrow(TypeError);
  });

  it.skipIf(!linux)("is valid for every sh that is here", () => {
    for (const shell of ["dash", "bash", "zsh"].filter(isInstalled)) {
      const inner = /'(.*)'/.exec(gpuStreamCommand("posix", FIELDS, 2000, NONCE))?.[1] ?? "";
      expect(execFileSync(shell, ["-n", "-c", inner]).toString()).toBe("");
    }
  });
});
