import { execFile } from "node:child_process";
import { promisify } from "node:util";
import ssh2, { type ParsedKey } from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMaterial } from "../../../src/remote/hostFacts.ts";
import { parseHostOptions } from "../../../src/remote/hostOptions.ts";
import { readHostRecords } from "../../../src/remote/hostKeyPolicy.ts";
import { KeyRing } from "../../../src/remote/keyRing.ts";
import { createHome, forever, type Home } from "./support.ts";

const run = promisify(execFile);
let home: Home;

beforeAll(async () => {
  home = await createHome();
  for (const type of ["ed25519", "ecdsa", "rsa"]) {
    await run("ssh-keygen", ["-q", "-t", type, "-N", "", "-f", home.file(type)]);
  }
});
afterAll(() => home.remove());

async function openRing(...types: readonly string[]): Promise<KeyRing> {
  const local = {
    ...{ home: home.directory, name: "me", hostName: "here", environment: {} },
    platform: process.platform,
  };
  const files = types.map((type) => `identityfile ${home.file(type).replaceAll("%", "%%")}\n`);
  const options = parseHostOptions(`hostname 10.0.0.7\nuser me\nport 22\n${files.join("")}`, "box", local);
  if (!options) throw new Error("These are not the options of a host.");
  const material = await findMaterial(options, await readHostRecords(options, home.trustFile), local);
  return KeyRing.open({ options, material, unlocked: new Map(), signal: forever });
}

function offered(ring: KeyRing): readonly ParsedKey[] {
  let keys: readonly ParsedKey[] = [];
  ring.getIdentities((_, found) => (keys = (found ?? []).filter((key): key is ParsedKey => "verify" in key)));
  return keys;
}

function sign(ring: KeyRing, key: ParsedKey): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    ring.sign(key, Buffer.from("to be signed"), {}, (error, signature) => {
      if (signature) resolve(signature);
      else reject(error ?? new Error("Neither a signature nor an error."));
    });
  });
}

describe("the keys offered to a host", () => {
  it.each(["ed25519", "ecdsa", "rsa"])("are shown by their public halves only, and sign: %s", async (type) => {
    const ring = await openRing(type);
    const [key] = offered(ring);
    if (!key) throw new Error("No key is offered.");
    expect(key.isPrivateKey()).toBe(false);
    expect(key.verify(Buffer.from("to be signed"), await sign(ring, key))).toBe(true);
  });

  it("answer with an error where a key is none of them, so that nobody waits", async () => {
    const ring = await openRing("ed25519");
    const [stranger] = offered(await openRing("rsa"));
    if (!stranger) throw new Error("No key is offered.");
    await expect(sign(ring, stranger)).rejects.toThrow("not one of those");
  });

  it("are gone once they are no longer needed", async () => {
    const ring = await openRing("ed25519", "rsa");
    const keys = offered(ring);
    expect(ring.size).toBe(2);
    ring.release();
    expect(ring.size).toBe(0);
    for (const key of keys) await expect(sign(ring, key)).rejects.toThrow("not one of those");
  });

  it("are those that ssh-keygen reads from the files", async () => {
    const [key] = offered(await openRing("ed25519"));
    const { stdout } = await run("ssh-keygen", ["-y", "-f", home.file("ed25519")]);
    const expected = ssh2.utils.parseKey(stdout) as ParsedKey;
    expect(key?.getPublicSSH().equals(expected.getPublicSSH())).toBe(true);
  });
});
