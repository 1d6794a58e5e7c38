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
