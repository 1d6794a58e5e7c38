import { describe, expect, it } from "vitest";
import { capabilitiesProbe } from "../../../src/gpu/capabilities.ts";
import { detailsProbe, parseDetails } from "../../../src/gpu/detailsProbe.ts";
import { byFullPathOnWindows, unframe } from "../../../src/gpu/framing.ts";
import { kernelLogProbe } from "../../../src/gpu/kernelLog.ts";
import { normalBusId, parseNumber, placeholder } from "../../../src/gpu/placeholder.ts";
import { baseName, hiddenProcessesNote, processesProbe } from "../../../src/gpu/processes.ts";
import { chooseFields, MINIMAL_FIELDS, withoutField } from "../../../src/gpu/queryFields.ts";
import { reasonsOfMask } from "../../../src/gpu/throttle.ts";
import { answer, NONCE, outcomeOf, readingsOf, readSample, samplesExist, sectionOf, windowsAnswer } from "./samples.ts";

describe("a placeholder", () => {
  it.each([
    ["N/A", "not-supported"],
    ["[N/A]", "not-supported"],
    ["[Not Supported]", "not-supported"],
    ["Not Supported", "not-supported"],
    ["[Function Not Found]", "not-supported"],
    ["None", "not-supported"],
    ["Not Active", "not-supported"],
    ["", "not-supported"],
    ["[Unknown Error]", "error"],
    ["Unknown Error", "error"],
    ["ERR!", "error"],
    ["GPU is lost", "lost"],
    ["[GPU requires reset]", "requires-reset"],
    ["Requested functionality has been deprecated", "deprecated"],
    ["[Requested functionality has been deprecated]", "deprecated"],
    ["Insufficient Permissions", "no-permission"],
    ["[Insufficient Permissions]", "no-permission"],
  ])("%j is %s", (text, absence) => {
    expect(placeholder(text)).toBe(absence);
    expect(parseNumber(text)).toEqual({ absence });
  });

  it.each(["NaN", "1e5", "0x1F", "--5", "12 parsecs", "Infinity", "9".repeat(400), "constructor", "5 toString"])(
    "%j is an error, not a number",
    (text) => {
      expect(parseNumber(text)).toEqual({ absence: "error" });
    },
  );

  it.each([
    [" 37 C ", undefined, 37],
    ["-2 C", undefined, -2],
    ["16x", undefined, 16],
    ["565.11", "W", 565.11],
    ["565110", "mW", 565.11],
    ["2", "GiB", 2048],
    ["81559 MiB", "MiB", 81559],
  ])("%j under the unit %s is %d", (text, unit, value) => {
    expect(parseNumber(text, unit)).toEqual({ value });
  });
});

describe("a column", () => {
  it("has the unit its header names, and no value in a unit nobody knows", () => {
    const text = "index, power.draw [mW], memory.total [GiB], clocks.sm [furlong]\n0, 565110, 80, 1980\n";
    expect(readingsOf(text).gpus).toEqual([
      { index: 0, powerDrawW: 565.11, memoryTotalMiB: 81_920, absent: { smClockMHz: "error" } },
    ]);
  });

  it("that tells the same as another fills in where that one has no value", () => {
    const text = "index, power.draw [W], power.draw.average [W]\n0, [N/A], 61.5\n1, 60.5, [N/A]\n2, [N/A], [N/A]\n";
    expect(readingsOf(text).gpus).toEqual([
      { index: 0, powerDrawW: 61.5, absent: {} },
      { index: 1, powerDrawW: 60.5, absent: {} },
      { index: 2, absent: { powerDrawW: "not-supported" } },
    ]);
  });
});

describe("a detailed report", () => {
  const report = (gpu: string, more = ""): string =>
    `<?xml version="1.0" ?><nvidia_smi_log>${more}<attached_gpus>1</attached_gpus><gpu id="0000:0A:00.0">${gpu}</gpu></nvidia_smi_log>`;

  it("with a text in place of a whole part gives its reason to every value of that part", () => {
    const [gpu] = parseDetails(
      report("<fb_memory_usage>GPU is lost</fb_memory_usage><utilization>N/A</utilization>"),
    ).gpus;
    expect(gpu).toMatchObject({ index: 0, busId: "00000000:0A:00.0", lost: "GPU is lost" });
    expect(gpu?.absent).toMatchObject({
      memoryTotalMiB: "lost",
      memoryUsedMiB: "lost",
      utilizationPercent: "not-supported",
    });
  });

  it("counts the memory errors of every generation", () => {
    const ecc = (counts: string): unknown =>
      parseDetails(report(`<ecc_errors><volatile>${counts}</volatile></ecc_errors>`)).gpus[0]?.ecc;
    expect(ecc("<single_bit><total>3</total></single_bit><double_bit><total>1</total></double_bit>")).toEqual({
      volatileCorrected: 3,
      volatileUncorrected: 1,
    });
    expect(ecc("<sram_uncorrectable>2</sram_uncorrectable><dram_uncorrectable>N/A</dram_uncorrectable>")).toEqual({
      volatileUncorrected: 2,
    });
    expect(
      ecc(
        "<sram_uncorrectable_parity>1</sram_uncorrectable_parity><sram_uncorrectable_secded>2</sram_uncorrectable_secded><dram_uncorrectable>4</dram_uncorrectable>",
      ),
    ).toEqual({ volatileUncorrected: 7 });
  });

  it("names the driver under each of its names", () => {
    const version = (more: string): unknown => parseDetails(report("", more)).driverVersion;
    expect(version("<driver_version>610.57.04 [Deprecated; use KMD Version]</driver_version>")).toBe("610.57.04");
    expect(version("<driver_version>Deprecated</driver_version><kmd_version>610.57.04</kmd_version>")).toBe(
      "610.57.04",
    );
  });

  it("reads the recovery action of drivers before 570 from their two switches", () => {
    const action = (parts: string): unknown => parseDetails(report(parts)).gpus[0]?.recoveryAction;
    expect(action("<gpu_recovery_action>Reboot</gpu_recovery_action>")).toBe("Reboot");
    expect(action("<gpu_reset_status><reset_required>Yes</reset_required></gpu_reset_status>")).toBe("Reset");
    expect(action("<gpu_reset_status><reset_required>No</reset_required></gpu_reset_status>")).toBeUndefined();
  });

  it("beside a line about a GPU that cannot be opened lists that one as lost, and numbers no GPU by its place", () => {
    const line = "Unable to determine the device handle for GPU1: 0000:34:00.0: Unknown Error";
    const { gpus } = detailsProbe(NONCE).parse(answer(`${line}\n${report("")}\n`, 255));
    expect(gpus.map(({ index, busId, lost }) => [index, busId, lost])).toEqual([
      [undefined, "00000000:0A:00.0", undefined],
      [1, "00000000:34:00.0", line],
    ]);
  });

  it("is an error of nvidia-smi where there is none", () => {
    const none = answer("Failed to initialize NVML: Driver/library version mismatch\n", 18);
    expect(outcomeOf(() => detailsProbe(NONCE).parse(none))).toMatchObject({ code: "driver" });
  });
});

describe("small forms", () => {
  it("bus ids of every length become one", () => {
    expect(["00000000:0a:00.0", "0000:0A:00.0", "0A:00.0", "0000:0a:00"].map(normalBusId)).toEqual(
      Array(4).fill("00000000:0A:00.0"),
    );
    expect(normalBusId("GPU 0")).toBeUndefined();
  });

  it("a mask of reasons is read bit by bit, and unknown bits are left out", () => {
    expect(reasonsOfMask("0x0000000000000044")).toEqual(["sw-power-cap", "hw-thermal-slowdown"]);
    expect(reasonsOfMask("0x0000000000000000")).toEqual([]);
    expect(reasonsOfMask("0xFFFFFFFF00000200")).toEqual([]);
    expect(reasonsOfMask("[N/A]")).toBeUndefined();
  });

  it("a frame needs both markers and a whole exit code", () => {
    expect(unframe(`hi ${NONCE}-begin\r\nbody\r\n${NONCE}-end 18\r\n`, NONCE)).toEqual({
      body: "body\r\n",
      exitCode: 18,
    });
    expect(unframe(`${NONCE}-begin\nbody\n${NONCE}-end 1`, NONCE)).toBeUndefined();
    expect(unframe("body\n", NONCE)).toBeUndefined();
  });

  it("a Windows command can be given by its full path", () => {
    expect(byFullPathOnWindows("nvidia-smi -q -x")).toBe("C:\\Windows\\System32\\nvidia-smi.exe -q -x");
  });
});

describe("the fields", () => {
  it("take an older name where the driver knows no newer one", () => {
    const help = ["index", "name", "uuid", "count", "memory.used", "clocks_throttle_reasons.active", "power.limit"];
    const fields = chooseFields(help.map((name) => `"${name}"\nWords about it.\n`).join(""));
    expect(fields).toEqual([
      "index",
      "uuid",
      "name",
      "count",
      "memory.used",
      "power.limit",
      "clocks_throttle_reasons.active",
    ]);
  });

  it.each([undefined, "", "ERROR: Option --help-query-gpu is not recognized.", '"index"\n'])(
    "are the minimal list where the help is %j",
    (help) => {
      expect(chooseFields(help)).toBe(MINIMAL_FIELDS);
    },
  );

  it("shrink by the one that was refused, and by no other", () => {
    const refusal = 'Field "count" is not a valid field to query.\n';
    expect(withoutField(["index", "count"], refusal)).toEqual(["index"]);
    expect(withoutField(["index", "name"], refusal)).toBeUndefined();
    expect(withoutField(["count"], refusal)).toBeUndefined();
    expect(withoutField(["index"], "No devices were found")).toBeUndefined();
  });

  it("does not hang over a help text that names a field in one endless line", () => {
    const names = '"uuid" x '.repeat(400_000);
    expect(chooseFields(names)).toBe(MINIMAL_FIELDS);
    expect(chooseFields(`${names}\n"index"\n"uuid"\n"name"\n"count"\n"pstate"\n`)).toContain("uuid");
  });

  it.skipIf(!samplesExist)("come from the help of a real driver, with what the host tells beside it", () => {
    const capture = readSample("nvgpuexp__linux-x86_64__nvidia-h100-mig__590.48.01.txt");
    const help = sectionOf(capture, "nvidia-smi --help-query-gpu");
    const parts = ["system\nLinux x86_64", "driver\n590.48.01", "pci\nbus\ngpu\ngpu\n"];
    const body = `${help}\n${parts.map((part) => `${NONCE}-part-${part}`).join("\n")}`;
    const capabilities = capabilitiesProbe(NONCE).parse(answer(body));
    expect(capabilities).toMatchObject({ driverVersion: "590.48.01", operatingSystem: "Linux x86_64", pciGpuCount: 2 });
    expect(capabilities.fields).toContain("clocks_event_reasons.active");
    expect(capabilitiesProbe(NONCE).parse(windowsAnswer(help))).toEqual({ fields: capabilities.fields });
  });

  it("are the minimal list where the driver has no help, and an error where there is no driver", () => {
    const probe = capabilitiesProbe(NONCE);
    expect(probe.parse(answer("Unrecognized option\n", 2)).fields).toBe(MINIMAL_FIELDS);
    expect(outcomeOf(() => probe.parse(answer("", 127)))).toMatchObject({ code: "no-driver" });
    expect(outcomeOf(() => probe.parse(answer("", 124)))).toMatchObject({ code: "timeout" });
  });
});

describe("the processes", () => {
  const listing = [
    "pid, gpu_uuid, used_gpu_memory [MiB], process_name",
    "41, GPU-a, 370, /opt/a b/python --token=s3cret, and more",
    "42, GPU-b, [N/A], [Not Found]",
    "[N/A], GPU-b, 5, x",
    "",
  ].join("\n");

  it("have base name, owner and age, and no argument that could be a secret", () => {
    const owners = `${NONCE}-part-owners\n   41 anna       7260\n   43 root 1\n`;
    const processes = processesProbe(NONCE).parse(answer(`${listing}\n${owners}`));
    expect(processes).toEqual([
      { pid: 41, gpuUuid: "GPU-a", usedMemoryMiB: 370, name: "a", user: "anna", elapsedSeconds: 7260 },
      { pid: 42, gpuUuid: "GPU-b" },
    ]);
    expect(JSON.stringify(processes)).not.toContain("s3cret");
  });

  it("have no age where ps is busybox's", () => {
    const owners = `${NONCE}-part-owners\n    1 root\n   41 anna\n`;
    expect(processesProbe(NONCE).parse(answer(listing + owners))[0]).toMatchObject({ pid: 41, user: "anna" });
  });

  it.each([
    ["/usr/bin/python3.12", "python3.12"],
    ["./gpu_burn", "gpu_burn"],
    ["python train.py --password hunter2", "python"],
    ["C:\\Program Files\\Big App\\app.exe --key=C:\\x", "app.exe"],
    ["C:\\Windows\\explorer", "explorer"],
    ["\u202Egnp.exe", "gnp.exe"],
    ["", undefined],
    ["[Insufficient Permissions]", undefined],
  ])("a process %j is called %j", (path, name) => {
    expect(baseName(path)).toBe(name);
  });

  it("that hold memory but are not listed are told of, unless they are small", () => {
    const gpu = (uuid: string, memoryUsedMiB: number) => ({ uuid, memoryUsedMiB, absent: {} });
    const sample = { at: 1, gpus: [gpu("GPU-a", 70_000), gpu("GPU-b", 300)], notices: [] };
    expect(hiddenProcessesNote([], sample)?.message).toMatch(/^1 of 2 GPUs hold memory/);
    expect(hiddenProcessesNote([{ pid: 1, gpuUuid: "GPU-a" }], sample)).toBeUndefined();
    expect(hiddenProcessesNote([], undefined)).toBeUndefined();
  });
});

describe("the kernel log", () => {
  const log = [
    "2026-11-21T08:00:00+0000 box kernel: NVRM: GPU at PCI:0000:0a:00: GPU-1",
    "2026-11-21T08:00:01+0000 box kernel: NVRM: Xid (PCI:0000:0a:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.",
    "[Sat Nov 21 08:00:02 2026] NVRM: Xid (PCI:0000:65:00 GPU-I:05): 94, pid=7, Contained",
    "[  123.456789] NVRM: Xid (0000:03:00): 31, Ch 00000001",
    "Nov 21 08:00:03 box kernel: NVRM: Xid (PCI:0000:0A:00): 154, GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required)",
  ].join("\n");

  it("gives XIDs of every form, newest first, with the log's own time", () => {
    const events = kernelLogProbe(NONCE).parse(answer(`${log}\n`));
    expect(events.map(({ xid, busId, time }) => [xid, busId, time])).toEqual([
      [154, "00000000:0A:00.0", "Nov 21 08:00:03"],
      [31, "00000000:03:00.0", "123.456789"],
      [94, "00000000:65:00.0", "Sat Nov 21 08:00:02 2026"],
      [79, "00000000:0A:00.0", "2026-11-21T08:00:01+0000"],
    ]);
    expect(events[3]?.message).toMatch(/GPU has fallen off the bus\.$/);
  });

  it("keeps the newest hundred", () => {
    const many = Array.from({ length: 250 }, (_, i) => `NVRM: Xid (0000:03:00): ${i}, x`).join("\n");
    const events = kernelLogProbe(NONCE).parse(answer(`${many}\n`));
    expect([events.length, events[0]?.xid, events.at(-1)?.xid]).toEqual([100, 249, 150]);
  });

  it("that may not be read is a matter of permission, and does not exist on Windows", () => {
    expect(outcomeOf(() => kernelLogProbe(NONCE).parse(answer("", 4)))).toMatchObject({ code: "permission" });
    expect(kernelLogProbe(NONCE).command("windows")).toBeUndefined();
  });
});
