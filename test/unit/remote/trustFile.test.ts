import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addTrusted, replaceTrusted } from "../../../src/remote/trustFile.ts";
import { createHome, errorOf, faultCount, type Home } from "./support.ts";

const run = promisify(execFile);
const KEY = { type: "ssh-ed25519", key: "AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB" };
const OTHER = { type: "ssh-ed25519", key: "AAAAC3NzaC1lZDI1NTE5AAAAIAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC" };
const BOX = { hostName: "Box", port: 2222 };

let home: Home;
beforeAll(async () => {
  home = await createHome();
});
afterAll(() => home.remove());

describe("our record of host keys", () => {
  it("is made private, takes each key once, and is read by ssh-keygen", async () => {
    const file = home.file("new/known_hosts");
    await addTrusted(file, BOX, KEY);
    await addTrusted(file, BOX, KEY);
    await addTrusted(file, { hostName: "other", port: 22 }, OTHER);
    expect(await readFile(file, "utf8")).toBe(`[box]:2222 ssh-ed25519 ${KEY.key}\nother ssh-ed25519 ${OTHER.key}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await run("ssh-keygen", ["-F", "[box]:2222", "-f", file])).stdout).toContain(KEY.key);
    expect(await readdir(home.file("new"))).toEqual(["known_hosts"]);
  });

  it("keeps what else stands there, and a last line without an end", async () => {
    const file = home.file("kept");
    await writeFile(file, `# mine\nfoo ssh-ed25519 ${OTHER.key}`);
    await addTrusted(file, BOX, KEY);
    expect(await readFile(file, "utf8")).toBe(
      `# mine\nfoo ssh-ed25519 ${OTHER.key}\n[box]:2222 ssh-ed25519 ${KEY.key}\n`,
    );
  });

  it("forgets the keys of exactly one host when they are replaced", async () => {
    const file = home.file("replaced");
    const rest = `# mine\nbox ssh-ed25519 ${KEY.key}\n* ssh-ed25519 ${KEY.key}\n@revoked [box]:2222 ssh-ed25519 ${KEY.key}\n`;
    await writeFile(file, `${rest}[box]:2222 ssh-ed25519 ${KEY.key}\n`);
    await replaceTrusted(file, BOX, OTHER);
    expect(await readFile(file, "utf8")).toBe(`${rest}[box]:2222 ssh-ed25519 ${OTHER.key}\n`);
  });

  it("loses nothing when several windows write at once", { timeout: 60_000 }, async () => {
    const file = home.file("shared/known_hosts");
    const writers = faultCount(12, 40);
    await Promise.all(
      Array.from({ length: writers }, (_, port) => addTrusted(file, { hostName: "box", port: port + 1 }, KEY)),
    );
    const lines = (await readFile(file, "utf8")).trim().split("\n");
    expect(new Set(lines).size).toBe(writers);
  });

  it("is left alone where it cannot be read or written", async () => {
    await mkdir(home.file("folder/known_hosts"), { recursive: true });
    expect((await errorOf(addTrusted(home.file("folder/known_hosts"), BOX, KEY))).code).toBe("storage");
    await writeFile(home.file("file"), "");
    expect((await errorOf(addTrusted(home.file("file/known_hosts"), BOX, KEY))).code).toBe("storage");
  });
});
