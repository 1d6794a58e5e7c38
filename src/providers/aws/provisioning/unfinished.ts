import { groups, instances, keyPairs, TAGGED } from "./findRemains.ts";
import { isGroupId, isInstanceId } from "./names.ts";
import { TAG } from "./operationNames.ts";
import type { Run } from "./run.ts";

/** What AWS lists of one operation, by our tags. */
export interface Remains {
  readonly operationId: string;
  /** Whose it is, as the tag says; empty: it does not say. */
  readonly owner: string;
  readonly instanceIds: readonly string[];
  readonly groupIds: readonly string[];
  readonly keyNames: readonly string[];
}

interface Found {
  readonly operationId: string;
  readonly owner: string;
  readonly kind: "instanceIds" | "groupIds" | "keyNames";
  readonly id: string;
}

/**
 * Everything in the region that was made here and not ended, by operation. An operation without a machine was
 * interrupted, or left something behind; whether one with a machine came to its end, only its journal knows.
 */
export async function findRemains(source: Pick<Run, "clients" | "signal">): Promise<readonly Remains[]> {
  const ours = [TAGGED];
  const found = [
    ...(await instances(source, ours)).map(({ InstanceId, Tags, State }) =>
      State?.Name !== "terminated" && isInstanceId(InstanceId) ? toFound("instanceIds", InstanceId, Tags) : undefined,
    ),
    ...(await groups(source, ours)).map(({ GroupId, Tags }) =>
      isGroupId(GroupId) ? toFound("groupIds", GroupId, Tags) : undefined,
    ),
    ...(await keyPairs(source, ours)).map(({ KeyName, Tags }) =>
      KeyName === undefined ? undefined : toFound("keyNames", KeyName, Tags),
    ),
  ];
  const byOperation = Map.groupBy(
    found.filter((one) => one !== undefined),
    ({ operationId }) => operationId,
  );
  return [...byOperation].map(([operationId, parts]) => toRemains(operationId, parts));
}

type Tags = readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined;

function toFound(kind: Found["kind"], id: string, tags: Tags): Found | undefined {
  const operationId = valueOf(tags, TAG.operation);
  return operationId === "" ? undefined : { operationId, owner: valueOf(tags, TAG.owner), kind, id };
}

function valueOf(tags: Tags, key: string): string {
  return tags?.find(({ Key }) => Key === key)?.Value ?? "";
}

function toRemains(operationId: string, parts: readonly Found[]): Remains {
  const ids = (kind: Found["kind"]): readonly string[] =>
    parts.filter((part) => part.kind === kind).map(({ id }) => id);
  return {
    operationId,
    owner: parts.find(({ owner }) => owner !== "")?.owner ?? "",
    instanceIds: ids("instanceIds"),
    groupIds: ids("groupIds"),
    keyNames: ids("keyNames"),
  };
}
