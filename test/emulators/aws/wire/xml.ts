/** Text that is XML already. */
export interface RawXml {
  readonly rawXml: string;
}

/** A list becomes a set of `<item>`, an object its members; what is undefined is left out. */
export type XmlValue =
  string | number | boolean | Date | RawXml | readonly XmlValue[] | { readonly [name: string]: XmlValue | undefined };

export type XmlMembers = Readonly<Record<string, XmlValue | undefined>>;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#xD;",
};

export function element(name: string, value: XmlValue): string {
  const pieces: string[] = [];
  writeElement(name, value, pieces);
  return pieces.join("");
}

export function members(values: XmlMembers): string {
  const pieces: string[] = [];
  writeMembers(values, pieces);
  return pieces.join("");
}

function writeElement(name: string, value: XmlValue, pieces: string[]): void {
  pieces.push("<", name, ">");
  writeContent(value, pieces);
  pieces.push("</", name, ">");
}

function writeContent(value: XmlValue, pieces: string[]): void {
  if (typeof value !== "object") pieces.push(typeof value === "string" ? escapeText(value) : String(value));
  else if (value instanceof Date) pieces.push(value.toISOString());
  else if (isList(value)) for (const item of value) writeElement("item", item, pieces);
  else if (isRaw(value)) pieces.push(value.rawXml);
  else writeMembers(value, pieces);
}

function writeMembers(values: XmlMembers, pieces: string[]): void {
  for (const [name, value] of Object.entries(values)) if (value !== undefined) writeElement(name, value, pieces);
}

function isList(value: object): value is readonly XmlValue[] {
  return Array.isArray(value);
}

function isRaw(value: object): value is RawXml {
  return "rawXml" in value;
}

function escapeText(text: string): string {
  return /[&<>"\r]/.test(text) ? text.replace(/[&<>"\r]/g, (character) => ESCAPES[character] ?? "") : text;
}
