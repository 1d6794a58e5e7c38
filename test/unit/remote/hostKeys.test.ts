import { execFile as startFile } from "node:child_process";
import { promisify } from "node:util";
import { readFile, stat, writeFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { fingerprint } from "../../../src/remote/knownHosts.ts";
import { startSshd, type Sshd, type SshdOptions } from "../../sandbox/sshd.ts";
import {
  createFakeAsk,
  createHome,
  createTestRemote,
  errorOf,
  faultCount,
  forever,
  host,
  output,
  type Home,
} from "./support.ts";

const execFile = promisify(startFile);
let home: Home;
const running: Sshd[] = [];

beforeAll(async () => {
  home = await createHome();
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  await writeFile(home.trustFile, "").catch(() => undefined);
});
afterAll(() => home.remove());

async function start(name: string, options: Partial<SshdOptions> = {}): Promise<Sshd> {
  const server = await startSshd({
    directory: home.file(name),
    logLevel: "DEBUG2",
    environment: { HOME: home.directory },
    ...options,
  });
  running.push(server);
  return server;
}

const fingerprintOf = (server: Sshd): string => fingerprint(server.hostKeyPublic.split(" ")[1] ?? "");

/** How often a client has asked to be let in, by the server's own account. */
async function authenticationRequests(server: Sshd): Promise<number> {
  const log = await readFile(server.logFile, "utf8");
  return log.split("userauth-request").length - 1;
}

/** What the user's own ssh, which knows nothing of our file, says to the host. */
async function ownSsh(): Promise<string> {
  const words = ["-F", home.configFile, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "box", "true"];
  const error: unknown = await execFile("ssh", words).catch((reason: unknown) => reason);
  return error instanceof Error && "stderr" in error ? String(error.stderr) : "";
}

describe("first contact", () => {
  it("is never made in the background, and names the fingerprint", async () => {
    const server = await start("a");
    await home.know();
    await home.configure(server.sshConfig("box"));
    const ask = createFakeAsk({ trust: true });
    const before = await authenticationRequests(server);
    const error = await errorOf(createTestRemote(home, { ask }).openSession(host("box"), "background", forever));
    expect(error.code).toBe("host-key-unknown");
    expect(error.message).toContain(fingerprintOf(server));
    expect(ask.hostKeys).toEqual([]);
    expect(await authenticationRequests(server)).toBe(before);
  });

  it("asks once with the fingerprint, and remembers the answer privately", async () => {
    const server = await start("a");
    await home.know();
    await home.configure(server.sshConfig("box"));
    const ask = createFakeAsk({ trust: true });
    const remote = createTestRemote(home, { ask });
    (await remote.openSession(host("box"), "interactive", forever)).close();
    (await remote.openSession(host("box"), "background", forever)).close();
    expect(ask.hostKeys).toEqual([
      {
        host: "127.0.0.1",
        port: server.port,
        keyType: "ssh-ed25519",
        fingerprint: fingerprintOf(server),
        trustedFingerprints: [],
      },
    ]);
    expect(await readFile(home.trustFile, "utf8")).toBe(server.knownHosts);
    expect(await readFile(home.knownHosts, "utf8")).toBe("");
    expect((await stat(home.trustFile)).mode & 0o777).toBe(0o600);
    expect((await stat(home.file("ours"))).mode & 0o777).toBe(0o700);
  });

  it("sends nothing when the user says no", async () => {
    const server = await start("a");
    await home.know();
    await home.configure(server.sshConfig("box"));
    const before = await authenticationRequests(server);
    const remote = createTestRemote(home, { ask: createFakeAsk({ trust: false }) });
    const error = await errorOf(remote.openSession(host("box"), "interactive", forever));
    expect(error.code).toBe("host-key-unknown");
    expect(await authenticationRequests(server)).toBe(before);
    expect(await readFile(home.trustFile, "utf8").catch(() => "")).toBe("");
  });
});

describe("a host key on record", () => {
  it("of one type is asked for by that type, so that another type cannot pass for a first contact", async () => {
    const rsa = await start("rsa", { hostKeyType: "rsa" });
    const ecdsaKey = (await start("ecdsa", { hostKeyType: "ecdsa" })).hostKeyFile;
    const both = await start("rsa and ecdsa", { settings: [`HostKey "${ecdsaKey}"`, `HostKey "${rsa.hostKeyFile}"`] });
    const rsaLine = `[127.0.0.1]:${both.port} ${rsa.hostKeyPublic}\n`;
    await writeFile(home.knownHosts, rsaLine);
    await home.configure(both.sshConfig("box"));
    (await createTestRemote(home).openSession(host("box"), "background", forever)).close();
  });

  it("of a type that the host no longer has is a changed key", async () => {
    const server = await start("a");
    const rsa = await start("rsa", { hostKeyType: "rsa" });
    await writeFile(home.knownHosts, `[127.0.0.1]:${server.port} ${rsa.hostKeyPublic}\n`);
    await home.configure(server.sshConfig("box"));
    const ask = createFakeAsk({ trust: true });
    const error = await errorOf(createTestRemote(home, { ask }).openSession(host("box"), "interactive", forever));
    expect(error.code).toBe("host-key-changed");
    expect(ask.hostKeys).toEqual([]);
  });

  it("that is revoked is refused though it is also trusted", async () => {
    const server = await start("a");
    await writeFile(home.knownHosts, `${server.knownHosts}@revoked * ${server.hostKeyPublic}\n`);
    await home.configure(server.sshConfig("box"));
    const error = await errorOf(createTestRemote(home).openSession(host("box"), "interactive", forever));
    expect(error.code).toBe("host-key-changed");
    expect(error.message).toContain("revoked");
  });

  it("is found under its HostKeyAlias", async () => {
    const server = await start("a");
    await writeFile(home.knownHosts, `vm-7 ${server.hostKeyPublic}\n`);
    await home.configure(server.sshConfig("box"), "  HostKeyAlias vm-7");
    (await createTestRemote(home).openSession(host("box"), "background", forever)).close();
  });

  it("cannot be checked against a file that cannot be read, and nothing is trusted then", async () => {
    const server = await start("a");
    await home.configure(server.sshConfig("box"), `  GlobalKnownHostsFile /proc/self/mem`);
    const error = await errorOf(createTestRemote(home).openSession(host("box"), "background", forever));
    expect(error.code).toBe("storage");
  });
});

describe("a changed host key (F-06)", () => {
  it("is refused before authentication, however often it changes", { timeout: 600_000 }, async () => {
    const count = faultCount(5, 200);
    const trusted = await start("a");
    await home.know(trusted);
    const port = trusted.port;
    await home.configure(trusted.sshConfig("box"));
    const ask = createFakeAsk({ trust: true });
    const remote = createTestRemote(home, { ask });
    let server = trusted;
    let accepted = 0;
    for (let swap = 0; swap < count; swap += 1) {
      await server.stop();
      server = await start("impostor", { port });
      const mode = swap % 2 === 0 ? "background" : "interactive";
      const error = await errorOf(
        remote.openSession(host("box"), mode, forever).then((session) => {
          accepted += 1;
          session.close();
        }),
      );
      expect(error.code).toBe("host-key-changed");
      await server.stop();
      server = await start("a", { port });
      (await remote.openSession(host("box"), "background", forever)).close();
    }
    const impostor = await start("impostor");
    expect(await authenticationRequests(impostor)).toBe(0);
    expect(await readFile(impostor.logFile, "utf8")).toContain("SSH2_MSG_KEXINIT received");
    // The same measure finds the requests that were made to the real server.
    expect(await authenticationRequests(trusted)).toBeGreaterThanOrEqual(count);
    expect(accepted).toBe(0);
    expect(ask.hostKeys).toEqual([]);
  });

  it("is replaced by the user's own act alone, with both fingerprints shown", async () => {
    const old = await start("a");
    const port = old.port;
    await home.know();
    await home.configure(old.sshConfig("box"));
    const first = createTestRemote(home, { ask: createFakeAsk({ trust: true }) });
    (await first.openSession(host("box"), "interactive", forever)).close();
    await old.stop();
    const reinstalled = await start("reinstalled", { port });

    const refusing = createTestRemote(home, { ask: createFakeAsk({ trust: false }) });
    expect((await errorOf(refusing.retrust(host("box"), forever))).code).toBe("host-key-changed");
    expect(await readFile(home.trustFile, "utf8")).toBe(old.knownHosts);

    const ask = createFakeAsk({ trust: true });
    const remote = createTestRemote(home, { ask });
    expect(await remote.retrust(host("box"), forever)).toEqual([]);
    expect(ask.hostKeys).toMatchObject([
      { fingerprint: fingerprintOf(reinstalled), trustedFingerprints: [fingerprintOf(old)] },
    ]);
    expect(await readFile(home.trustFile, "utf8")).toBe(reinstalled.knownHosts);
    expect(await authenticationRequests(reinstalled)).toBe(0);
  });

  it("is told of where the user's own ssh goes on refusing it, with the command that ends that", async () => {
    const old = await start("a");
    const { port } = old;
    const reinstalled = await start("reinstalled");
    const other = home.file("other hosts");
    await home.know(old);
    await execFile("ssh-keygen", ["-q", "-H", "-f", home.knownHosts]); // hashed, as many systems have it
    await writeFile(other, `127.0.0.*,[127.0.0.*]:* ${old.hostKeyPublic}\n`);
    await home.configure(old.sshConfig("box"), `  GlobalKnownHostsFile "${other}"`);
    await old.stop();
    await reinstalled.stop();
    await start("reinstalled", { port });

    const remote = createTestRemote(home, { ask: createFakeAsk({ trust: true }) });
    const [stale, byHand, ...more] = await remote.retrust(host("box"), forever);
    const removal = ["ssh-keygen", "-R", `[127.0.0.1]:${port}`, "-f", home.knownHosts];
    expect([stale, byHand, more]).toEqual([{ file: home.knownHosts, removal }, { file: other }, []]);
    expect(await ownSsh()).toContain("REMOTE HOST IDENTIFICATION HAS CHANGED");

    const [program = "", ...words] = stale?.removal ?? [];
    await execFile(program, words);
    await writeFile(other, "");
    expect(await ownSsh()).toContain("No ED25519 host key is known for");
    expect(await remote.retrust(host("box"), forever)).toEqual([]);
  });

  it("keeps the connection that is open through a change of session keys", async () => {
    const server = await start("rekey", { settings: ["RekeyLimit 1M"] });
    await home.know(server);
    await home.configure(server.sshConfig("box"));
    const session = await createTestRemote(home).openSession(host("box"), "background", forever);
    const text = await output(session, "head -c 3500000 /dev/zero | tr '\\0' x");
    expect(text.length).toBe(3_500_000);
    expect(await output(session, "echo after")).toBe("after\n");
    session.close();
    expect((await readFile(server.logFile, "utf8")).split("rekey").length).toBeGreaterThan(1);
  });
});
