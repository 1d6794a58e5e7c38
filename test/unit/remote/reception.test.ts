import { once } from "node:events";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Reception, type Receiver } from "../../../src/remote/reception.ts";

/** Connections between a reception and a real server, whose ends the test has in its hands. */
class Wires {
  readonly reception = new Reception();
  private readonly server = net.createServer({ noDelay: true });
  private readonly sockets: net.Socket[] = [];
  /** What was told, by which connection, and in which turn of the event loop. */
  readonly told: { readonly name: string; readonly piece: Buffer; readonly turn: number }[] = [];
  private turn = 0;

  async listen(): Promise<number> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return (this.server.address() as net.AddressInfo).port;
  }

  async connect(name: string, options: Partial<net.TcpNetConnectOpts> = {}): Promise<Wire> {
    const port = this.server.listening ? (this.server.address() as net.AddressInfo).port : await this.listen();
    const accepted = once(this.server, "connection") as Promise<[net.Socket]>;
    const receiver = this.reception.connect({ host: "127.0.0.1", port, noDelay: true, ...options });
    const { socket } = receiver;
    socket.on("data", (piece: Buffer) => {
      if (this.told.length === 0 || this.told.at(-1)?.turn === this.turn) setImmediate(() => this.turn++);
      this.told.push({ name, piece, turn: this.turn });
    });
    await once(socket, "connect");
    socket.resume();
    const [far] = await accepted;
    far.setNoDelay(true);
    this.sockets.push(socket, far);
    return { receiver, far };
  }

  /** Waits until as many bytes were told in all. */
  async until(bytes: number): Promise<void> {
    const { sockets } = this;
    while (this.bytes < bytes) await Promise.race(sockets.map((socket) => once(socket, "data")));
  }

  get bytes(): number {
    return this.told.reduce((sum, { piece }) => sum + piece.length, 0);
  }

  get words(): readonly string[] {
    return this.told.map(({ name, piece }) => `${name}: ${piece.toString()}`);
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

interface Wire {
  readonly receiver: Receiver;
  readonly far: net.Socket;
}

describe("what arrives on many connections", () => {
  let wires: Wires;

  // Whether a busy machine lets a quarter of a second pass between two packets is nothing to test.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    wires = new Wires();
  });

  afterEach(() => {
    vi.useRealTimers();
    wires.close();
  });

  it("is told at once where somebody waits", async () => {
    const { far } = await wires.connect("one");
    far.write("first");
    await wires.until(5);
    far.write("second");
    await wires.until(11);
    expect(wires.words).toEqual(["one: first", "one: second"]);
  });

  it("is told in one turn where nobody does, each in its own order", async () => {
    const one = await wires.connect("one");
    const other = await wires.connect("other");
    one.receiver.delivery = "together";
    other.receiver.delivery = "together";
    one.far.write("a");
    await arrival(one);
    other.far.write("b");
    await arrival(other);
    one.far.write("c");
    await arrival(one);
    vi.advanceTimersByTime(249);
    expect(wires.words).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(wires.words).toEqual(["one: a", "other: b", "one: c"]);
    expect(new Set(wires.told.map(({ turn }) => turn)).size).toBe(1);
  });

  it("goes on with what somebody waits for, in front of it", async () => {
    const { receiver, far } = await wires.connect("one");
    receiver.delivery = "together";
    far.write("reading ");
    await arrival({ receiver });
    receiver.delivery = "at once";
    expect(wires.words).toEqual([]);
    far.write("answer");
    await wires.until(14);
    expect(wires.words).toEqual(["one: reading ", "one: answer"]);
  });

  it("goes on with a large piece, in front of it", async () => {
    const { receiver, far } = await wires.connect("one");
    receiver.delivery = "together";
    far.write("small");
    await arrival({ receiver });
    far.write(Buffer.alloc(300_000, "x"));
    while (receiver.socket.bytesRead < 300_005) await arrival({ receiver });
    expect(wires.bytes).toBeGreaterThan(0);
    vi.advanceTimersByTime(250);
    const all = Buffer.concat(wires.told.map(({ piece }) => piece)).toString();
    expect(all).toBe(`small${"x".repeat(300_000)}`);
  });

  it("is told before the end, and not after it was given up", async () => {
    const ending = await wires.connect("ending");
    const dropped = await wires.connect("dropped");
    ending.receiver.delivery = "together";
    dropped.receiver.delivery = "together";
    dropped.far.write("unheard");
    await arrival(dropped);
    dropped.receiver.socket.destroy();
    vi.advanceTimersByTime(250);
    const order: string[] = [];
    ending.receiver.socket.once("end", () => order.push(`end after ${wires.bytes}`));
    ending.far.end("last words");
    await once(ending.receiver.socket, "end");
    expect(wires.words).toEqual(["ending: last words"]);
    expect(order).toEqual(["end after 10"]);
  });

  it.each(["kept", "lent"] as const)("is handed on before more than fits is held: %s", async (memory) => {
    const { receiver, far } = await wires.connect("one");
    receiver.delivery = "together";
    receiver.memory = memory;
    let heard = "";
    receiver.socket.on("data", (piece: Buffer) => (heard += piece.toString()));
    let sent = "";
    for (let line = 0; sent.length < 200_000; line++) {
      const text = `${line} `.padEnd(1_600, "-");
      sent += text;
      far.write(text);
      await arrival({ receiver });
      expect(sent.length - heard.length).toBeLessThanOrEqual(65_536);
    }
    vi.advanceTimersByTime(250);
    expect(heard).toBe(sent);
  });

  it("reaches the others where one connection chokes on it, which ends by that", async () => {
    const one = await wires.connect("one");
    const other = await wires.connect("other");
    for (const { receiver } of [one, other]) receiver.delivery = "together";
    one.receiver.socket.on("data", () => {
      throw new Error("choked");
    });
    const ended = once(one.receiver.socket, "error") as Promise<[Error]>;
    one.far.write("a");
    await arrival(one);
    other.far.write("b");
    await arrival(other);
    vi.advanceTimersByTime(250);
    expect(wires.words).toEqual(["one: a", "other: b"]);
    expect((await ended)[0].message).toBe("choked");
  });

  it("stays what it was for whoever keeps it, however much follows", async () => {
    const { receiver, far } = await wires.connect("one");
    receiver.delivery = "together";
    let sent = "";
    for (let line = 0; sent.length < 500_000; line++) {
      const text = `${line} `.padEnd(1_600, "-");
      sent += text;
      far.write(text);
      await arrival({ receiver });
    }
    vi.advanceTimersByTime(250);
    const all = Buffer.concat(wires.told.map(({ piece }) => piece)).toString();
    expect(all).toBe(sent);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("stands in memory that is used again only where that was agreed", async () => {
    const { receiver, far } = await wires.connect("one");
    receiver.delivery = "together";
    receiver.memory = "lent";
    const heard: string[] = [];
    receiver.socket.on("data", (piece: Buffer) => heard.push(piece.toString()));
    for (const text of ["one", "two"]) {
      far.write(text);
      await arrival({ receiver });
      vi.advanceTimersByTime(250);
    }
    expect(heard).toEqual(["one", "two"]);
    expect(wires.words).toEqual(["one: two", "one: two"]);
  });

  it("arrives too where the first of several addresses refuses", async () => {
    const lookup: net.LookupFunction = (_name, _options, found) => {
      found(null, [
        { address: "127.0.0.2", family: 4 },
        { address: "127.0.0.1", family: 4 },
      ]);
    };
    const { far } = await wires.connect("one", { host: "some.where", lookup });
    far.write("hello");
    await wires.until(5);
    expect(wires.words).toEqual(["one: hello"]);
  });
});

/** Until the reception has read what was sent: a socket counts its bytes whether or not they were told. */
async function arrival({ receiver: { socket } }: Pick<Wire, "receiver">): Promise<void> {
  const before = socket.bytesRead;
  while (socket.bytesRead === before) await new Promise((resolve) => setImmediate(resolve));
}
