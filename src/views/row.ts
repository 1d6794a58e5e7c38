/** A tree item as data: what VS Code shows, before it is VS Code's. All text is plain, none of it is markup. */
export interface Row {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** Everything, as text, one fact a line. */
  readonly tooltip: readonly string[];
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
