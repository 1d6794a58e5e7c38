import { AwsError } from "../awsError.ts";
import { groups, texts, type Parameters } from "../wire/parameters.ts";
import type { Tags } from "../world/model.ts";

/** What a resource shows under the name of a filter; a filter matches where any of it does. */
export type FilterFields<Resource> = Readonly<Record<string, (resource: Resource) => readonly (string | undefined)[]>>;

const MOST_VALUES = 200;

type Test<Resource> = (resource: Resource) => boolean;

/** A function that is true for what all filters of the request let through. */
export function filterOf<Resource extends { readonly tags: Tags }>(
  parameters: Parameters,
  fields: FilterFields<Resource>,
): Test<Resource> {
  const tests = groups(parameters, "Filter").map((filter) => {
    const name = filter["Name"] ?? "";
    const matches = anyOf(checkedValues(texts(filter, "Value")));
    const read = reader(name, fields);
    return (resource: Resource) => read(resource).some((text) => text !== undefined && matches(text));
  });
  return (resource) => tests.every((test) => test(resource));
}

function checkedValues(values: readonly string[]): readonly string[] {
  if (values.length <= MOST_VALUES) return values;
  throw new AwsError("FilterLimitExceeded", `A filter may have up to ${MOST_VALUES} values.`);
}

/** For what has no tags. */
export function plainFilterOf<Resource>(parameters: Parameters, fields: FilterFields<Resource>): Test<Resource> {
  const wrapped: FilterFields<{ resource: Resource; tags: Tags }> = Object.fromEntries(
    Object.entries(fields).map(([name, read]) => [name, ({ resource }: { resource: Resource }) => read(resource)]),
  );
  const test = filterOf(parameters, wrapped);
  return (resource) => test({ resource, tags: NO_TAGS });
}

const NO_TAGS: Tags = new Map();

function reader<Resource extends { readonly tags: Tags }>(
  name: string,
  fields: FilterFields<Resource>,
): (resource: Resource) => readonly (string | undefined)[] {
  if (name.startsWith("tag:")) {
    const key = name.slice("tag:".length);
    return ({ tags }) => [tags.get(key)];
  }
  if (name === "tag-key") return ({ tags }) => [...tags.keys()];
  const read = fields[name];
  if (!read) throw new AwsError("InvalidParameterValue", `The filter '${name}' is invalid`);
  return read;
}

/** Case counts; `*` stands for any text, `?` for one character, a backslash takes the meaning away. */
function anyOf(patterns: readonly string[]): (text: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !/[*?\\]/.test(pattern)));
  const wild = patterns.filter((pattern) => /[*?\\]/.test(pattern)).map(toRegularExpression);
  return (text) => exact.has(text) || wild.some((expression) => expression.test(text));
}

function toRegularExpression(pattern: string): RegExp {
  const source = pattern.replace(/\\([*?\\])|\*|\?|[.+^${}()|[\]\\]/g, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return `\\${escaped}`;
    if (found === "*") return ".*";
    return found === "?" ? "." : `\\${found}`;
  });
  return new RegExp(`^${source}$`, "s");
}
