import type { AwsClients } from "../client.ts";
import { keyPairs, TAGGED } from "./findRemains.ts";

/** The names of the key pairs that were made here, as far as they have the form of ours. */
export async function readKeyPairs(clients: AwsClients, signal: AbortSignal): Promise<readonly string[]> {
  const pairs = await keyPairs({ clients, signal }, [TAGGED]);
  return pairs.flatMap(({ KeyName }) => (KeyName !== undefined && OURS.test(KeyName) ? [KeyName] : []));
}

const OURS = /^gpu-dev-[a-z0-9-]{8,64}$/;
