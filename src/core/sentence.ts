/**
 * A sentence for the user, as data: an English template with `{0}`-style places and their values.
 * Code that knows nothing of VS Code writes it; the user interface translates and shows it.
 */
export interface Sentence {
  readonly template: string;
  /** A value that is a sentence itself is translated too. */
  readonly values: readonly SentenceValue[];
}

export type SentenceValue = string | number | Sentence;

export function sentence(template: string, ...values: SentenceValue[]): Sentence {
  return { template, values };
}

/** The sentence with its values in place, untranslated: for logs, errors and tests. */
export function inEnglish({ template, values }: Sentence): string {
  return template.replace(/\{(\d+)\}/g, (place, index: string) => {
    const value = values[Number(index)];
    if (value === undefined) return place;
    return typeof value === "object" ? inEnglish(value) : String(value);
  });
}
