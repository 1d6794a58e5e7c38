import { sentence, type Sentence } from "../../../core/sentence.ts";

/** Letters and digits of any language, spaces and + - = . _ : / @, as AWS allows everywhere. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} +\-=._:/@]{0,99}$/u;
/** Without what separates: = and the comma. */
const TAG_KEY = /^[\p{L}\p{N}][\p{L}\p{N} +\-._:/@]{0,127}$/u;
const TAG_VALUE = /^[\p{L}\p{N} +\-=._:/@]{0,256}$/u;
/** AWS allows 50 on each resource; ours are among them. https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html */
const MOST_TAGS = 30;
/** AWS's own, ours, and the name, which is asked for by itself. */
const RESERVED = /^(aws:|gpu-dev:|name$)/i;

export function nameProblem(text: string): Sentence | undefined {
  if (NAME.test(text) && text.trim() === text) return undefined;
  return sentence("Up to 100 letters, digits, spaces and + - = . _ : / @, beginning with a letter or digit.");
}

export function tagsProblem(text: string): Sentence | undefined {
  const pairs = pairsOf(text);
  if (pairs.length > MOST_TAGS) return sentence("At most {0} tags.", MOST_TAGS);
  const wrong = pairs.find(([key, value]) => !TAG_KEY.test(key) || value === undefined || !TAG_VALUE.test(value));
  if (wrong) return sentence("Each tag has the form key=value, with letters, digits, spaces and + - . _ : / @");
  const reserved = pairs.find(([key]) => RESERVED.test(key));
  if (reserved) return sentence("The tag {0} is reserved.", reserved[0]);
  const isTwice = new Set(pairs.map(([key]) => key)).size < pairs.length;
  return isTwice ? sentence("A tag is there twice.") : undefined;
}

/** "a=1, b=2" → { a: "1", b: "2" }; of a text without a problem. */
export function parseTags(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(pairsOf(text).map(([key, value]) => [key, value ?? ""]));
}

function pairsOf(text: string): readonly (readonly [string, string | undefined])[] {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  return parts.map((part) => {
    const [key = "", ...rest] = part.split("=");
    return [key.trim(), rest.length === 0 ? undefined : rest.join("=").trim()] as const;
  });
}
