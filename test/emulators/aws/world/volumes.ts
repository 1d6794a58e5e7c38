import type { AttachedVolume, Instance, Volume } from "./model.ts";
import { longId, type RegionWorld } from "./region.ts";

/** What a launch asks for; the rest follows from the instance. */
export type VolumeTerms = Pick<
  Volume,
  "sizeGiB" | "type" | "iops" | "throughput" | "encrypted" | "kmsKeyId" | "snapshotId" | "tags" | "zone"
>;

export interface Place {
  readonly instanceId: string;
  readonly device: string;
  readonly deleteOnTermination: boolean;
}

export function createVolume(region: RegionWorld, terms: VolumeTerms, place: Place): AttachedVolume {
  const at = region.cloud.clock.now();
  const id = longId(region.cloud, "vol");
  region.volumes.set(id, { ...terms, id, createdAt: at, state: "in-use", attachment: { ...place, at } });
  return { device: place.device, volumeId: id, attachedAt: at, deleteOnTermination: place.deleteOnTermination };
}

export function volumesOf(region: RegionWorld, { id }: Instance): readonly Volume[] {
  return [...region.volumes.values()].filter(({ attachment }) => attachment?.instanceId === id);
}

/** New volumes after the pattern of those, for another instance. */
export function attachedCopies(
  region: RegionWorld,
  patterns: readonly Volume[],
  instanceId: string,
): readonly AttachedVolume[] {
  return patterns.flatMap((volume) => {
    const { attachment } = volume;
    return attachment ? [createVolume(region, volume, { ...attachment, instanceId })] : [];
  });
}

/** At the termination of an instance: a volume of it goes with it or is left behind, and then costs money. */
export function releaseVolumes({ volumes, addresses }: RegionWorld, instanceId: string): void {
  for (const volume of volumes.values()) {
    if (volume.attachment?.instanceId !== instanceId) continue;
    if (volume.attachment.deleteOnTermination) volumes.delete(volume.id);
    else volumes.set(volume.id, { ...volume, state: "available", attachment: undefined });
  }
  for (const address of addresses.values())
    if (address.instanceId === instanceId) addresses.set(address.id, { ...address, instanceId: undefined });
}
