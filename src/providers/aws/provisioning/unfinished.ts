import type { Instance } from "@aws-sdk/client-ec2";
import { plainText } from "../../../core/plainText.ts";
import type { Remnant } from "../../../core/provisioning.ts";
import { sentence, type Sentence } from "../../../core/sentence.ts";
import { findGroupIds, findInstanceIds, findKeyNames, groups, instances, keyPairs, TAGGED } from "./findRemains.ts";
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
  /** As the tag says; undefined where it does not say it in a form that we know. */
  readonly createdAt: number | undefined;
}

/** What is younger may be on its way, begun on another computer. */
const YOUNG_MS = 30 * 60_000;

/** What is left of this user's operations beside machines, and is used by none. */
export async function findRemnants(
  source: Pick<Run, "clients" | "signal" | "clock">,
  owner: string,
): Promise<readonly Remnant[]> {
  const all = await findRemains(source);
  const inUse = new Set((await instances(source, [TAGGED])).filter(isAlive).map(({ KeyName }) => KeyName));
  return all.flatMap((remains) => {
    const { operationId, createdAt, groupIds, instanceIds } = remains;
    const keyNames = remains.keyNames.filter((name) => !inUse.has(name));
    const parts = toldParts({ groupIds, keyNames });
    const isOld = createdAt !== undefined && source.clock() - createdAt >= YOUNG_MS;
    const isLeft = instanceIds.length === 0 && parts.length > 0 && remains.owner === owner && isOld;
    return isLeft ? [{ operationId, parts, startedAt: createdAt }] : [];
  });
}

/** What is there of one operation, its machines first: they cost. */
export async function remainsOf(search: Pick<Run, "clients" | "signal" | "operationId">): Promise<readonly Sentence[]> {
  const instanceIds = await findInstanceIds(search, []);
  const groupIds = await findGroupIds(search);
  const keyNames = await findKeyNames(search);
  return [
    ...instanceIds.map((id) => sentence("the machine {0}, with everything on its disk", id)),
    ...toldParts({ groupIds, keyNames }),
  ];
}

function toldParts({ groupIds, keyNames }: Pick<Remains, "groupIds" | "keyNames">): readonly Sentence[] {
  return [
    ...groupIds.map((id) => sentence("the security group {0}", id)),
    ...keyNames.map((name) => sentence("the key pair {0}", plainText(name, 100))),
  ];
}

function isAlive({ State }: Instance): boolean {
  return State?.Name !== "terminated";
}

interface Found {
  readonly createdAt: string;
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
  if (operationId === "") return undefined;
  return { operationId, owner: valueOf(tags, TAG.owner), createdAt: valueOf(tags, TAG.createdAt), kind, id };
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
    createdAt: timeOf(parts.find(({ createdAt }) => createdAt !== "")?.createdAt),
  };
}

function timeOf(text = ""): number | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
