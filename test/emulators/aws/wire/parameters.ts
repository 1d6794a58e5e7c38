import { invalidValue, missing } from "../awsError.ts";

/** A form of the query protocol as it was sent: `TagSpecification.1.Tag.2.Key` and its text. */
export type Parameters = Readonly<Record<string, string>>;

export function parseForm(body: string): Parameters {
  return Object.fromEntries(new URLSearchParams(body));
}

export function required(parameters: Parameters, name: string): string {
  const text = parameters[name];
  if (text === undefined || text === "") throw missing(name);
  return text;
}

export function flag(parameters: Parameters, name: string): boolean {
  return parameters[name] === "true";
}

export function wholeNumber(parameters: Parameters, name: string): number | undefined {
  const text = parameters[name];
  if (text === undefined) return undefined;
  if (!/^-?\d+$/.test(text)) throw invalidValue(name, text, "It is not a whole number.");
  return Number(text);
}

/** `Name.1`, `Name.2` … */
export function texts(parameters: Parameters, name: string): readonly string[] {
  const found: string[] = [];
  for (let text = parameters[`${name}.1`]; text !== undefined; text = parameters[`${name}.${found.length + 1}`])
    found.push(text);
  return found;
}

/** The structures `Name.1.…`, `Name.2.…`, each without its prefix. */
export function groups(parameters: Parameters, name: string): readonly Parameters[] {
  const found = new Map<number, Record<string, string>>();
  for (const [key, text] of Object.entries(parameters)) {
    if (!key.startsWith(`${name}.`)) continue;
    const [, index, rest] = /^(\d+)\.(.+)$/.exec(key.slice(name.length + 1)) ?? [];
    if (index === undefined || rest === undefined) continue;
    const group = found.get(Number(index)) ?? {};
    group[rest] = text;
    found.set(Number(index), group);
  }
  return [...found].toSorted(([left], [right]) => left - right).map(([, group]) => group);
}

/** The structure `Name.…` without its prefix; undefined where nothing of it was sent. */
export function group(parameters: Parameters, name: string): Parameters | undefined {
  const entries = Object.entries(parameters)
    .filter(([key]) => key.startsWith(`${name}.`))
    .map(([key, text]) => [key.slice(name.length + 1), text] as const);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
