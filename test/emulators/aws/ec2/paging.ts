import { AwsError } from "../awsError.ts";
import { wholeNumber, type Parameters } from "../wire/parameters.ts";
import type { Ec2Call } from "./call.ts";

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken: string | undefined;
}

export interface PageBounds {
  readonly least: number;
  readonly most: number;
  /** Without MaxResults; everything where absent. */
  readonly usual?: number;
}

interface Position {
  /** The last item given out. */
  readonly after: number;
  readonly issuedAt: number;
}

/** Cuts by a number that rises along the list, so that nothing is skipped or repeated when the list changes meanwhile. */
export function pageBy<Item>(
  { parameters, region, emptyPage }: Ec2Call,
  items: readonly Item[],
  numberOf: (item: Item) => number,
  bounds: PageBounds,
): Page<Item> {
  const size = pageSize(parameters, bounds);
  const { clock, durations } = region.cloud;
  const after = parsePosition(parameters["NextToken"], clock.now() - durations().paginationTokenMs)?.after ?? -Infinity;
  const rest = items.filter((item) => numberOf(item) > after);
  const page = emptyPage ? [] : rest.slice(0, size);
  const last = page.at(-1);
  const end = last === undefined ? after : numberOf(last);
  const more = rest.length > page.length;
  return { items: page, nextToken: more ? token({ after: end, issuedAt: clock.now() }) : undefined };
}

/** For lists that do not change. */
export function pageOf<Item>(call: Ec2Call, items: readonly Item[], bounds: PageBounds): Page<Item> {
  const numbered = items.map((item, index) => ({ item, index }));
  const { items: page, nextToken } = pageBy(call, numbered, ({ index }) => index, bounds);
  return { items: page.map(({ item }) => item), nextToken };
}

function pageSize(parameters: Parameters, { least, most, usual }: PageBounds): number {
  const asked = wholeNumber(parameters, "MaxResults");
  if (asked === undefined) return usual ?? Infinity;
  if (asked >= least && asked <= most) return asked;
  throw new AwsError(
    "InvalidParameterValue",
    `Value ( ${asked} ) for parameter maxResults is invalid. Expecting a value between ${least} and ${most}.`,
  );
}

/** JSON has no -Infinity: a list whose first page was empty begins anew. */
function token({ after, issuedAt }: Position): string {
  return Buffer.from(JSON.stringify({ after: Number.isFinite(after) ? after : -1, issuedAt })).toString("base64url");
}

function parsePosition(text: string | undefined, oldest: number): Position | undefined {
  if (text === undefined || text === "") return undefined;
  const position = parseJson(Buffer.from(text, "base64url").toString());
  if (!isPosition(position) || position.issuedAt < oldest)
    throw new AwsError("InvalidPaginationToken", "The pagination token is not valid or has expired.");
  return position;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isPosition(value: unknown): value is Position {
  return typeof value === "object" && value !== null && "after" in value && "issuedAt" in value;
}
