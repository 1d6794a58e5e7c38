// What ssh2 1.17 keeps of an exchange of keys, for as long as a connection lives and once for each connection. None of
// it is declared: the version is pinned, and a test fails where another one has it otherwise.
import { createSecretKey, type KeyObject } from "node:crypto";
import type ssh2 from "ssh2";

/** By the cipher: of AES-GCM, of ChaCha20, and the key of the message authentication code of all others. */
const KEY_NAMES = [
  "_encKey",
  "_decipherKey",
  "_encKeyMain",
  "_encKeyPktLen",
  "_decKeyMain",
  "_decKeyPktLen",
  "_macKey",
] as const;

type Keys = Partial<Record<(typeof KEY_NAMES)[number], Uint8Array | KeyObject>>;

/** The tag of AES-GCM for the packet that is being read, as far as it has arrived. */
interface Tag {
  _tag?: Buffer;
  readonly _tagPos?: number;
}

interface Offer {
  readonly lists?: { readonly all?: Buffer };
}

interface Exchange {
  readonly sessionID?: unknown;
  readonly negotiated?: unknown;
}

interface Protocol {
  readonly _cipher?: Keys;
  readonly _decipher?: Keys & Tag;
  /** The line by which the server said what it is; needed again at every exchange. */
  _remoteIdentRaw?: Buffer;
  _kex?: Exchange;
  _offer?: Offer;
}

/** To be called after each exchange of keys: makes every packet cheaper, and the connection smaller. */
export function afterKeyExchange(client: ssh2.Client): void {
  const { _protocol: protocol } = client as { readonly _protocol?: Protocol };
  if (!protocol) return;
  for (const keys of [protocol._cipher, protocol._decipher]) if (keys) prepare(keys);
  if (protocol._remoteIdentRaw) protocol._remoteIdentRaw = own(protocol._remoteIdentRaw);
  const { _decipher: decipher } = protocol;
  if (decipher?._tag && decipher._tagPos === 0) decipher._tag = own(decipher._tag);
  shareOffer(protocol);
  forgetSecret(protocol);
}

/**
 * ssh2 hands its keys to Node as bytes with every packet, and Node makes a key of them each time: three quarters of
 * what it costs to decrypt a reading.
 */
function prepare(keys: Keys): void {
  for (const name of KEY_NAMES) {
    const key = keys[name];
    if (key instanceof Uint8Array) keys[name] = createSecretKey(key);
  }
}

/** A few bytes are a piece of many kilobytes, which Node hands out bit by bit, and would keep them all alive. */
function own(piece: Buffer): Buffer {
  const copy = Buffer.alloc(piece.length);
  piece.copy(copy);
  return copy;
}

/**
 * Whether ssh2 may refer to what it was given after the call: with ChaCha20 it does to a packet whose tag has not
 * arrived. Ciphers of AES, which have an instance of Node's decipher, make something new of all that they are given.
 */
export function keepsPieces(client: ssh2.Client): boolean {
  const { _protocol: protocol } = client as { readonly _protocol?: Protocol };
  const decipher = protocol?._decipher;
  return decipher === undefined || !("_decipherInstance" in decipher);
}

/** What we offer, by the bytes that say it: most hosts are offered the same. It is never written to. */
const offers = new Map<string, Offer>();
const MOST_OFFERS = 32;

function shareOffer(protocol: Protocol): void {
  const { _offer: offer } = protocol;
  const said = offer?.lists?.all?.toString("latin1");
  if (offer === undefined || said === undefined) return;
  const known = offers.get(said);
  if (known) protocol._offer = known;
  else if (offers.size < MOST_OFFERS) offers.set(said, offer);
}

/** The shared secret and all that was made of it are needed no more; the next exchange has its own. */
function forgetSecret(protocol: Protocol): void {
  if (!protocol._kex) return;
  const { sessionID, negotiated } = protocol._kex;
  protocol._kex = { sessionID, negotiated };
}
