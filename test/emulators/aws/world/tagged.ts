import { change } from "./instanceStates.ts";
import type { Tags } from "./model.ts";
import type { RegionWorld } from "./region.ts";

export interface Tagged {
  readonly id: string;
  readonly type: string;
  readonly tags: Tags;
}

interface Kind {
  /** As tags and the prefix of ids name it. */
  readonly type: string;
  readonly code: string;
  readonly list: (region: RegionWorld) => readonly { readonly id: string; readonly tags: Tags }[];
  readonly retag: (region: RegionWorld, id: string, tags: Tags) => void;
}

/** Whatever can carry tags. */
const KINDS: Readonly<Record<string, Kind>> = {
  i: {
    type: "instance",
    code: "InvalidInstanceID.NotFound",
    list: ({ instances }) => instances.values(),
    retag: (region, id, tags) => void change(region, id, { tags }),
  },
  vol: stored("volume", "InvalidVolume.NotFound", ({ volumes }) => volumes),
  key: stored("key-pair", "InvalidKeyPair.NotFound", ({ keyPairs }) => keyPairs),
  sg: stored("security-group", "InvalidGroup.NotFound", ({ securityGroups }) => securityGroups),
  sir: stored("spot-instances-request", "InvalidSpotInstanceRequestID.NotFound", ({ spotRequests }) => spotRequests),
  eipalloc: stored("elastic-ip", "InvalidAllocationID.NotFound", ({ addresses }) => addresses),
  vpc: stored("vpc", "InvalidVpcID.NotFound", ({ vpcs }) => vpcs),
  subnet: stored("subnet", "InvalidSubnetID.NotFound", ({ subnets }) => subnets),
};

function stored<Resource extends { readonly id: string; readonly tags: Tags }>(
  type: string,
  code: string,
  storeOf: (region: RegionWorld) => Map<string, Resource>,
): Kind {
  return {
    type,
    code,
    list: (region) => [...storeOf(region).values()],
    retag: (region, id, tags) => {
      const resource = storeOf(region).get(id);
      if (resource) storeOf(region).set(id, { ...resource, tags });
    },
  };
}

export function kindOf(id: string): Kind | undefined {
  return KINDS[id.slice(0, id.lastIndexOf("-"))];
}

export function taggedResources(region: RegionWorld): readonly Tagged[] {
  return Object.values(KINDS).flatMap(({ type, list }) => list(region).map(({ id, tags }) => ({ id, type, tags })));
}
