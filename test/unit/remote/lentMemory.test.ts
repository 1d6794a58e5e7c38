import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import net from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textOfUtf8 } from "../../../src/core/utf8.ts";
import { startSshd, type Sshd } from "../../sandbox/sshd.ts";
import { createHome, createTestRemote, forever, host, output, until, type Home } from "./support.ts";

const CIPHERS: readonly (readonly [string, string])[] = [
  ["aes128-gcm@openssh.com", "hmac-sha2-256"],
  ["chacha20-poly1305@openssh.com", "hmac-sha2-256"],
  ["aes128-ctr", "hmac-sha2-256-etm@openssh.com"],
  ["aes256-ctr", "hmac-sha2-512"],
];
/** Each a packet: a number and this, and a moment until the next one. */
const LINE = "0123456789".repeat(6);
const LINES = 100;

/** Lets what a server says through in pieces of many sizes, so that packets, their lengths and their tags are torn. */
class Shredder {
  /** What happens after each piece, before the next one. */
  pause: () => Promise<unknown> = nextTurn;
  private readonly server: net.Server;

  constructor(to: Sshd) {
    this.server = net.createServer({ noDelay: true }, (near) => {
      const far = net.connect({ host: to.addresses[0] ?? "", port: to.port, noDelay: true });
      near.pipe(far);
      near.on("error", () => far.destroy());
      far.on("error", () => near.destroy());
      this.shred(far, near).catch(() => near.destroy());
    });
  }

  async listen(): Promise<number> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return (this.server.address() as net.AddressInfo).port;
  }

  close(): void {
    this.server.close();
  }

  private async shred(from: net.Socket, to: net.Socket): Promise<void> {
    let size = 1;
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += size) {
        size = ((size * 7) % 251) + 1;
        to.write(chunk.subarray(at, at + size));
        await this.pause();
      }
    }
    to.end();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("memory that is lent to ssh2 and written over", () => {
  let home: Home;
  let server: Sshd;
  let shredder: Shredder;
  let port: number;

  beforeAll(async () => {
    home = await createHome();
    server = await startSshd({
      directory: home.file("server"),
      environment: { HOME: home.directory },
      settings: [`Ciphers ${CIPHERS.map(([cipher]) => cipher).join(",")}`],
    });
    shredder = new Shredder(server);
    port = await shredder.listen();
    await writeFile(home.knownHosts, `${server.knownHosts}[127.0.0.1]:${port} ${server.hostKeyPublic}\n`);
  });

  afterAll(async () => {
    shredder.close();
    await server.stop();
    await home.remove();
  });

  it.each(CIPHERS)("loses nothing of torn packets, with %s and %s", async (cipher, mac) => {
    const torn = `${server.sshConfig("torn")}  Ciphers ${cipher}\n  MACs ${mac}\n`.replace(/Port \d+/, `Port ${port}`);
    await home.configure(torn, server.sshConfig("whole"));
    const remote = createTestRemote(home);
    const session = await remote.openSession(host("torn"), "background", forever);
    const other = await remote.openSession(host("whole"), "background", forever);
    const command = `i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); echo $i ${LINE}; sleep 0.005; done; cat`;
    const stream = await session.stream(command, forever, "together");
    let text = "";
    stream.onStdout((chunk) => (text += textOfUtf8(chunk)));
    // An answer of the other session hands on what is held, so that the memory of each piece is that of the next one.
    shredder.pause = () => Promise.allSettled([output(other, "true")]);
    const all = Array.from({ length: LINES }, (_, index) => `${index + 1} ${LINE}\n`).join("");
    await until("every line has come", () => text.length >= all.length, 30_000);
    expect(text).toBe(all);
    shredder.pause = nextTurn;
    session.close();
    other.close();
  });
});
