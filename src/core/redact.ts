/** Stands before every log. */
export interface Redactor {
  /** From now on this value is masked wherever it appears, also URL-encoded or inside JSON. */
  add(secret: string): void;
  redact(text: string): string;
}

const MASK = "***";
/** Masking shorter values would shred ordinary text and hide little. */
const SHORTEST_SECRET = 4;

// Every repetition is bounded or cannot begin twice in the text it covers, so that time grows with length only.
const SECRET_NAMES =
  "password|passwd|passphrase|pwd|secret|token|credential|api[_-]?key|access[_-]?key|secret[_-]?access[_-]?key|" +
  "account[_-]?key|client[_-]?secret|session[_-]?token|access[_-]?token|refresh[_-]?token|id[_-]?token|" +
  "client-key-data|private[_-]?key";
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}-----|$)/g, MASK],
  // The magic word of an OpenSSH key in base64, for a key whose first line is missing.
  [/b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=]*(?:\r?\n[A-Za-z0-9+/=]{16,})*/g, MASK],
  [/(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)*/g, MASK],
  [
    /(\bauthorization["']?\s{0,4}[:=]\s{0,4}["']?(?:(?:bearer|basic|digest|negotiate|token)\s{1,4})?)[^\s"',;]+/gi,
    `$1${MASK}`,
  ],
  [/(\b(?:bearer|basic)\s{1,4})[A-Za-z0-9._~+/-]{8,}={0,2}/gi, `$1${MASK}`],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, MASK],
  [/\b(?:gh[opsur]_|github_pat_|glpat-|hf_|nvapi-)[A-Za-z0-9_-]{16,}/g, MASK],
  [/(\bsig=)[^&\s"'<>]+/gi, `$1${MASK}`],
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:@/?#]{0,100}:)[^\s@/]{1,500}@/gi, `$1${MASK}@`],
  [named(String.raw`"(?:[^"\\]|\\.)*"`), `$1"${MASK}"`],
  [named(String.raw`'(?:[^'\\]|\\.)*'`), `$1'${MASK}'`],
  [named(String.raw`\\"[^"\\]*\\"`), `$1\\"${MASK}\\"`],
  [named(String.raw`(?!["'\\]|\*\*\*)[^\s"',;&\\]+`), `$1${MASK}`],
];

/** A value after a name that says it is secret: `password=…`, `"token": "…"`, `client-key-data: …`. */
function named(value: string): RegExp {
  return new RegExp(String.raw`((?<![A-Za-z0-9])(?:${SECRET_NAMES})\\?["']?[ \t]{0,4}[:=][ \t]{0,4})${value}`, "gi");
}

export function createRedactor(): Redactor {
  const forms = new Set<string>();
  let longestFirst: readonly string[] = [];
  return {
    add: (secret) => {
      if (secret.length < SHORTEST_SECRET) return;
      for (const form of [secret, JSON.stringify(secret).slice(1, -1), urlEncoded(secret)]) forms.add(form);
      longestFirst = [...forms].sort((one, other) => other.length - one.length);
    },
    redact: (text) => {
      const known = longestFirst.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
      return PATTERNS.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), known);
    },
  };
}

function urlEncoded(secret: string): string {
  return encodeURIComponent(secret.toWellFormed());
}
