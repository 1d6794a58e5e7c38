/**
 * A sentence for the user, as data: an English template with `{0}`-style places and their values.
 * Code that knows nothing of VS Code writes it; the user interface translates and shows it.
 */
export interface Sentence {
  readonly template: string;
  readonly values: readonly (string | number)[];
}

export function sentence(template: string, ...values: (string | number)[]): Sentence {
  return { template, values };
}

/** The sentence with its values in place, untranslated: for logs, errors and tests. */
export function inEnglish({ template, values }: Sentence): string {
  return template.replace(/\{(\d+)\}/g, (place, index: string) => {
    const value = values[Number(index)];
    return value === undefined ? place : String(value);
  });
}
