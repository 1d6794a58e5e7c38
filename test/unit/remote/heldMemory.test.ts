import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import ssh2, { type ParsedKey } from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSshd, type Sshd } from "../../sandbox/sshd.ts";
import { createHome, type Home } from "./support.ts";

const run = promisify(execFile);
/** Passes bytes between the client and the server. */
const PIPE = "const s=require('net').connect(%p,'%h');process.stdin.pipe(s);s.pipe(process.stdout)";

describe("what a living connection holds in memory", () => {
  let home: Home;
  let gate: Sshd;
  let box: Sshd;

  beforeAll(async () => {
    home = await createHome();
    gate = await startSshd({ directory: home.file("gate"), environment: { HOME: home.directory } });
    box = await startSshd({ directory: home.file("box"), environment: { HOME: home.directory } });
    const unrelated = `known-by-nobody.example.com ${box.hostKeyPublic}\n`;
    await writeFile(home.knownHosts, `${gate.knownHosts}${box.knownHosts}${unrelated}`);
  });

  afterAll(async () => {
    await Promise.all([gate.stop(), box.stop()]);
    await home.remove();
  });

  async function heldBy(...settings: readonly string[]): Promise<{ readonly said: string; readonly memory: Buffer }> {
    const boxBlock = [box.sshConfig("box").trimEnd(), "  SendEnv OF_THE_OPTIONS", ...settings].join("\n");
    await home.configure(gate.sshConfig("gate"), boxBlock);
    const snapshot = home.file("held.heapsnapshot");
    const program = path.join(import.meta.dirname, "child.ts");
    // Strings are cut in a snapshot otherwise, and the answer of `ssh -G` is longer than that.
    const flags = ["--heap-snapshot-string-limit=1000000"];
    const { stdout } = await run(process.execPath, [...flags, program, home.configFile, home.trustFile, snapshot]);
    return { said: stdout, memory: await readFile(snapshot) };
  }

  /** Lines of the private key, as the file has it and as ssh2 turns it round. */
  async function secrets(): Promise<readonly string[]> {
    const content = await readFile(box.userKeyFile, "utf8");
    const key = ssh2.utils.parseKey(content) as ParsedKey;
    const lines = [content.trim().split("\n").at(-3), key.getPrivatePEM().trim().split("\n").at(-2)];
    return lines.map((line = "") => line.slice(0, 40));
  }

  it.each<readonly [string, string, readonly string[]]>([
    ["directly", "ssh2", []],
    ["through a jump host", "ssh2", ["  ProxyJump gate"]],
    ["through a command", "ssh2", [`  ProxyCommand ${process.execPath} -e "${PIPE}"`]],
    ["by the ssh program", "openssh", ["  KnownHostsCommand /bin/true"]],
  ])(
    "is neither options nor known hosts nor a private key: %s",
    async (_, transport, settings) => {
      const { said, memory } = await heldBy(...settings);
      expect(said).toBe(`${transport} alive\n`);
      const [asWritten = "", turned = ""] = await secrets();
      const held = Object.entries({
        "the name of the host": "127.0.0.1",
        "the options": "OF_THE_OPTIONS",
        "the known hosts": "known-by-nobody.example.com",
        "the key file": asWritten,
        "the private key": turned,
      }).filter(([, text]) => text.length > 8 && memory.includes(text));
      expect(held.map(([what]) => what)).toEqual(["the name of the host"]);
    },
    60_000,
  );
});
