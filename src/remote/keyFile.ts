import { readFile } from "node:fs/promises";
import { readString } from "./agent.ts";
import { toHostKey, type HostKey } from "./knownHosts.ts";

/** An `IdentityFile` as it lies on the disk. */
export interface KeyFile {
  readonly path: string;
  /** Text of the private key; absent where only the public half is there, as for a key held by an agent. */
  readonly content?: string;
  /** Readable without a passphrase where the format or a `.pub` beside it gives it. */
  readonly publicKey?: HostKey;
}

/** Undefined where there is no such file, or it cannot be read: `ssh` passes over those as well. */
export async function readKeyFile(path: string): Promise<KeyFile | undefined> {
  const [text = "", beside = ""] = await Promise.all([readText(path), readText(`${path}.pub`)]);
  const publicKey = publicKeyOf(text) ?? parsePublicKey(text) ?? parsePublicKey(beside);
  const content = isPrivateKey(text) ? { content: text } : {};
  if (!isPrivateKey(text) && !publicKey) return undefined;
  return { path, ...content, ...(publicKey ? { publicKey } : {}) };
}

function isPrivateKey(text: string): boolean {
  return text.includes("PRIVATE KEY-----") || text.startsWith("PuTTY-User-Key-File");
}

/** "ssh-ed25519 AAAA… comment" */
function parsePublicKey(text: string): HostKey | undefined {
  const [type, key] = text.trim().split(/\s+/);
  const parsed = key === undefined ? undefined : toHostKey(Buffer.from(key, "base64"));
  return parsed !== undefined && parsed.type === type ? parsed : undefined;
}

/**
 * The public half of a private key in OpenSSH's own format, which stands there in the clear even where the private
 * half is encrypted (PROTOCOL.key of OpenSSH: magic, cipher, kdf, kdf options, uint32 count, public key).
 */
function publicKeyOf(text: string): HostKey | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1];
  if (body === undefined) return undefined;
  const bytes = Buffer.from(body, "base64");
  const magic = "openssh-key-v1\0";
  if (bytes.toString("latin1", 0, magic.length) !== magic) return undefined;
  let at = magic.length;
  for (let skipped = 0; skipped < 3; skipped += 1) {
    const field = readString(bytes, at);
    if (!field) return undefined;
    at += 4 + field.length;
  }
  const publicKey = readString(bytes, at + 4);
  return publicKey && toHostKey(publicKey);
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}
