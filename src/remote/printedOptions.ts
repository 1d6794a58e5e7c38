/** What `ssh -G` printed. It stays the text that it is: of its hundred options a handful is ever asked for. */
export class PrintedOptions {
  private readonly text: string;

  constructor(text: string) {
    this.text = `\n${text}`;
  }

  /** The values of an option, by its name in lower case: one for each time it was printed. Undefined where it was not. */
  get(name: string): readonly string[] | undefined {
    const { text } = this;
    const start = `\n${name} `;
    const values: string[] = [];
    for (let at = text.indexOf(start); at >= 0; at = text.indexOf(start, at + 1)) {
      const from = at + start.length;
      const end = text.indexOf("\n", from);
      values.push(text.slice(from, end < 0 ? text.length : end).trim());
    }
    return values.length > 0 ? values : undefined;
  }

  has(name: string): boolean {
    return this.text.includes(`\n${name} `);
  }
}
