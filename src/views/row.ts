/** A tree item as data: what VS Code shows, before it is VS Code's. All text is plain, none of it is markup. */
export interface Row {
  readonly label: string;
  readonly description: string;
  /** Everything, as text, one fact a line. Of thousands of rows, those of a few are ever read. */
  readonly tooltip: () => readonly string[];
  readonly icon: RowIcon;
  /** One whole sentence for a screen reader. */
  readonly spoken: string;
  /** Tokens that `when` clauses match by `viewItem =~ /\btoken\b/`. */
  readonly context: readonly string[];
  readonly expandable: boolean;
}

/** A codicon and the theme colour it takes. */
export interface RowIcon {
  readonly codicon: string;
  readonly color?: string;
}

/** How a template becomes text in the user's language: `vscode.l10n.t`. */
export type Say = (template: string, ...values: (string | number)[]) => string;

/** One fact a line. A string and no Markdown, in which VS Code would make links of addresses even in escaped text. */
export function toTooltip(lines: readonly string[]): string {
  return lines.join("\n");
}
