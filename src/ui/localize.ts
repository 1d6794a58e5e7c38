import * as vscode from "vscode";
import { GpuDevError, messageOf } from "../core/error.ts";
import type { Sentence } from "../core/sentence.ts";

/** Of sentences that many rows share, as of what kind they are. The language of an editor does not change. */
const known = new WeakMap<Sentence, string>();

/** A domain sentence in the user's language. */
export function localize(sentence: Sentence): string {
  const text = known.get(sentence) ?? translate(sentence);
  known.set(sentence, text);
  return text;
}

function translate({ template, values }: Sentence): string {
  return vscode.l10n.t(template, ...values.map((value) => (typeof value === "object" ? localize(value) : value)));
}

/** Whatever was thrown, in the user's language where it is ours. */
export function localizeError(error: unknown): string {
  return error instanceof GpuDevError ? localize(error.sentence) : messageOf(error);
}
