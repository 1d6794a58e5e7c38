import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mustRun } from "../../../../program.ts";
import { createSshKey, isPublicKey } from "../../../../../src/providers/aws/provisioning/keyPair.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "keys-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function written(privateKey: string): string {
  const file = path.join(folder, "key");
  rmSync(file, { force: true });
  writeFileSync(file, privateKey, { mode: 0o600 });
  return file;
}

describe("a new SSH key", () => {
  // Comments of all lengths reach every length of padding.
  it.each(["", "a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg", "gpu-dev-0123 with spaces"])(
    "is read by ssh-keygen as we say it is, with the comment %j",
    async (comment) => {
      const { privateKey, publicKey } = createSshKey(comment);
      const file = written(privateKey);
      expect((await mustRun("ssh-keygen", ["-y", "-f", file])).trim()).toBe(publicKey);
      expect(isPublicKey(publicKey)).toBe(true);
    },
  );

  it("signs what its public half verifies", async () => {
    const { privateKey, publicKey } = createSshKey("test");
    const file = written(privateKey);
    const signers = path.join(folder, "signers");
    const message = path.join(folder, "message");
    writeFileSync(signers, `jane ${publicKey}\n`);
    writeFileSync(message, ""); // what a program without standard input reads from there, too
    await mustRun("ssh-keygen", ["-Y", "sign", "-f", file, "-n", "test", message]);
    const verify = ["-Y", "verify", "-f", signers, "-I", "jane", "-n", "test", "-s", `${message}.sig`];
    expect(await mustRun("ssh-keygen", verify)).toContain('Good "test" signature for jane');
  });

  it("is another one each time", () => {
    expect(new Set(Array.from({ length: 20 }, () => createSshKey("x").publicKey)).size).toBe(20);
  });

  it("takes no comment that breaks a line", () => {
    expect(() => createSshKey("a\nb")).toThrow(RangeError);
  });
});

describe("a public key to import", () => {
  it.each([
    ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB jane@laptop", true],
    ["ssh-rsa AAAAB3NzaC1yc2E=", true],
    ["ecdsa-sha2-nistp256 AAAA jane", false],
    ["-----BEGIN OPENSSH PRIVATE KEY-----", false],
    ["ssh-ed25519 AAAA\nssh-ed25519 BBBB", false],
    [`ssh-rsa ${"A".repeat(3000)}`, false],
    ["", false],
  ])("%j: %s", (line, expected) => {
    expect(isPublicKey(line)).toBe(expected);
  });
});
