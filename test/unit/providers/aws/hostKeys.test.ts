import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConsoleHostKeys } from "../../../../src/providers/aws/hostKeys.ts";

/** A key as cloud-init prints it: its kind, then base64 of a blob that begins with its kind. */
function aKey(kind: string): string {
  const name = Buffer.from(kind);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return `${kind} ${Buffer.concat([length, name, randomBytes(40)]).toString("base64")}`;
}

function fingerprint(key: string): string {
  const blob = Buffer.from(key.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

function keysBlock(...keys: readonly string[]): string {
  const lines = keys.map((key) => `${key} root@ip-10-0-0-7`);
  return ["-----BEGIN SSH HOST KEY KEYS-----", ...lines, "-----END SSH HOST KEY KEYS-----"].join("\r\n");
}

function fingerprintsBlock(...keys: readonly string[]): string {
  const lines = keys.map((key) => `ec2: 256 ${fingerprint(key)} root@ip-10-0-0-7 (ED25519)`);
  const begin = "ec2: -----BEGIN SSH HOST KEY FINGERPRINTS-----";
  return [begin, ...lines, "ec2: -----END SSH HOST KEY FINGERPRINTS-----"].join("\r\n");
}

const ED25519 = aKey("ssh-ed25519");
const ECDSA = aKey("ecdsa-sha2-nistp256");

describe("host keys on a console", () => {
  it("are read from cloud-init's blocks, in the midst of everything else", () => {
    const output = `[    0.0] Linux\r\n${fingerprintsBlock(ED25519, ECDSA)}\r\nlogin: \r\n${keysBlock(ED25519, ECDSA)}\r\n`;
    expect(parseConsoleHostKeys(output)).toEqual({
      keys: [ED25519, ECDSA],
      fingerprints: [fingerprint(ED25519), fingerprint(ECDSA)],
    });
  });

  it("may have a time and a program before each line", () => {
    const output = keysBlock(ED25519)
      .split("\r\n")
      .map((line) => `[   21.5] cloud-init[1234]: ${line}`)
      .join("\n");
    expect(parseConsoleHostKeys(output).keys).toEqual([ED25519]);
  });

  it("count once when they are printed at each start", () => {
    expect(parseConsoleHostKeys(`${keysBlock(ED25519)}\n${keysBlock(ED25519)}`).keys).toEqual([ED25519]);
  });

  it.each([
    ["two different keys of a kind", `${keysBlock(ED25519)}\n${keysBlock(aKey("ssh-ed25519"))}`],
    ["a key whose fingerprint is another", `${fingerprintsBlock(ECDSA)}\n${keysBlock(ED25519)}`],
    ["a key outside of a block", `${ED25519} root@x`],
    ["a block that is cut off", keysBlock(ED25519).replace(/\r\n-----END.*$/, "")],
    ["a key that is of another kind within", keysBlock(ED25519.replace("ssh-ed25519", "ssh-rsa"))],
    ["a kind that is not known", keysBlock(aKey("ssh-dss"))],
    ["nothing", ""],
  ])("are left out of %s", (_what, output) => expect(parseConsoleHostKeys(output).keys).toEqual([]));

  it("are read in bounded time, and are well formed, whatever the console holds", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.constantFrom(
        keysBlock(ED25519),
        fingerprintsBlock(ECDSA),
        "-----BEGIN SSH HOST KEY KEYS-----",
        ED25519,
        "\r",
        "\n",
        " ",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) =>
        parseConsoleHostKeys(pieces.join("")).keys.every((key) =>
          /^(ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/]+={0,2}$/.test(key),
        ),
      ),
      { numRuns: 2000 },
    );
    const begin = performance.now();
    parseConsoleHostKeys(`-----BEGIN SSH HOST KEY KEYS-----\n${"ssh-rsa AAAA ".repeat(1_000_000)}`);
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});
