import { AwsError, invalidValue } from "../awsError.ts";
import { groups, type Parameters } from "../wire/parameters.ts";
import type { Tags } from "../world/model.ts";

const MOST_TAGS = 50;

/** The tags that a creating request gives to resources of that kind. */
export function tagsFor(parameters: Parameters, resourceType: string): Tags {
  const tags = new Map<string, string>();
  for (const specification of groups(parameters, "TagSpecification")) {
    if (specification["ResourceType"] !== resourceType) continue;
    for (const [key, value] of parseTags(specification)) tags.set(key, value);
  }
  return tags;
}

export function parseTags(parameters: Parameters): Tags {
  const tags = new Map<string, string>();
  for (const tag of groups(parameters, "Tag")) {
    const { Key: key = "", Value: value = "" } = tag;
    if (key.startsWith("aws:")) throw invalidValue("Tag", key, "The prefix aws: is reserved.");
    if (key === "" || key.length > 128) throw invalidValue("Tag", key, "A key has 1 to 128 characters.");
    if (value.length > 256) throw invalidValue("Tag", value, "A value has up to 256 characters.");
    tags.set(key, value);
  }
  return checked(tags);
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions */
export function checked(tags: Tags): Tags {
  if (tags.size > MOST_TAGS) throw new AwsError("TagLimitExceeded", `A resource has up to ${MOST_TAGS} tags.`);
  return tags;
}
