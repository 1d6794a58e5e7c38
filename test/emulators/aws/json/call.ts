import { AwsError } from "../awsError.ts";
import type { RegionWorld } from "../world/region.ts";

/** A request to a service that speaks JSON. */
export interface JsonCall {
  readonly region: RegionWorld;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export type JsonAction = (call: JsonCall) => object;

export function text(parameters: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = parameters[name];
  return typeof value === "string" ? value : undefined;
}

export function requiredText(parameters: Readonly<Record<string, unknown>>, name: string): string {
  const value = text(parameters, name);
  if (value === undefined) throw new AwsError("ValidationException", `${name} must not be null`);
  return value;
}

export function textList(parameters: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  return list(parameters, name).filter((value) => typeof value === "string");
}

export function objectList(
  parameters: Readonly<Record<string, unknown>>,
  name: string,
): readonly Readonly<Record<string, unknown>>[] {
  return list(parameters, name).flatMap((value) => (typeof value === "object" && value !== null ? [{ ...value }] : []));
}

function list(parameters: Readonly<Record<string, unknown>>, name: string): readonly unknown[] {
  const value = parameters[name];
  return Array.isArray(value) ? value : [];
}

/** A page, and the token for the next, which is the place in the list. */
export function pageOfList<Item>(
  parameters: Readonly<Record<string, unknown>>,
  items: readonly Item[],
  most: number,
): { readonly items: readonly Item[]; readonly more: { readonly NextToken?: string } } {
  const asked = parameters["MaxResults"];
  const size = typeof asked === "number" ? Math.min(asked, most) : most;
  const start = Number(text(parameters, "NextToken") ?? 0);
  if (!Number.isSafeInteger(start)) throw new AwsError("InvalidNextTokenException", "The token is not valid.");
  const end = start + size;
  return { items: items.slice(start, end), more: end < items.length ? { NextToken: String(end) } : {} };
}
