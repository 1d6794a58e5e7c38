import type { EnvironmentProvider } from "../core/provider.ts";
import { sentence } from "../core/sentence.ts";
import type { ProvisionRecord } from "./record.ts";

/** What operations left in the account of a provider, in the form in which it can be discarded. */
export async function remnantsOf(
  provider: EnvironmentProvider | undefined,
  signal: AbortSignal,
): Promise<readonly ProvisionRecord[]> {
  const remnants = (await provider?.provisioning?.findRemnants?.(signal)) ?? [];
  if (!provider) return [];
  return remnants
    .filter(({ operationId }) => /^[a-z0-9-]{1,64}$/.test(operationId)) // ours: any other is somebody else's tag
    .map(({ operationId, parts, startedAt }) => ({
      ...{ kind: "provision", id: operationId, providerId: provider.id, startedAt },
      ...{ name: `operation ${operationId.slice(0, 8)}`, answers: {}, steps: {}, isRemnant: true },
      trouble: parts
        .slice(1)
        .reduce((text, part) => sentence("{0}, {1}", text, part), parts[0] ?? sentence("something that was made")),
    }));
}
