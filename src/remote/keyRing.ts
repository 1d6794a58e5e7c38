// Part of the lazily loaded chunk that holds ssh2: imported by ssh2Client.ts alone.
import ssh2, { type IdentityCallback, type ParsedKey, type SignCallback, type SigningRequestOptions } from "ssh2";
import { plainText } from "../core/plainText.ts";
import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import type { Ask } from "../core/ask.ts";
import type { HostMaterial } from "./hostFacts.ts";
import type { HostOptions } from "./hostOptions.ts";
import type { KeyFile } from "./keyFile.ts";
import type { UnlockedKeys } from "./unlockedKeys.ts";

const MAX_PASSPHRASE_ATTEMPTS = 3;

/** A key to offer. Its private half is touched only once the server has said that it would accept the key. */
interface Identity {
  /** The public half alone: ssh2 keeps it as long as the connection lives. */
  readonly publicKey: ParsedKey;
  sign(data: Buffer, hash: string | undefined): Promise<Buffer>;
}

export interface KeyRingRequest {
  readonly options: HostOptions;
  readonly material: HostMaterial;
  readonly unlocked: UnlockedKeys;
  /** Absent in background mode: keys that need a passphrase cannot sign then. */
  readonly askPassphrase?: Ask["passphrase"];
  readonly signal: AbortSignal;
}

/**
 * The keys that `ssh` would offer, in its order: keys of the agent that an `IdentityFile` names, the agent's other
 * keys unless `IdentitiesOnly`, then key files. To ssh2 all of them look like the keys of one agent.
 * ssh2 holds it as long as the connection lives, and so the private halves go with `release`.
 */
export class KeyRing extends ssh2.BaseAgent<ParsedKey> {
  private identities: readonly Identity[];
  /** Key files in a format that ssh2 does not read. */
  readonly unreadable: readonly string[];
  /** Why the last key that the server would have accepted did not sign. */
  failure: Error | undefined;

  private constructor(identities: readonly Identity[], unreadable: readonly string[]) {
    super();
    this.identities = identities;
    this.unreadable = unreadable;
  }

  static async open(request: KeyRingRequest): Promise<KeyRing> {
    const fromAgent = await agentIdentities(request);
    const named: Identity[] = [];
    const fromFiles: Identity[] = [];
    const unreadable: string[] = [];
    for (const file of request.material.keyFiles) {
      const held = fromAgent.get(file.publicKey?.key ?? "");
      if (held) {
        named.push(held);
        fromAgent.delete(file.publicKey?.key ?? "");
      } else if (file.content !== undefined) {
        const identity = await fileIdentity(file, file.content, request);
        if (identity) fromFiles.push(identity);
        else unreadable.push(file.path);
      }
    }
    const others = request.options.identitiesOnly ? [] : fromAgent.values();
    return new KeyRing([...named, ...others, ...fromFiles], unreadable);
  }

  /** How many keys there are to offer. */
  get size(): number {
    return this.identities.length;
  }

  /** Lets go of every key, once nobody has to log in any more. */
  release(): void {
    this.identities = [];
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(
      null,
      this.identities.map(({ publicKey }) => publicKey),
    );
  }

  override sign(
    publicKey: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    const done = typeof options === "function" ? options : callback;
    const hash = typeof options === "function" ? undefined : options.hash;
    const identity = this.identities.find((candidate) => candidate.publicKey === publicKey);
    if (!done) return;
    if (!identity) {
      done(new Error("The key to sign with is not one of those that were offered."));
      return;
    }
    identity.sign(data, hash).then(
      (signature) => done(null, signature),
      (error: unknown) => {
        this.failure = error instanceof Error ? error : new Error(String(error));
        done(this.failure);
      },
    );
  }
}

/** By the base64 of the public key. Certificates and security keys, which ssh2 cannot offer, are left out. */
async function agentIdentities({ material }: KeyRingRequest): Promise<Map<string, Identity>> {
  const identities = new Map<string, Identity>();
  if (material.agentPath === undefined) return identities;
  const agent = new ssh2.OpenSSHAgent(material.agentPath);
  for (const { type, key } of material.agentKeys) {
    const publicKey = publicKeyIn(`${type} ${key}`);
    if (!publicKey) continue;
    const sign = (data: Buffer, hash: string | undefined): Promise<Buffer> =>
      new Promise((resolve, reject) => {
        const options = hash === "sha256" || hash === "sha512" ? { hash } : {};
        agent.sign(publicKey, data, options as SigningRequestOptions, (error, signature) => {
          if (error || !signature) reject(error ?? new Error("The agent gave no signature."));
          else resolve(signature);
        });
      });
    identities.set(key, { publicKey, sign });
  }
  return Promise.resolve(identities);
}

/** Undefined where ssh2 cannot read the key. Asks for the passphrase at once only where nothing else shows the public half. */
async function fileIdentity(file: KeyFile, content: string, request: KeyRingRequest): Promise<Identity | undefined> {
  const open = parse(content);
  if (open) return identityOf(open);
  if (!isEncrypted(content)) return undefined;
  if (!file.publicKey) {
    const key = await unlock(file, content, request).catch(() => undefined);
    return key && identityOf(key);
  }
  const publicKey = publicKeyIn(`${file.publicKey.type} ${file.publicKey.key}`);
  if (!publicKey) return undefined;
  return {
    publicKey,
    sign: async (data, hash) => signWith(await unlock(file, content, request), data, hash),
  };
}

function identityOf(key: ParsedKey): Identity | undefined {
  const publicKey = publicKeyIn(`${key.type} ${key.getPublicSSH().toString("base64")}`);
  return publicKey && { publicKey, sign: (data, hash) => signWith(key, data, hash) };
}

async function unlock(file: KeyFile, content: string, request: KeyRingRequest): Promise<ParsedKey> {
  const known = request.unlocked.get(content);
  if (known) return known;
  const name = plainText(file.path);
  if (!request.askPassphrase) {
    throw new GpuDevError(
      "authentication",
      sentence(
        "The key {0} is protected by a passphrase. Reconnect to enter it once, or add the key to the SSH agent.",
        name,
      ),
    );
  }
  for (let attempt = 1; attempt <= MAX_PASSPHRASE_ATTEMPTS; attempt += 1) {
    const passphrase = await request.askPassphrase({ keyFile: file.path, attempt }, request.signal);
    if (passphrase === undefined) break;
    const key = parse(content, passphrase);
    if (!key) continue;
    request.unlocked.set(content, key);
    return key;
  }
  throw new GpuDevError("authentication", sentence("The key {0} stays locked without its passphrase.", name));
}

function signWith(key: ParsedKey, data: Buffer, hash: string | undefined): Promise<Buffer> {
  const signature: Buffer | Error = key.sign(data, hash);
  return signature instanceof Error ? Promise.reject(signature) : Promise.resolve(signature);
}

function isEncrypted(content: string): boolean {
  const failure = ssh2.utils.parseKey(content);
  return failure instanceof Error && /encrypted|passphrase/i.test(failure.message);
}

/** ssh2 keeps them as long as a connection lives, and the hosts of one user mostly know the same ones. */
const sharedPublicKeys = new Map<string, ParsedKey>();
const MOST_PUBLIC_KEYS = 64;

function publicKeyIn(text: string): ParsedKey | undefined {
  const known = sharedPublicKeys.get(text);
  if (known) return known;
  const key = parse(text);
  if (key && sharedPublicKeys.size < MOST_PUBLIC_KEYS) sharedPublicKeys.set(text, key);
  return key;
}

function parse(text: string, passphrase?: string): ParsedKey | undefined {
  // ssh2 gives a list for formats that may hold several keys; there is only ever one in them.
  const parsed: ParsedKey | readonly ParsedKey[] | Error = ssh2.utils.parseKey(text, passphrase);
  if (parsed instanceof Error) return undefined;
  return isList(parsed) ? parsed[0] : parsed;
}

function isList(parsed: ParsedKey | readonly ParsedKey[]): parsed is readonly ParsedKey[] {
  return Array.isArray(parsed);
}
