import net from "node:net";
import type { Delivery } from "../core/session.ts";

/** Whether what is told may be kept, or is written over after the call in which it was told. */
export type PieceMemory = "kept" | "lent";

export interface Receiver {
  /** Emits "data" for what arrives, as usual. Paused to begin with: the server speaks first, and nobody listens yet. */
  readonly socket: net.Socket;
  /** "at once" to begin with. What is held when this changes goes on with what arrives next, or when its time comes. */
  delivery: Delivery;
  /** Of what is told together. "kept" to begin with. */
  memory: PieceMemory;
}

/** A reading may be a second late, and what waits longer is no faster to read. */
const LONGEST_HELD_MS = 250;
/** What Node reads at once at most; also what is held of all connections at most. */
const BUFFER_BYTES = 64 * 1024;
/** What is larger is no mere reading. */
const MOST_HELD_BYTES = 16 * 1024;

/**
 * What arrives on hundreds of connections comes a packet at a time, a few milliseconds after that of another host. Each
 * finds the caches of the processor emptied, and takes four times as long to decrypt and read as many do in a row. So a
 * connection on which nobody waits for an answer holds what it receives until it can be handed on together with what
 * the others hold. They also share the memory for it: Node takes a buffer of 64 KiB for each packet and leaves what was
 * filled of it, 0.4 MB a second for 500 hosts.
 */
export class Reception {
  private readonly received = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  /** What is held and lent; empty again once all is handed on. */
  private readonly shelf = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  private used = 0;
  private heldBytes = 0;
  private receivers: Receiver[] = [];
  private pieces: Buffer[] = [];
  private timer: NodeJS.Timeout | undefined;

  connect(options: net.TcpNetConnectOpts): Receiver {
    const onread = { buffer: this.received, callback: (length: number) => this.receive(receiver, length) };
    const socket = net.connect({ ...options, onread }).pause();
    const receiver: Receiver = { socket, delivery: "at once", memory: "kept" };
    // Nothing of a connection is told after its end; what is held when the peer resets it is lost with it.
    socket.once("end", () => this.handOn());
    return receiver;
  }

  /** Node reads on while this is true. How much a peer may send is for SSH to say. */
  private receive(receiver: Receiver, length: number): true {
    if (receiver.delivery === "at once" || length > MOST_HELD_BYTES) {
      this.handOn();
      tell(receiver, this.copied(length));
      return true;
    }
    if (this.heldBytes + length > BUFFER_BYTES) this.handOn();
    this.heldBytes += length;
    this.pieces.push(receiver.memory === "lent" ? this.shelved(length) : this.copied(length));
    this.receivers.push(receiver);
    this.timer ??= setTimeout(() => this.handOn(), LONGEST_HELD_MS);
    return true;
  }

  /** With a buffer of its own: whoever keeps a small piece must not keep many others alive by it. */
  private copied(length: number): Buffer {
    const piece = Buffer.allocUnsafeSlow(length);
    this.received.copy(piece, 0, 0, length);
    return piece;
  }

  private shelved(length: number): Buffer {
    const from = this.used;
    this.used += length;
    this.received.copy(this.shelf, from, 0, length);
    return this.shelf.subarray(from, this.used);
  }

  private handOn(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { receivers, pieces } = this;
    if (receivers.length === 0) return;
    this.receivers = [];
    this.pieces = [];
    // Not by entries, each of which would leave a pair of objects.
    for (let place = 0, receiver = receivers[place]; receiver; receiver = receivers[++place]) {
      tell(receiver, pieces[place]);
    }
    this.used = 0;
    this.heldBytes = 0;
  }
}

/** Never throws: a connection that chokes on its bytes ends by that, and costs the others none of theirs. */
function tell({ socket }: Receiver, piece: Buffer | undefined): void {
  if (!piece || socket.destroyed) return;
  try {
    socket.emit("data", piece);
  } catch (error) {
    endBy(error, socket);
  }
}

function endBy(error: unknown, socket: net.Socket): void {
  if (!socket.destroyed) {
    socket.destroy(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  // Nobody listens for its errors any more. Thrown later, it is still heard of.
  setImmediate(() => {
    throw error;
  });
}
