import { generateKeyPairSync, randomBytes } from "node:crypto";

/** A new key of a user. */
export interface SshKey {
  /** The file that OpenSSH reads: not encrypted, for a file that only its owner may read. */
  readonly privateKey: string;
  /** One line, "ssh-ed25519 AAAA… comment". */
  readonly publicKey: string;
}

const TYPE = "ssh-ed25519";
/** An unencrypted private part is padded to blocks of this size. */
const BLOCK_BYTES = 8;
const LINE_LENGTH = 70;

/**
 * An Ed25519 key in OpenSSH's own format, the only one in which ssh reads such a key:
 * https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key
 * `comment`: printable ASCII without line breaks.
 */
export function createSshKey(comment: string): SshKey {
  if (!/^[\x20-\x7e]{0,100}$/.test(comment)) throw new RangeError("Not a comment of a key.");
  const { privateKey } = generateKeyPairSync("ed25519");
  const { d = "", x = "" } = privateKey.export({ format: "jwk" });
  const seed = Buffer.from(d, "base64url");
  const point = Buffer.from(x, "base64url");
  const blob = Buffer.concat([field(TYPE), field(point)]);
  return {
    privateKey: armoured(privateFile(blob, field(Buffer.concat([seed, point])), comment)),
    publicKey: `${TYPE} ${blob.toString("base64")} ${comment}`.trim(),
  };
}

/** `secret`: the private part as a field; for Ed25519 seed and point in one. */
function privateFile(blob: Buffer, secret: Buffer, comment: string): Buffer {
  // Twice the same random number: a reader that decrypts with a wrong passphrase sees two that differ.
  const check = randomBytes(4);
  const secrets = padded(Buffer.concat([check, check, blob, secret, field(comment)]));
  const none = field("none");
  return Buffer.concat([
    Buffer.from("openssh-key-v1\0", "latin1"),
    none, // cipher
    none, // key derivation
    field(""), // its options
    uint32(1), // keys
    field(blob),
    field(secrets),
  ]);
}

function padded(content: Buffer): Buffer {
  const missing = (BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES;
  return Buffer.concat([content, Buffer.from(Array.from({ length: missing }, (_, index) => index + 1))]);
}

function armoured(content: Buffer): string {
  const lines = content.toString("base64").match(new RegExp(`.{1,${LINE_LENGTH}}`, "g")) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}

/** A text or bytes with their length before them. */
function field(content: string | Buffer): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content, "latin1") : content;
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** True for one line of a public key in a form that EC2 imports: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ImportKeyPair.html */
export function isPublicKey(line: string): boolean {
  return line.length <= 2_000 && /^(ssh-ed25519|ssh-rsa) [A-Za-z0-9+/]+={0,3}( [\x20-\x7e]*)?$/.test(line);
}
