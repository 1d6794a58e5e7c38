import type { Environment } from "../core/environment.ts";
import { GpuDevError } from "../core/error.ts";
import type { Inventory } from "../core/inventory.ts";
import type { EnvironmentProvider } from "../core/provider.ts";
import type { Provisioning } from "../core/provisioning.ts";
import { sentence } from "../core/sentence.ts";
import type { OperationRecord, ProvisionRecord } from "./record.ts";

/** Throws "configuration" where its account is no longer in the settings. */
export function providerOf(
  inventory: Inventory,
  { providerId, name }: Pick<Environment, "providerId" | "name">,
): EnvironmentProvider {
  const provider = inventory.provider(providerId);
  if (provider) return provider;
  throw new GpuDevError("configuration", sentence("The account of {0} is no longer in your settings.", name));
}

/** What is to be made, and who makes it. */
export function toMake(
  inventory: Inventory,
  record: OperationRecord,
): ProvisionRecord & { readonly provisioning: Provisioning } {
  const { provisioning } = providerOf(inventory, record);
  if (record.kind === "provision" && provisioning) return { ...record, provisioning };
  throw new GpuDevError("unsupported", sentence("{0} cannot be made there.", record.name));
}
