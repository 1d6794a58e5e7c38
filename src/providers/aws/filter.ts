import type { Filter } from "@aws-sdk/client-ec2";
import type { Ec2Instance } from "./ec2Instance.ts";

/** Which machines of an account are listed. */
export interface InstanceFilter {
  /** Only those with an accelerator. */
  readonly gpuOnly: boolean;
  /** Only those whose tag `gpu-dev:owner` names the caller. */
  readonly mine: boolean;
  /** "key" or "key=value". */
  readonly tag?: string;
}

/** The tag that names who made a machine: the caller's name, as of `Caller`. */
export const OWNER_TAG = "gpu-dev:owner";

/** What AWS itself is asked to leave out, so that it need not be sent. */
export function requestFilters({ mine, tag }: InstanceFilter, callerName: string): Filter[] {
  const owner = mine ? [{ Name: `tag:${OWNER_TAG}`, Values: [literally(callerName)] }] : [];
  const wanted = wantedTag(tag);
  if (!wanted) return owner;
  const { key, value } = wanted;
  const byTag = value === undefined ? { Name: "tag-key", Values: [key] } : { Name: `tag:${key}`, Values: [value] };
  return [...owner, { ...byTag, Values: byTag.Values.map(literally) }];
}

/** The same judged by us: what an endpoint that ignores a filter sends is not another's machine in the tree. */
export function isWanted({ tags }: Ec2Instance, { mine, tag }: InstanceFilter, callerName: string): boolean {
  const wanted = wantedTag(tag);
  if (mine && tags[OWNER_TAG] !== callerName) return false;
  if (!wanted) return true;
  return wanted.value === undefined ? Object.hasOwn(tags, wanted.key) : tags[wanted.key] === wanted.value;
}

function wantedTag(tag: string | undefined): { readonly key: string; readonly value?: string } | undefined {
  const [key = "", ...rest] = (tag ?? "").split("=");
  if (key.trim() === "") return undefined;
  return rest.length === 0 ? { key: key.trim() } : { key: key.trim(), value: rest.join("=").trim() };
}

/** In a filter `*` and `?` stand for other characters unless a backslash precedes them. */
function literally(text: string): string {
  return text.replace(/[\\*?]/g, String.raw`\$&`);
}
