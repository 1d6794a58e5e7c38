import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { AwsError } from "../awsError.ts";
import type { KeyPair } from "./model.ts";

export type KeyMaterial = Pick<KeyPair, "type" | "fingerprint" | "publicKey">;

/** Of a key that was imported. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html */
export function readPublicKey(text: string): KeyMaterial {
  const [word = "", base64 = ""] = text.trim().split(/\s+/);
  const blob = Buffer.from(base64, "base64");
  const fields = readFields(blob);
  if (fields[0]?.toString() !== word) throw badFormat();
  if (word === "ssh-ed25519" && fields.length === 2)
    return { type: "ed25519", fingerprint: sha256(blob), publicKey: text.trim() };
  const [, exponent, modulus] = fields;
  if (word !== "ssh-rsa" || !exponent || !modulus) throw badFormat();
  return { type: "rsa", fingerprint: md5(toDer(exponent, modulus)), publicKey: text.trim() };
}

/** A new one, with the private half that AWS gives out once. */
export function generateKey(type: KeyPair["type"]): KeyMaterial & { readonly privateKey: string } {
  return type === "rsa" ? generateRsa() : generateEd25519();
}

function generateRsa(): KeyMaterial & { readonly privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { n = "", e = "" } = publicKey.export({ format: "jwk" });
  const blob = writeFields([Buffer.from("ssh-rsa"), positive(e), positive(n)]);
  return {
    type: "rsa",
    fingerprint: createHash("sha1")
      .update(privateKey.export({ type: "pkcs8", format: "der" }))
      .digest("hex")
      .replace(/(..)(?=.)/g, "$1:"),
    publicKey: `ssh-rsa ${blob.toString("base64")}`,
    privateKey: privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
  };
}

function generateEd25519(): KeyMaterial & { readonly privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const { x = "" } = publicKey.export({ format: "jwk" });
  const { d = "" } = privateKey.export({ format: "jwk" });
  const open = Buffer.from(x, "base64url");
  const blob = writeFields([Buffer.from("ssh-ed25519"), open]);
  return {
    type: "ed25519",
    fingerprint: sha256(blob),
    publicKey: `ssh-ed25519 ${blob.toString("base64")}`,
    privateKey: openSshPem(blob, open, Buffer.from(d, "base64url")),
  };
}

/** https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key, without a passphrase. */
function openSshPem(blob: Buffer, open: Buffer, secret: Buffer): string {
  const none = Buffer.from("none");
  const check = randomBytes(4);
  const inside = Buffer.concat([
    check,
    check,
    writeFields([Buffer.from("ssh-ed25519"), open, Buffer.concat([secret, open]), Buffer.alloc(0)]),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (inside.length % 8)) % 8 }, (_, index) => index + 1));
  const one = Buffer.from([0, 0, 0, 1]);
  const file = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    writeFields([none, none, Buffer.alloc(0)]),
    one,
    writeFields([blob, Buffer.concat([inside, padding])]),
  ]);
  const lines = file.toString("base64").replace(/(.{70})(?=.)/g, "$1\n");
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

/** Each with its length before it. */
function writeFields(fields: readonly Buffer[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(field.length);
      return [length, field];
    }),
  );
}

function readFields(blob: Buffer): readonly Buffer[] {
  const fields: Buffer[] = [];
  for (let offset = 0; offset + 4 <= blob.length;) {
    const length = blob.readUInt32BE(offset);
    fields.push(blob.subarray(offset + 4, offset + 4 + length));
    offset += 4 + length;
  }
  return fields;
}

/** A number whose first bit is set would be read as negative. */
function positive(base64url: string): Buffer {
  const bytes = Buffer.from(base64url, "base64url");
  return bytes.length > 0 && bytes.readUInt8(0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
}

function toDer(exponent: Buffer, modulus: Buffer): Buffer {
  const key = { kty: "RSA", n: withoutSign(modulus), e: withoutSign(exponent) };
  return createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "der" });
}

function withoutSign(bytes: Buffer): string {
  return (bytes[0] === 0 ? bytes.subarray(1) : bytes).toString("base64url");
}

function sha256(blob: Buffer): string {
  return createHash("sha256").update(blob).digest("base64");
}

function md5(der: Buffer): string {
  return createHash("md5")
    .update(der)
    .digest("hex")
    .replace(/(..)(?=.)/g, "$1:");
}

function badFormat(): AwsError {
  return new AwsError("InvalidKey.Format", "Key is not in valid OpenSSH public key format");
}
