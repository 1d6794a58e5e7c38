import { StringDecoder } from "node:string_decoder";
import type { Emitter } from "../core/event.ts";

/** stdout of a command where the caller names no limit. */
export const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;
/** stderr is for a person to read: the beginning says what is wrong. */
export const MAX_STDERR_BYTES = 64 * 1024;

/** Gathers bytes up to a limit; more is dropped, so that a runaway command cannot fill the memory. */
export class CappedOutput {
  private readonly chunks: Buffer[] = [];
  private readonly maxBytes: number;
  private size = 0;
  private dropped = false;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get truncated(): boolean {
    return this.dropped;
  }

  add(chunk: Buffer): void {
    const room = this.maxBytes - this.size;
    if (chunk.length > room) this.dropped = true;
    const kept = chunk.length > room ? chunk.subarray(0, room) : chunk;
    if (kept.length === 0) return;
    this.chunks.push(kept);
    this.size += kept.length;
  }

  /** Decoded at the end, so that a character cut between two chunks is whole again. */
  text(): string {
    return Buffer.concat(this.chunks).toString("utf8");
  }
}

/** Hands on what arrives as text. Characters cut between two pieces are held back until they are whole. */
export function forwardText(readable: NodeJS.ReadableStream, emitter: Emitter<string>): void {
  const decoder = new StringDecoder("utf8");
  readable.on("data", (chunk: Buffer) => {
    const text = decoder.write(chunk);
    if (text.length > 0) emitter.fire(text);
  });
}
