import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFormat } from "../../src/ui/format.ts";
import { listConfigHosts } from "../../src/providers/ssh/userConfig.ts";
import { startSshd, type Sshd } from "../sandbox/sshd.ts";
import { samplesExist } from "./gpu/samples.ts";

const run = promisify(execFile);
const SCRIPT = new URL("./readSamples.ts", import.meta.url);
const LOCALES = ["C", "en_US.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8", "ar_EG.UTF-8", "hi_IN.UTF-8"] as const;

/** What a program of this project prints in an account of that locale. */
async function printedIn(locale: string, script: URL): Promise<string> {
  const env = { ...process.env, LC_ALL: locale, LANG: locale };
  const args = ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", fileURLToPath(script)];
  return (await run(process.execPath, args, { env, maxBuffer: 64 * 1024 * 1024 })).stdout;
}

describe("numbers in the language of the editor", () => {
  const format = (language: string): readonly string[] => {
    const { percent, memoryUse, power, age } = createFormat(language);
    return [percent(93.4), memoryUse(1_536, 81_920), power(1_234), age(130_000)];
  };

  it("have the decimal and thousands marks that its readers expect", () => {
    expect(format("en")).toEqual(["93 %", "1.5/80 GiB", "1,234 W", "2 min. ago"]);
    expect(format("de")).toEqual(["93 %", "1,5/80 GiB", "1.234 W", "vor 2 Min."]);
    expect(format("tr")).toEqual(["93 %", "1,5/80 GiB", "1.234 W", "2 dk. önce"]);
    expect(format("ja")).toEqual(["93 %", "1.5/80 GiB", "1,234 W", "2 分前"]);
    expect(format("hi").slice(0, 3)).toEqual(["93 %", "1.5/80 GiB", "1,234 W"]);
  });

  it("are never empty and never NaN, whatever the language", () => {
    for (const language of [
      "ar",
      "fa",
      "pt-br",
      "zh-cn",
      "zh-tw",
      "ru",
      "cs",
      "pl",
      "ko",
      "fr",
      "it",
      "es",
      "hu",
      "bg",
    ])
      for (const text of format(language)) expect(text).toMatch(/^(?!.*(NaN|undefined)).*\p{L}|%/su);
  });
});

describe("nvidia-smi's answers", () => {
  it.skipIf(!samplesExist).each(LOCALES.slice(1))(
    "mean the same where this computer speaks %s",
    async (locale) => {
      const [expected, actual] = await Promise.all([printedIn("C", SCRIPT), printedIn(locale, SCRIPT)]);
      expect(actual).toContain('"utilizationPercent"');
      expect(actual).toBe(expected);
    },
    60_000,
  );
});

describe("the far side", () => {
  let directory: string;
  let sshd: Sshd;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-locale-"));
    sshd = await startSshd({ directory, environment: { LC_ALL: "tr_TR.UTF-8", LANG: "de_DE.UTF-8" } });
  });

  afterAll(async () => {
    await sshd.stop();
    await rm(directory, { recursive: true, force: true });
  });

  // The locale itself need not be installed there: what counts is which one the commands ask for.
  it("is asked in the C locale, whatever its account is set to", async () => {
    const { framed } = await import("../../src/gpu/framing.ts");
    const remote = async (command: string): Promise<string> => {
      const options = ["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
      const where = ["-o", "BatchMode=yes", "-i", sshd.userKeyFile, "-p", String(sshd.port), `${sshd.user}@127.0.0.1`];
      return (await run("ssh", [...options, ...where, "--", command])).stdout;
    };
    expect(await remote("echo $LC_ALL")).toBe("tr_TR.UTF-8\n");
    expect(await remote(framed("echo locale $LC_ALL; c=0", "n0nce"))).toContain("locale C\n");
  });
});

describe("paths", () => {
  it.each([
    "/home/José Ångström/.ssh/config",
    "/home/Зоя/.ssh/config",
    "C:\\Users\\Jürgen Groß\\.ssh\\config",
    "/home/ıIiİ/.ssh/config",
  ])("with spaces and letters of every script are read as they are: %s", async (file) => {
    const included = path.join(path.dirname(file), "my hosts");
    const files = new Map([
      [file, `Include "${included.replaceAll("\\", "/")}"\nHost plain\n`],
      [included, "Host Großrechner İstanbul-gpu\n"],
      [included.replaceAll("\\", "/"), "Host Großrechner İstanbul-gpu\n"],
    ]);
    const read = (name: string): Promise<string> => Promise.resolve(files.get(name) ?? "");
    const home = path.dirname(path.dirname(file));
    const hosts = await listConfigHosts(file, read, { home, listFolder: () => Promise.resolve([]) });
    const expected = file.startsWith("/") ? ["Großrechner", "İstanbul-gpu", "plain"] : ["plain"];
    expect(hosts.map(({ alias }) => alias)).toEqual(expected);
  });
});
