const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of pieces of UTF-8, also of a character that is cut between two. What is no UTF-8 becomes U+FFFD. */
export function textOfUtf8(...pieces: readonly Uint8Array[]): string {
  const [only] = pieces;
  if (only && pieces.length === 1) return decoder.decode(only);
  const joining = new TextDecoder("utf-8", { ignoreBOM: true });
  return pieces.map((piece) => joining.decode(piece, { stream: true })).join("") + joining.decode();
}

export function utf8Of(text: string): Uint8Array {
  return encoder.encode(text);
}
