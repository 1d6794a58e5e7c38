import { AwsError } from "../awsError.ts";
import { groups, texts } from "../wire/parameters.ts";
import type { XmlMembers } from "../wire/xml.ts";
import type { Tags } from "../world/model.ts";
import type { RegionWorld } from "../world/region.ts";
import { kindOf, taggedResources } from "../world/tagged.ts";
import type { Ec2Call } from "./call.ts";
import { plainFilterOf } from "./filters.ts";
import { findInstances } from "./ids.ts";
import { pageOf } from "./paging.ts";
import { checked, parseTags } from "./tagSpecifications.ts";

/** All of the resources or none. */
export function createTags({ region, parameters }: Ec2Call): XmlMembers {
  const added = parseTags(parameters);
  return retag(region, texts(parameters, "ResourceId"), (tags) => checked(new Map([...tags, ...added])));
}

/** Without tags in the request every tag goes; a tag with a value goes only where it has that value. */
export function deleteTags({ region, parameters }: Ec2Call): XmlMembers {
  const wanted = groups(parameters, "Tag");
  const goes = (key: string, value: string): boolean =>
    wanted.length === 0 || wanted.some(({ Key, Value }) => Key === key && (Value ?? value) === value);
  return retag(
    region,
    texts(parameters, "ResourceId"),
    (tags) => new Map([...tags].filter(([key, value]) => !goes(key, value))),
  );
}

function retag(region: RegionWorld, ids: readonly string[], next: (tags: Tags) => Tags): XmlMembers {
  const changes = ids.map((id) => ({ id, ...resource(region, id) }));
  const retagged = changes.map((one) => ({ ...one, tags: next(one.tags) }));
  for (const { id, kind, tags } of retagged) kind.retag(region, id, tags);
  return { return: true };
}

function resource(
  region: RegionWorld,
  id: string,
): { readonly kind: NonNullable<ReturnType<typeof kindOf>>; readonly tags: Tags } {
  const kind = kindOf(id);
  if (!kind) throw new AwsError("InvalidID", `The ID '${id}' is not valid`);
  if (kind.type === "instance") findInstances(region, [id]);
  const found = kind.list(region).find((candidate) => candidate.id === id);
  if (!found) throw new AwsError(kind.code, `The ID '${id}' does not exist`);
  return { kind, tags: found.tags };
}

export function describeTags(call: Ec2Call): XmlMembers {
  const rows = taggedResources(call.region).flatMap(({ id, type, tags }) =>
    [...tags].map(([key, value]) => ({ resourceId: id, resourceType: type, key, value })),
  );
  const passes = plainFilterOf<(typeof rows)[number]>(call.parameters, {
    key: ({ key }) => [key],
    value: ({ value }) => [value],
    "resource-id": ({ resourceId }) => [resourceId],
    "resource-type": ({ resourceType }) => [resourceType],
  });
  const { items, nextToken } = pageOf(call, rows.filter(passes), { least: 5, most: 1000 });
  return { tagSet: items, nextToken };
}
