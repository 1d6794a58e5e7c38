/** Longer names are cut: nothing a person can read needs more, and 4 kB names exist in the wild. */
const MAX_LENGTH = 256;

/**
 * Remote text made fit for one line of user interface: no control characters, no line breaks, and no bidirectional or
 * invisible marks, with which one name can pass for another. The result is text, still to be escaped for Markdown.
 */
export function plainText(remote: string, maxLength = MAX_LENGTH): string {
  const line = remote.replace(UNPRINTABLE, " ").replace(/ {2,}/g, " ").trim();
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

// Cc: control, Cf: format (bidi, zero width, tags), Cs: lone surrogates, Zl and Zp: line and paragraph separators.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;
