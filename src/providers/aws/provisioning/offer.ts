import { createCaller } from "../caller.ts";
import type { Market } from "../priceBook.ts";
import { readCatalogue, type Catalogue } from "./catalogue.ts";
import type { ProvisioningDependencies } from "./dependencies.ts";
import type { Architecture } from "./gpuType.ts";
import type { SystemImage } from "./images.ts";
import { keptFor } from "./keptFor.ts";
import { readNetworks, type Network } from "./networks.ts";
import { limitOf, type Quota } from "./quota.ts";
import { readImages } from "./readImages.ts";
import { readKeyPairs } from "./readKeyPairs.ts";
import { readQuota, readQuotaUses } from "./readQuota.ts";

/** What can be had in a region at the moment. Each answer is kept for as long as it is likely to stay true. */
export interface Offer {
  readonly catalogue: (signal: AbortSignal) => Promise<Catalogue>;
  readonly quota: (instanceType: string, market: Market, signal: AbortSignal) => Promise<Quota>;
  readonly images: (architecture: Architecture, signal: AbortSignal) => Promise<ReadonlyMap<string, SystemImage>>;
  /** Undefined where they may not be read. */
  readonly networks: (signal: AbortSignal) => Promise<readonly Network[] | undefined>;
  /** The names of key pairs that were made here. */
  readonly keyPairs: (signal: AbortSignal) => Promise<readonly string[]>;
  /** The name of whoever the credentials belong to, fit for a tag. */
  readonly caller: (signal: AbortSignal) => Promise<string>;
}

const DAY_MS = 24 * 60 * 60_000;
const TEN_MINUTES_MS = 10 * 60_000;
/** Machines and keys come and go; within one conversation they are read once. */
export const CONVERSATION_MS = 60_000;

export function createOffer({ clients, clock }: Pick<ProvisioningDependencies, "clients" | "clock">): Offer {
  const uses = keptFor(CONVERSATION_MS, clock, (signal) => readQuotaUses(clients, signal));
  const caller = createCaller(clients);
  const quotas = new Map<string, (signal: AbortSignal) => Promise<Quota>>();
  const images = new Map<Architecture, (signal: AbortSignal) => Promise<ReadonlyMap<string, SystemImage>>>();
  return {
    catalogue: keptFor(DAY_MS, clock, (signal) => readCatalogue(clients, signal)),
    quota: (instanceType, market, signal) =>
      once(quotas, limitOf(instanceType, market)?.code ?? instanceType, () =>
        keptFor(CONVERSATION_MS, clock, (own) => readQuota(clients, { instanceType, market }, uses, own)),
      )(signal),
    images: (architecture, signal) =>
      once(images, architecture, () => keptFor(TEN_MINUTES_MS, clock, (own) => readImages(clients, architecture, own)))(
        signal,
      ),
    networks: keptFor(CONVERSATION_MS, clock, (signal) => readNetworks(clients, signal)),
    keyPairs: keptFor(CONVERSATION_MS, clock, (signal) => readKeyPairs(clients, signal)),
    caller: async (signal) => (await caller(signal)).name,
  };
}

function once<Key, Value>(made: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = made.get(key) ?? make();
  made.set(key, value);
  return value;
}
