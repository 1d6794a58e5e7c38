import net from "node:net";
import type { Delivery } from "../core/session.ts";

export interface Receiver {
  /** It tells what arrives as any socket does, "data" by "data". Paused, so that nothing is told before it is resumed. */
  readonly socket: net.Socket;
  /** "at once" to begin with. What is held when this changes goes on with the next arrival, or when its time comes. */
  delivery: Delivery;
}

/** A reading may be a second late, and what waits longer is no faster to read. */
const LONGEST_HELD_MS = 250;
/** What Node reads at once at most; also what is held at most. */
const BUFFER_BYTES = 64 * 1024;
/** What is larger is no mere reading. */
const MOST_HELD_BYTES = 16 * 1024;

/**
 * What arrives on hundreds of connections comes a packet at a time, a few milliseconds after that of another host. Each
 * finds the caches of the processor emptied, and takes four times as long to decrypt and read as many do in a row. So a
 * connection on which nobody waits for an answer holds what it receives until it can be handed on together with what
 * the others hold. All of them also share the memory that they read into: Node takes 64 KiB for each packet, and leaves
 * a buffer of its own for each.
 */
export class Reception {
  private readonly received = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  /** Filled once, from its beginning to its end: whoever gets a piece of it may keep it. */
  private shelf = Buffer.alloc(0);
  private used = 0;
  /** What is held: from here on one piece after the other, each with who received it and where it ends. */
  private heldFrom = 0;
  private receivers: Receiver[] = [];
  private ends: number[] = [];
  private timer: NodeJS.Timeout | undefined;

  connect(options: net.TcpNetConnectOpts): Receiver {
    const onread = { buffer: this.received, callback: (length: number) => this.receive(receiver, length) };
    const receiver: Receiver = { socket: net.connect({ ...options, onread }).pause(), delivery: "at once" };
    // Nothing of a connection is told after its end.
    receiver.socket.once("end", () => this.handOn());
    return receiver;
  }

  /** Node reads on while this is true. How much a peer may send is for SSH to say. */
  private receive(receiver: Receiver, length: number): true {
    if (length > MOST_HELD_BYTES) {
      this.handOn();
      receiver.socket.emit("data", Buffer.from(this.received.subarray(0, length)));
      return true;
    }
    if (this.used + length > this.shelf.length) this.clearShelf();
    this.received.copy(this.shelf, this.used, 0, length);
    this.used += length;
    this.receivers.push(receiver);
    this.ends.push(this.used);
    if (receiver.delivery === "at once") this.handOn();
    else this.timer ??= setTimeout(() => this.handOn(), LONGEST_HELD_MS);
    return true;
  }

  private clearShelf(): void {
    this.handOn();
    this.shelf = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.used = 0;
    this.heldFrom = 0;
  }

  private handOn(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { shelf, receivers, ends } = this;
    if (receivers.length === 0) return;
    let from = this.heldFrom;
    this.receivers = [];
    this.ends = [];
    this.heldFrom = this.used;
    // Not by entries, each of which would leave a pair of objects.
    for (let place = 0, receiver = receivers[place]; receiver; receiver = receivers[++place]) {
      const end = ends[place] ?? from;
      if (!receiver.socket.destroyed) receiver.socket.emit("data", shelf.subarray(from, end));
      from = end;
    }
  }
}
