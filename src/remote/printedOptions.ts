/**
 * What `ssh -G` printed, as it was printed: of its hundred options a handful is ever asked for. Bytes lie outside of the
 * memory that collections walk through.
 */
export class PrintedOptions {
  private readonly bytes: Buffer;

  constructor(text: string) {
    this.bytes = Buffer.from(`\n${text}`);
  }

  /** The values of an option, by its name in lower case: one for each time it was printed. Undefined where it was not. */
  get(name: string): readonly string[] | undefined {
    const { bytes } = this;
    const start = `\n${name} `;
    const values: string[] = [];
    for (let at = bytes.indexOf(start); at >= 0; at = bytes.indexOf(start, at + 1)) {
      const from = at + start.length;
      const end = bytes.indexOf("\n", from);
      values.push(bytes.toString("utf8", from, end < 0 ? bytes.length : end).trim());
    }
    return values.length > 0 ? values : undefined;
  }

  has(name: string): boolean {
    return this.bytes.includes(`\n${name} `);
  }
}
