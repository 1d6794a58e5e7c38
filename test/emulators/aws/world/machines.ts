import type { MachineAddresses } from "../options.ts";
import type { Instance } from "./model.ts";
import type { RegionWorld } from "./region.ts";

export async function openMachine(region: RegionWorld, instance: Instance): Promise<MachineAddresses> {
  const { machines } = region.cloud;
  if (!machines) return inventedAddresses(region, instance.privateIp);
  const keyPair = [...region.keyPairs.values()].find(({ name }) => name === instance.keyName);
  return machines.start({
    id: instance.id,
    instanceType: instance.instanceType,
    ...(keyPair ? { publicKey: keyPair.publicKey } : {}),
    ...(instance.userData === undefined ? {} : { userData: Buffer.from(instance.userData, "base64").toString() }),
  });
}

export async function closeMachine({ cloud }: RegionWorld, instanceId: string): Promise<void> {
  await cloud.machines?.remove(instanceId);
}

/** Public ones of the range kept for benchmarks (RFC 2544): whoever connects to one reaches nobody. */
export function inventedAddresses({ cloud }: RegionWorld, privateIp: string | undefined): MachineAddresses {
  const number = cloud.nextNumber();
  const low = `${(number >> 8) & 255}.${number & 255}`;
  return {
    publicIp: `198.${18 + ((number >> 16) & 1)}.${low}`,
    privateIp: privateIp ?? `172.31.${low}`,
    consoleOutput: "[    0.000000] Linux version 6.8.0-aws\r\ncloud-init: finished\r\n",
  };
}
