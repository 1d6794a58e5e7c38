// Part of the lazily loaded chunk that holds ssh2: imported by ssh2Route.ts alone.
import ssh2, { type AuthHandlerMiddleware, type ConnectConfig } from "ssh2";
import { GpuDevError } from "../core/error.ts";
import { Emitter, type Event } from "../core/event.ts";
import { abortable, follow } from "../core/waiting.ts";
import { plainText } from "../core/plainText.ts";
import { sentence, type Sentence } from "../core/sentence.ts";
import type { Delivery } from "../core/session.ts";
import { algorithms } from "./algorithms.ts";
import type { Ask } from "../core/ask.ts";
import { Authentication, type Questions } from "./authentication.ts";
import { toConnectionError } from "./connectionErrors.ts";
import type { HostMaterial } from "./hostFacts.ts";
import type { HostOptions } from "./hostOptions.ts";
import { otherKeyType, verifyHostKey, type HostKeyPolicy, type HostRecords } from "./hostKeyPolicy.ts";
import { afterKeyExchange, keepsPieces } from "./keyExchange.ts";
import { KeyRing } from "./keyRing.ts";
import { toHostKey, type HostKey } from "./knownHosts.ts";
import { openSshMayGetIn, OpenSshNeeded } from "./needsOpenSsh.ts";
import { Patience } from "./patience.ts";
import { ignore, type Transport } from "./transport.ts";
import type { UnlockedKeys } from "./unlockedKeys.ts";

/** Three unanswered pings are a dead peer after 15 s: noticed within 20 s, with room for a machine that just woke. */
const KEEPALIVE_INTERVAL_MS = 5000;
const KEEPALIVE_COUNT_MAX = 2;
/** Not at every packet: what is heard every two seconds still counts before the next ping is due. */
const LIFE_SIGN_MS = 2500;
/** From the first packet to being let in, on one hop; questions to the user do not count. */
const DEFAULT_CONNECT_TIMEOUT_S = 20;

/** One host on the way, and everything known about it before the first packet. */
export interface Hop {
  readonly options: HostOptions;
  readonly records: HostRecords;
  readonly material: HostMaterial;
  readonly transport: Transport;
  readonly policy: HostKeyPolicy;
  readonly unlocked: UnlockedKeys;
  readonly trustFile: string;
  /** log-in, or verify: end with HostKeyVerified before authentication begins. */
  readonly purpose: "log-in" | "verify";
}

/** A verified and authenticated connection. */
export interface Ssh2Connection {
  readonly client: ssh2.Client;
  readonly host: string;
  /** Fires once, with the reason if there is one. */
  readonly onDidClose: Event<GpuDevError | undefined>;
  /** See `Transport`; of the first hop, through which the others go. */
  deliver(delivery: Delivery): void;
  /** Ends this connection and the hops it came through, without waiting for anybody. */
  destroy(reason?: GpuDevError): void;
}

/** How a hop with the purpose "verify" ends when all is well. */
export class HostKeyVerified extends Error {
  override readonly name = "HostKeyVerified";
}

/** ssh_config(5), ConnectTimeout; in milliseconds. */
export function connectTimeoutMs(options: HostOptions): number {
  const seconds = Number(options.printed.get("connecttimeout")?.[0]);
  return (seconds > 0 ? seconds : DEFAULT_CONNECT_TIMEOUT_S) * 1000;
}

export function tooSlow(hostName: string, timeoutMs: number): Sentence {
  return sentence("{0} did not answer within {1} s.", plainText(hostName), timeoutMs / 1000);
}

/**
 * Whatever a function given to ssh2 refers to lives as long as the connection. So none of them is made where `hop` is in
 * reach, which holds the texts of key files and of known_hosts.
 * Throws OpenSshNeeded where ssh2 cannot get in but `ssh` may, GpuDevError, HostKeyVerified, or AbortError.
 */
export async function connectHop(hop: Hop, signal: AbortSignal): Promise<Ssh2Connection> {
  const client = new ssh2.Client();
  // ssh2 reports some errors after it has given up, and one that nobody hears would end the process.
  client.on("error", ignore);
  client.on("handshake", () => afterKeyExchange(client));
  const { controller: given, release } = follow(signal);
  const giveUp = (error: Error): void => given.abort(error);
  const patience = patienceWith(hop.options, giveUp);
  try {
    const attempt = await begin(hop, { patience, giveUp, signal: given.signal });
    await untilReady(client, hop, attempt);
    attempt.keyRing.release();
    return establish(client, hop);
  } catch (error) {
    client.destroy();
    // The reason for giving up says more than the abort that it caused.
    const { reason } = given.signal as { readonly reason: unknown };
    throw reason instanceof Error && !signal.aborted ? reason : error;
  } finally {
    patience.stop();
    release();
  }
}

function patienceWith(options: HostOptions, giveUp: (error: Error) => void): Patience {
  const { hostName } = options;
  const timeoutMs = connectTimeoutMs(options);
  return new Patience(timeoutMs, () => giveUp(new GpuDevError("timeout", tooSlow(hostName, timeoutMs))));
}

interface Asking {
  readonly patience: Patience;
  readonly giveUp: (error: Error) => void;
  readonly signal: AbortSignal;
}

interface Attempt extends Asking {
  readonly keyRing: KeyRing;
  readonly authentication: Authentication;
}

/** Through it the functions that ssh2 keeps lead to the attempt, until the connection is open. */
interface Door {
  attempt: Attempt | undefined;
}

async function begin(hop: Hop, asking: Asking): Promise<Attempt> {
  const { options, material, unlocked, policy } = hop;
  const ask = policy.kind === "refuse" ? {} : questions(policy.ask, options, asking);
  const keyRing = await KeyRing.open({ options, material, unlocked, signal: asking.signal, ...ask });
  return {
    ...asking,
    keyRing,
    authentication: new Authentication({ options, keyRing, giveUp: asking.giveUp, ...ask }),
  };
}

/** The questions of this hop, during which its deadline stands still. */
function questions(ask: Ask, { hostName, user }: HostOptions, { patience, signal }: Asking) {
  const askPassphrase: Ask["passphrase"] = (question, own) =>
    patience.duringQuestion(() => ask.passphrase(question, own));
  const askAnswers = (asked: Questions): Promise<readonly string[] | undefined> =>
    patience.duringQuestion(() => ask.answers({ host: hostName, user, ...asked }, signal));
  return { askPassphrase, askAnswers };
}

function untilReady(client: ssh2.Client, hop: Hop, attempt: Attempt): Promise<undefined> {
  const door: Door = { attempt };
  return abortable<undefined>(attempt.signal, (resolve, reject) => {
    const onError = (error: Error & { readonly level?: string }): void => {
      // A key that did not sign is passed over; the next one is tried.
      if (error.level !== "agent") reject(toHopError(error, hop, attempt));
    };
    const onClose = (): void => reject(toHopError(new Error("Connection lost before handshake"), hop, attempt));
    client.on("error", onError).once("close", onClose);
    client.once("ready", () => {
      client.off("error", onError).off("close", onClose);
      door.attempt = undefined;
      resolve(undefined);
    });
    client.connect(clientConfig(hop, verifier(hop, attempt), door));
    return () => client.destroy();
  });
}

function clientConfig(hop: Hop, verify: (wire: Buffer) => Promise<void>, door: Door): ConnectConfig {
  return {
    sock: hop.transport.stream,
    username: hop.options.user,
    readyTimeout: 0,
    keepaliveInterval: KEEPALIVE_INTERVAL_MS,
    keepaliveCountMax: KEEPALIVE_COUNT_MAX,
    algorithms: algorithms(hop.options, hop.records.knownTypes),
    hostVerifier: (wire: Buffer, done: (accept: boolean) => void) => {
      verify(wire).then(
        () => done(true),
        (error: unknown) => {
          door.attempt?.giveUp(error instanceof Error ? error : new Error(String(error)));
          done(false);
        },
      );
    },
    authHandler: authHandler(door),
  };
}

function authHandler(door: Door): AuthHandlerMiddleware {
  return (offered, _partialSuccess, next) => {
    // `false` ends the attempt; the declarations of ssh2 know it as a returned value only.
    door.attempt?.authentication.next(offered, next as (method: unknown) => void);
  };
}

/** Settles before ssh2 sends anything about the user: it waits for the verdict before authentication. */
function verifier(hop: Hop, asking: Asking): (wire: Buffer) => Promise<void> {
  const { purpose } = hop;
  const { hostName } = hop.options;
  let judge: ((key: HostKey) => Promise<void>) | undefined = judgeOf(hop, asking);
  let accepted: string | undefined;
  return async (wire) => {
    // Asked again at every change of the session keys: the host stays the one that was accepted.
    if (wire.toString("latin1") === accepted) return;
    const key = toHostKey(wire);
    if (!key || !judge) {
      const words = sentence("{0} shows a key that is not its own.", plainText(hostName));
      throw new GpuDevError("host-key-changed", words);
    }
    await judge(key);
    judge = undefined;
    accepted = wire.toString("latin1");
    if (purpose === "verify") throw new HostKeyVerified();
  };
}

function judgeOf({ records, policy, trustFile }: Hop, { patience, signal }: Asking): (key: HostKey) => Promise<void> {
  return (key) => patience.duringQuestion(() => verifyHostKey(key, { records, policy, trustFile, signal }));
}

function toHopError(error: Error & { level?: string }, hop: Hop, { keyRing, authentication }: Attempt): Error {
  const { options, records, material } = hop;
  if (error.level === "client-authentication" || /too many authentication failures/i.test(error.message)) {
    const facts = { ...material.facts, unreadableIdentities: keyRing.unreadable };
    const reason = openSshMayGetIn(options, facts, authentication.offered);
    const refusal = authentication.refusal();
    return reason ? new OpenSshNeeded(reason, { cause: refusal }) : refusal;
  }
  if (/no matching host key/i.test(error.message) && records.knownTypes.length > 0) return otherKeyType(records);
  if (/no matching/i.test(error.message)) {
    return new OpenSshNeeded(
      sentence("The ssh program is used: the built-in client has no algorithm in common with this host."),
    );
  }
  return toConnectionError(error, options.hostName);
}

function establish(client: ssh2.Client, { options: { hostName }, transport }: Hop): Ssh2Connection {
  const closed = new Emitter<GpuDevError | undefined>();
  let state: "open" | "closed" = "open";
  const close = (reason?: GpuDevError): void => {
    if (state === "closed") return;
    state = "closed";
    client.destroy();
    transport.destroy();
    closed.fire(reason);
    closed.dispose();
  };
  const lost = (error: Error): void => {
    const reason = toConnectionError(error, hostName);
    if (reason instanceof GpuDevError) close(reason);
  };
  client.on("error", lost);
  client.once("close", () => lost(Object.assign(new Error("The connection ended."), { code: "ECONNRESET" })));
  transport.stream.on("data", lifeSign(client));
  const deliver = (delivery: Delivery): void => transport.deliver(delivery, keepsPieces(client) ? "kept" : "lent");
  return { client, host: hostName, onDidClose: closed.event, deliver, destroy: close };
}

/** ssh2 has it, and does not declare it: begins to count silence anew. */
interface SilenceCounter {
  readonly _resetKA?: () => void;
}

/**
 * What is heard proves that the peer lives. ssh2 counts only the answers to its own questions, and so would ask every
 * host that streams readings as often as one that is silent: a fifth of what watching 500 hosts costs.
 */
function lifeSign(client: ssh2.Client): () => void {
  let countedAt = 0;
  return () => {
    const now = performance.now();
    if (now - countedAt < LIFE_SIGN_MS) return;
    countedAt = now;
    (client as SilenceCounter)._resetKA?.();
  };
}
