import { plainText } from "../core/plainText.ts";
import { GpuDevError, isAbort, messageOf, type ErrorCode } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";

interface Pattern {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  /** `{0}` is the host, `{1}` the text that matched. */
  readonly text: string;
}

/** What Node and ssh2 say when a host cannot be reached, and what it means. */
const NETWORK: readonly Pattern[] = [
  {
    pattern: /ENOTFOUND|EAI_AGAIN|EAI_NONAME/,
    code: "unreachable",
    text: "The name of {0} is not known to the network.",
  },
  {
    pattern: /ECONNREFUSED/,
    code: "unreachable",
    text: "{0} refuses the connection: no SSH server listens on that port.",
  },
  {
    pattern: /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN/,
    code: "unreachable",
    text: "{0} cannot be reached ({1}).",
  },
  { pattern: /Keepalive timeout/, code: "unreachable", text: "{0} stopped answering." },
  {
    pattern: /ECONNRESET|EPIPE|Connection lost before handshake|socket hang up/,
    code: "unreachable",
    text: "{0} closed the connection ({1}).",
  },
  { pattern: /Channel open failure|open failed/i, code: "unreachable", text: "The jump host cannot reach {0}: {1}" },
];

/** What the `ssh` program says in English, most specific first. */
const OPENSSH: readonly Pattern[] = [
  {
    pattern: /revoked host key|Host key .* is revoked|REVOKED HOST KEY/i,
    code: "host-key-changed",
    text: "{0} shows a key that is marked as revoked. The connection was refused.",
  },
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|POSSIBLE DNS SPOOFING/,
    code: "host-key-changed",
    text: "The key of {0} has changed. Somebody may be listening in, or the machine was reinstalled. The connection was refused before anything was sent. If you know why it changed, trust the new key.",
  },
  {
    pattern: /Host key verification failed|No \S+ host key is known for/,
    code: "host-key-unknown",
    text: "{0} is not known yet. Connect once yourself to check and trust its key.",
  },
  {
    pattern: /Permission denied|Too many authentication failures|No more authentication methods/,
    code: "authentication",
    text: "{0} accepts none of the keys and certificates that ssh offers without asking ({1}). If the key has a passphrase, add it to the SSH agent.",
  },
  { pattern: /Could not resolve hostname/, code: "unreachable", text: "The name of {0} is not known to the network." },
  {
    pattern:
      /^(ssh: connect to host .*|.*Connection (refused|timed out|reset|closed).*|.*No route to host.*|.*Network is unreachable.*|Timeout, server .*|client_loop: .*|kex_exchange_identification: .*|.*Broken pipe.*|banner exchange: .*)$/m,
    code: "unreachable",
    text: "{0} cannot be reached: {1}",
  },
  {
    pattern: /Bad configuration option.*|terminating, \d+ bad configuration options|Bad owner or permissions on .*/,
    code: "configuration",
    text: "ssh cannot use its configuration for {0}: {1}",
  },
];

/** The error for whatever ended or prevented a connection to `host`. */
export function toConnectionError(error: unknown, host: string): Error {
  if (error instanceof GpuDevError || (error instanceof Error && isAbort(error))) return error;
  // Node gathers the failures of several addresses of one name.
  const text = error instanceof AggregateError ? error.errors.map(messageOf).join("; ") : messageOf(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return (
    matched(NETWORK, `${code} ${text}`, host, error) ??
    new GpuDevError("unreachable", sentence("{0} cannot be reached: {1}", plainText(host), plainText(text)), {
      cause: error,
    })
  );
}

/** The error in what `ssh` wrote before it ended with 255; undefined where it does not read like ssh's own failure. */
export function openSshError(stderr: string, host: string): GpuDevError | undefined {
  return matched(OPENSSH, stderr, host, undefined);
}

function matched(patterns: readonly Pattern[], text: string, host: string, cause: unknown): GpuDevError | undefined {
  for (const { pattern, code, text: template } of patterns) {
    const found = pattern.exec(text);
    if (found) return new GpuDevError(code, sentence(template, plainText(host), plainText(found[0])), { cause });
  }
  return undefined;
}
