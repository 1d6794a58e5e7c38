/** What has arrived of a line whose end has not. */
export class LineStart {
  private held = new Uint8Array();
  length = 0;

  get bytes(): Uint8Array {
    return this.held.subarray(0, this.length);
  }

  add(piece: Uint8Array): void {
    const length = this.length + piece.length;
    if (length > this.held.length) {
      const larger = new Uint8Array(length * 2);
      larger.set(this.bytes);
      this.held = larger;
    }
    this.held.set(piece, this.length);
    this.length = length;
  }

  /** What `bytes` gave out stays as it is. */
  clear(): void {
    this.held = new Uint8Array();
    this.length = 0;
  }
}
