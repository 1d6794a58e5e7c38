import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listConfigHosts } from "../../../../src/providers/ssh/userConfig.ts";

let home: string;
let config: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), "gpu-dev-hosts-"));
  mkdirSync(path.join(home, ".ssh"));
  config = path.join(home, ".ssh", "config");
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

function write(name: string, text: string): string {
  const file = path.join(home, ".ssh", name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function list() {
  return listConfigHosts(config, (file) => readFile(file, "utf8"), { home, listFolder: (folder) => readdir(folder) });
}

async function aliases(text: string): Promise<readonly string[]> {
  write("config", text);
  return (await list()).map(({ alias }) => alias);
}

/** The address ssh would go to. */
function addressBySsh(alias: string): string | undefined {
  const output = execFileSync("ssh", ["-G", "-F", config, "--", alias], { encoding: "utf8" });
  return /^hostname (.*)$/m.exec(output)?.[1];
}

describe("the hosts of an SSH configuration", () => {
  it("are none where there is no file", async () => {
    expect(await list()).toEqual([]);
  });

  it.each([
    ["several on a line", "Host a b\tc\n", ["a", "b", "c"]],
    ["in their order, each once", "Host b a\nHost a c\n", ["b", "a", "c"]],
    ["without wildcards and negations", "Host * a? !b [x] d\nHost *\n", ["[x]", "d"]],
    ["not one that its own line takes back", "Host a b !b\n", ["a"]],
    ["with CRLF", "Host a\r\n  HostName x\r\nHost b\r\n", ["a", "b"]],
    ["after a byte order mark", "\uFEFFHost a\n", ["a"]],
    ["in quotes", 'Host "a" \'b\' "with space"\n', ["a", "b"]],
    ["with equals signs", "Host=a\nHOST = b\n", ["a", "b"]],
    ["before comments", "Host a # b\n#Host c\nHost d#e\n", ["a", "d#e"]],
    ["none of a Match", 'Match host x,y exec "true"\n  HostName z\nMatch originalhost q\n', []],
    ["none that no command line could name", "Host -oProxyCommand=x a;b $(c) ok\n", ["ok"]],
    ["despite lines that make no sense", 'Host\nHost "a\n???\nProxyCommand sh -c "x\nHost b', ["b"]],
    ["with letters of any script", "Host bücher 机器\n", ["bücher", "机器"]],
  ])("are found %s", async (_, text, expected) => {
    expect(await aliases(text)).toEqual(expected);
  });

  it("come with the file that names them first", async () => {
    const work = write("work", "Host b a\n");
    write("config", "Host a\nHost *\nInclude work\n");
    expect(await list()).toEqual([
      { alias: "a", source: config },
      { alias: "b", source: work },
    ]);
  });

  it("are found in included files by every kind of path, sorted as ssh reads them", async () => {
    for (const name of ["conf.d/2", "conf.d/1", "conf.d/.hidden", "x y/z", "[odd]"])
      write(name, `Host from-${name.replace(/\W/g, "-")}\n`);
    writeFileSync(path.join(home, "elsewhere"), "Host elsewhere\n");
    mkdirSync(path.join(home, ".ssh", "conf.d", "folder"));
    const text = `Include conf.d/[12] ~/elsewhere\nInclude "x y/*" ${home}/.ssh/missing nowhere/*\nInclude conf.d/*\n`;
    expect(await aliases(text)).toEqual(["from-conf-d-1", "from-conf-d-2", "elsewhere", "from-x-y-z"]);
  });

  it("of a file included inside a host block count where ssh would see them", async () => {
    write("gpu", "Host gpu-1 other\n  HostName 10.0.0.1\n");
    const include = `Include ${home}/.ssh/gpu\n`;
    expect(await aliases(`Host gpu-*\n  ${include}`)).toEqual(["gpu-1"]);
    expect([addressBySsh("gpu-1"), addressBySsh("other")]).toEqual(["10.0.0.1", "other"]);
    expect(await aliases(`Host *\n  ${include}`)).toEqual(["gpu-1", "other"]);
    expect(await aliases(`Match all\n  ${include}`)).toEqual(["gpu-1", "other"]);
    expect(await aliases(`Match user x\n  ${include}`)).toEqual([]);
  });

  it("are found 16 includes deep and no deeper, as by ssh", async () => {
    for (let depth = 1; depth <= 20; depth += 1) write(`${depth}`, `Host at-${depth}\nHost *\nInclude ${depth + 1}\n`);
    expect((await aliases("Include 1\n")).at(-1)).toBe("at-16");
  });

  it("are found once where files include each other, themselves, or one another again and again", async () => {
    write("a", "Host a\nHost *\nInclude b config a\n");
    write("b", "Host b\nHost *\nInclude a b a b\n");
    expect(await aliases("Include a b a\nHost c\n")).toEqual(["a", "b", "c"]);
    for (let at = 0; at < 16; at += 1)
      write(`f${at}`, `Host h${at}\nHost h*\nInclude f${at + 1} f${at + 1} f${at + 1}\n`);
    expect((await aliases("Host h*\nInclude f0 f0\n")).slice(0, 2)).toEqual(["h0", "h1"]);
  });

  it("are an error that names the file where one cannot be read", async () => {
    const broken = path.join(home, ".ssh", "broken");
    symlinkSync(broken, broken);
    write("config", "Host a\nHost *\nInclude broken\n");
    await expect(list()).rejects.toMatchObject({
      code: "configuration",
      message: expect.stringContaining(broken) as string,
    });
  });

  it("are the ones ssh itself goes to", async () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,5}$/);
    const block = fc.record({
      names: fc.array(
        fc.oneof({ weight: 5, arbitrary: name }, { weight: 1, arbitrary: fc.constantFrom("9*", "9?", "!9") }),
        { minLength: 1, maxLength: 3 },
      ),
      form: fc.constantFrom("Host ", "host=", "HOST = ", "  Host\t"),
      quote: fc.constantFrom("", '"'),
      end: fc.constantFrom("\n", "\r\n", "\n\n# note\n"),
      included: fc.boolean(),
    });
    const property = fc.asyncProperty(fc.array(block, { minLength: 1, maxLength: 6 }), async (blocks) => {
      const texts = blocks.map(({ names, form, quote, end }, at) => {
        const hosts = names.map((each) => `${quote}${each}${quote}`).join(" ");
        return `${form}${hosts}${end}  HostName addr-${at}${end}`;
      });
      const lines = texts.map((text, at) =>
        blocks[at]?.included ? `Match all\nInclude ${write(`part${at}`, text)}\n` : text,
      );
      const found = await aliases(lines.join(""));
      const written = blocks.flatMap(({ names }) => names).filter((each) => /^[a-z]/.test(each));
      expect([...found].sort()).toEqual([...new Set(written)].sort());
      for (const alias of found)
        expect(addressBySsh(alias)).toBe(`addr-${blocks.findIndex(({ names }) => names.includes(alias))}`);
    });
    await fc.assert(property, { numRuns: process.env["GPU_DEV_FAULTS"] === "full" ? 500 : 20 });
  }, 120_000);

  it("are listed in time that grows with their number and not with its square", async () => {
    const blocks = (count: number) =>
      Array.from({ length: count }, (_, at) => `Host h${at} h${at}.example\n  HostName 10.0.0.1\n  User me\n`).join("");
    const spent = async (count: number) => {
      const begun = performance.now();
      expect(await aliases(blocks(count))).toHaveLength(2 * count);
      return performance.now() - begun;
    };
    await spent(1_000); // warm
    const thousand = await spent(1_000);
    expect(thousand).toBeLessThan(200);
    expect(await spent(10_000)).toBeLessThan(40 * Math.max(thousand, 5));
  });
});
