import { createHash } from "node:crypto";

/** What a machine's console tells of the host keys that it made at its first start. */
export interface ConsoleHostKeys {
  /** As known_hosts has them, without a comment: "ssh-ed25519 AAAA…". */
  readonly keys: readonly string[];
  /** As OpenSSH prints them: "SHA256:…". */
  readonly fingerprints: readonly string[];
}

/** EC2 keeps 64 KiB of a console; more is not from there. */
const MOST_CHARACTERS = 256 * 1024;
/** A console line may carry a time and the name of the program before what it says. */
const KEY = /(?:^|\s)(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/]{40,4000}={0,2})(?=\s|$)/;
const FINGERPRINT = /(?:^|\s)\d{2,5} (SHA256:[A-Za-z0-9+/]{43})(?=\s|$)/;

/**
 * Reads the blocks that cloud-init prints. The console is written by the machine, and by whoever can make it print: a
 * kind of key of which it shows two different ones, or one whose fingerprint it contradicts, is left out.
 */
export function parseConsoleHostKeys(output: string): ConsoleHostKeys {
  const text = output.slice(-MOST_CHARACTERS);
  const fingerprints = [...new Set(linesOf(text, "FINGERPRINTS").flatMap((line) => FINGERPRINT.exec(line)?.[1] ?? []))];
  const byKind = new Map<string, Set<string>>();
  for (const line of linesOf(text, "KEYS")) {
    const [, kind = "", blob = ""] = KEY.exec(line) ?? [];
    if (!isKeyOf(kind, blob)) continue;
    byKind.set(kind, (byKind.get(kind) ?? new Set()).add(blob));
  }
  const keys = [...byKind].flatMap(([kind, [blob = "", ...others]]) => {
    const isSound = others.length === 0 && (fingerprints.length === 0 || fingerprints.includes(fingerprintOf(blob)));
    return isSound ? [`${kind} ${blob}`] : [];
  });
  return { keys, fingerprints };
}

/** The lines of every such block. A block without an end is cut off, and what stands there cannot be trusted whole. */
function linesOf(text: string, block: "KEYS" | "FINGERPRINTS"): readonly string[] {
  const lines: string[] = [];
  let inside: string[] | undefined;
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line.includes(`-----BEGIN SSH HOST KEY ${block}-----`)) inside = [];
    else if (line.includes(`-----END SSH HOST KEY ${block}-----`)) {
      lines.push(...(inside ?? []));
      inside = undefined;
    } else inside?.push(line.slice(0, 8192));
  }
  return lines;
}

/** A key names its own kind within: https://www.rfc-editor.org/rfc/rfc4253#section-6.6 */
function isKeyOf(kind: string, blob: string): boolean {
  const bytes = Buffer.from(blob, "base64");
  if (kind === "" || bytes.length < 4 + kind.length) return false;
  return bytes.readUInt32BE(0) === kind.length && bytes.toString("latin1", 4, 4 + kind.length) === kind;
}

function fingerprintOf(blob: string): string {
  const digest = createHash("sha256").update(Buffer.from(blob, "base64")).digest("base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}
