const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** What is no UTF-8 becomes U+FFFD. */
export function textOfUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The text of pieces, also of a character that is cut between two. There may be as many pieces as bytes. */
export function joinedText(pieces: readonly Uint8Array[]): string {
  const [only] = pieces;
  if (only && pieces.length === 1) return textOfUtf8(only);
  const joining = new TextDecoder("utf-8", { ignoreBOM: true });
  return pieces.map((piece) => joining.decode(piece, { stream: true })).join("") + joining.decode();
}

export function utf8Of(text: string): Uint8Array {
  return encoder.encode(text);
}
