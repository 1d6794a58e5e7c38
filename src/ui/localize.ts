import * as vscode from "vscode";
import { GpuDevError, messageOf } from "../core/error.ts";
import type { Sentence } from "../core/sentence.ts";

/** A domain sentence in the user's language. */
export function localize({ template, values }: Sentence): string {
  return vscode.l10n.t(template, ...values.map((value) => (typeof value === "object" ? localize(value) : value)));
}

/** Whatever was thrown, in the user's language where it is ours. */
export function localizeError(error: unknown): string {
  return error instanceof GpuDevError ? localize(error.sentence) : messageOf(error);
}
