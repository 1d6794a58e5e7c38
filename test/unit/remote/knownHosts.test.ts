import { execFile } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  fingerprint,
  judgeHostKey,
  knownFor,
  matchesHost,
  parseKnownHosts,
  toHostKey,
  type HostKey,
} from "../../../src/remote/knownHosts.ts";
import { faultCount } from "./support.ts";

const run = promisify(execFile);
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), "known-hosts-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A key that is well formed and belongs to nobody. */
function someKey(seed: number, type = "ssh-ed25519"): HostKey {
  const name = Buffer.from(type);
  const body = Buffer.alloc(32, seed);
  const length = (bytes: Buffer): Buffer => {
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(bytes.length);
    return prefix;
  };
  return { type, key: Buffer.concat([length(name), name, length(body), body]).toString("base64") };
}

function line(hosts: string, key: HostKey, marker = ""): string {
  return `${marker}${hosts} ${key.type} ${key.key}`;
}

function hashed(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}

/** The lines that OpenSSH finds for a name, by their number. */
async function linesFound(file: string, name: string): Promise<readonly number[]> {
  const { stdout } = await run("ssh-keygen", ["-F", name, "-f", file]).catch(() => ({ stdout: "" }));
  return [...stdout.matchAll(/found: line (\d+)/g)].map((match) => Number(match[1]));
}

const names = fc.constantFrom(
  "alpha",
  "alpha.example.com",
  "beta",
  "10.0.0.1",
  "[alpha]:2222",
  "[10.0.0.1]:22022",
  "::1",
);
const patterns = fc.oneof(
  names,
  names.map(hashed),
  fc.constantFrom(
    "*",
    "al*",
    "*.example.com",
    "alph?",
    "10.0.0.*",
    "[alpha]:*",
    "[*]:2222",
    "ALPHA",
    "*a*p*h*a*",
    "?????",
  ),
);
const fields = fc.oneof(
  patterns,
  fc
    .array(
      fc.tuple(
        fc.boolean(),
        patterns.filter((pattern) => !pattern.startsWith("|")),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((list) => list.map(([negated, pattern]) => (negated ? `!${pattern}` : pattern)).join(",")),
);
const markers = fc.constantFrom("", "", "", "@revoked ", "@cert-authority ");

describe("the matcher of known_hosts", () => {
  it("finds the lines that ssh-keygen -F finds", { timeout: 120_000 }, async () => {
    const file = path.join(directory, "generated");
    const entry = fc
      .tuple(fields, markers, fc.nat(200))
      .map(([hosts, marker, seed]) => line(hosts, someKey(seed), marker));
    const noise = fc.constantFrom("# a comment", "", "   ", "too short", "@unknown alpha ssh-ed25519 AAAA");
    const files = fc.array(fc.oneof({ weight: 5, arbitrary: entry }, { weight: 1, arbitrary: noise }), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(files, names, fc.constantFrom("\n", "\r\n"), async (lines, name, newline) => {
        await writeFile(file, lines.join(newline) + newline);
        const ours = lines.flatMap((text, index) =>
          parseKnownHosts(text).some(({ hosts }) => matchesHost(hosts, name)) ? [index + 1] : [],
        );
        expect(ours).toEqual(await linesFound(file, name));
      }),
      { numRuns: faultCount(150, 3000) },
    );
  });

  it("finds names that ssh-keygen itself has hashed", async () => {
    const file = path.join(directory, "hashed");
    await writeFile(file, `${line("alpha,[beta]:2222,10.0.0.1", someKey(1))}\n`);
    await run("ssh-keygen", ["-q", "-H", "-f", file]);
    const text = await readFile(file, "utf8");
    expect(text).not.toContain("alpha");
    const found = (hostName: string, port: number): number =>
      knownFor(parseKnownHosts(text), { hostName, port }).length;
    expect([found("Alpha", 22), found("beta", 2222), found("10.0.0.1", 22), found("beta", 22)]).toEqual([1, 1, 1, 0]);
  });

  it("prints the fingerprint that ssh-keygen prints", async () => {
    const file = path.join(directory, "key");
    await run("ssh-keygen", ["-q", "-t", "ecdsa", "-N", "", "-f", file]);
    const [, key = ""] = (await readFile(`${file}.pub`, "utf8")).split(" ");
    const { stdout } = await run("ssh-keygen", ["-lf", `${file}.pub`]);
    expect(stdout.split(" ")[1]).toBe(fingerprint(key));
    expect(toHostKey(Buffer.from(key, "base64"))).toEqual({ type: "ecdsa-sha2-nistp256", key });
  });
});

describe("the verdict on a host key", () => {
  const shown = someKey(1);
  const other = someKey(2);
  const judge = (text: string, port = 22, hostKeyAlias?: string): string =>
    judgeHostKey(
      parseKnownHosts(text),
      { hostName: "Alpha", port, ...(hostKeyAlias === undefined ? {} : { hostKeyAlias }) },
      shown,
    ).kind;

  it("trusts a key on record and refuses another one", () => {
    expect(judge(line("alpha", shown))).toBe("trusted");
    expect(judge(line("alpha", other))).toBe("changed");
    expect(judge(line("alpha", someKey(3, "ssh-rsa")))).toBe("changed");
    expect(judge(`${line("alpha", other)}\n${line("alpha", shown)}`)).toBe("trusted");
    expect(judge("")).toBe("unknown");
    expect(judge(line("beta", other))).toBe("unknown");
  });

  it("puts a revocation above everything, for this key only", () => {
    expect(judge(`${line("alpha", shown)}\n${line("*", shown, "@revoked ")}`)).toBe("revoked");
    expect(judge(`${line("alpha", shown)}\n${line("*", other, "@revoked ")}`)).toBe("trusted");
    expect(judge(line("*", other, "@revoked "))).toBe("unknown");
  });

  it("does not take a key for a certificate of a trusted authority", () => {
    expect(judge(line("*", shown, "@cert-authority "))).toBe("authority-only");
    expect(judge(`${line("*", other, "@cert-authority ")}\n${line("alpha", shown)}`)).toBe("trusted");
  });

  it("keeps ports apart, but accepts the plain name's own key on another port, as OpenSSH does", () => {
    expect(judge(line("[alpha]:2222", shown), 2222)).toBe("trusted");
    expect(judge(line("[alpha]:2222", shown), 22)).toBe("unknown");
    expect(judge(line("alpha", shown), 2222)).toBe("trusted");
    expect(judge(line("alpha", other), 2222)).toBe("unknown");
    expect(judge(`${line("[alpha]:2222", other)}\n${line("alpha", shown)}`, 2222)).toBe("changed");
  });

  it("looks under the alias alone where there is one", () => {
    expect(judge(line("vm-1", shown), 2222, "VM-1")).toBe("trusted");
    expect(judge(line("alpha", shown), 22, "vm-1")).toBe("unknown");
  });

  it("skips lines whose key is not what the line says", () => {
    expect(parseKnownHosts(`alpha ssh-rsa ${shown.key}`)).toEqual([]);
    expect(parseKnownHosts("alpha ssh-ed25519 ????")).toEqual([]);
    expect(toHostKey(Buffer.from([0, 0, 0, 255, 1]))).toBeUndefined();
  });

  it("takes its time from no pattern, however mean", () => {
    const started = performance.now();
    expect(matchesHost(`${"*a".repeat(60)}b`, "a".repeat(250))).toBe(false);
    expect(performance.now() - started).toBeLessThan(200);
  });
});
