import { KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import net from "node:net";
import { once } from "node:events";
import ssh2 from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { afterKeyExchange, keepsPieces } from "../../../src/remote/keyExchange.ts";
import { textOfUtf8 } from "../../../src/core/utf8.ts";
import { startSshd, type Sshd } from "../../sandbox/sshd.ts";
import { createHome, createTestRemote, forever, host, output, type Home } from "./support.ts";

const GCM = "aes128-gcm@openssh.com";
const CIPHERS: readonly (readonly [string, string])[] = [
  ["aes128-gcm@openssh.com", "hmac-sha2-256"],
  ["aes256-gcm@openssh.com", "hmac-sha2-256"],
  ["chacha20-poly1305@openssh.com", "hmac-sha2-256"],
  ["aes128-ctr", "hmac-sha2-256-etm@openssh.com"],
  ["aes256-ctr", "hmac-sha2-512"],
];
/** Each of about 100 kB: while they are sent, the client has nothing to say. ssh2 1.17 loses its way where it does. */
const ANSWERS = 8;
const NUMBERS = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join("");

describe("a connection after its keys were exchanged", () => {
  let home: Home;
  let server: Sshd;

  beforeAll(async () => {
    home = await createHome();
    server = await startSshd({
      directory: home.file("server"),
      environment: { HOME: home.directory },
      settings: ["RekeyLimit 64K", `Ciphers ${CIPHERS.map(([cipher]) => cipher).join(",")}`],
      logLevel: "DEBUG2",
    });
    await home.know(server);
  });

  afterAll(async () => {
    await server.stop();
    await home.remove();
  });

  it.each(CIPHERS)(
    "goes on through further exchanges, with %s and %s",
    async (cipher, mac) => {
      await home.configure(`${server.sshConfig("box")}  Ciphers ${cipher}\n  MACs ${mac}\n`);
      const session = await createTestRemote(home).openSession(host("box"), "background", forever);
      expect(session.transport).toBe("ssh2");
      const before = await rekeyings();
      for (let answer = 0; answer < ANSWERS; answer += 1) {
        const { stdout } = await session.exec("seq 1 20000", { signal: forever, timeoutMs: 30_000 });
        expect(stdout).toBe(NUMBERS);
      }
      expect(await rekeyings()).toBeGreaterThan(before + ANSWERS / 2);
      session.close();
    },
    60_000,
  );

  it.each(CIPHERS)(
    "goes on through further exchanges while nobody waits, with %s and %s",
    async (cipher, mac) => {
      await home.configure(`${server.sshConfig("box")}  Ciphers ${cipher}\n  MACs ${mac}\n`);
      const session = await createTestRemote(home).openSession(host("box"), "background", forever);
      const before = await rekeyings();
      const stream = await session.stream("for i in 1 2 3 4; do seq 1 20000; sleep 0.3; done", forever, "together");
      let text = "";
      stream.onStdout((chunk) => (text += textOfUtf8(chunk)));
      await stream.ended;
      expect(text).toBe(NUMBERS.repeat(4));
      expect(await rekeyings()).toBeGreaterThan(before + 2);
      expect(await output(session, "echo alive")).toBe("alive\n");
      session.close();
    },
    60_000,
  );

  it.each(CIPHERS)("knows whether ssh2 keeps what it was given, with %s", async (cipher) => {
    expect(keepsPieces(await connected(cipher))).toBe(cipher.startsWith("chacha20"));
  });

  async function rekeyings(): Promise<number> {
    return (await readFile(server.logFile, "utf8")).split("NEWKEYS received").length - 1;
  }

  it("holds keys that are prepared once, one offer for all, and no secret of the exchange", async () => {
    const [one, other] = [inside(await connected(GCM)), inside(await connected(GCM))];
    expect(one._decipher._decipherKey).toBeInstanceOf(KeyObject);
    expect(one._cipher._encKey).toBeInstanceOf(KeyObject);
    for (const bytes of [one._decipher._tag, one._remoteIdentRaw]) {
      expect(bytes.buffer.byteLength).toBe(bytes.length);
    }
    expect(other._offer).toBe(one._offer);
    expect(Object.keys(one._kex)).toEqual(["sessionID", "negotiated"]);
  });

  /** The parts of ssh2 that are not declared: where a new version has them elsewhere, this fails. */
  async function connected(cipher: string): Promise<ssh2.Client> {
    const client = new ssh2.Client();
    client.on("handshake", () => afterKeyExchange(client));
    client.connect({
      sock: net.connect({ host: server.addresses[0] ?? "", port: server.port }),
      username: server.user,
      privateKey: await readFile(server.userKeyFile),
      algorithms: { cipher: [cipher as ssh2.CipherAlgorithm] },
      hostVerifier: () => true,
    });
    await once(client, "ready");
    client.end();
    return client;
  }
});

function inside(client: ssh2.Client): Inside {
  return (client as unknown as { readonly _protocol: Inside })._protocol;
}

interface Inside {
  readonly _decipher: { readonly _decipherKey: unknown; readonly _tag: Buffer };
  readonly _cipher: { readonly _encKey: unknown };
  readonly _offer: unknown;
  readonly _kex: object;
  readonly _remoteIdentRaw: Buffer;
}
