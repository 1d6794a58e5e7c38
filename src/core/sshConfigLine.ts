/** One line of an OpenSSH client configuration that says something. */
export interface SshConfigLine {
  /** Lower case, as keywords are compared without case. */
  readonly keyword: string;
  /** Undefined where the quotes do not match, for which ssh refuses the line. */
  readonly arguments: readonly string[] | undefined;
}

const LINE = /^\s*"?([^\s"=#]+)"?[ \t]*=?(.*)$/s;

/** The keyword of a line in lower case: all that has to be known of most lines. Undefined for blanks and comments. */
export function sshConfigKeyword(line: string): string | undefined {
  return LINE.exec(line)?.[1]?.toLowerCase();
}

/**
 * Splits one line as OpenSSH does (`process_config_line_depth` and `argv_split`): keyword, one optional "=", arguments
 * in single or double quotes, a "#" that ends the line where an argument could begin. Undefined for blanks and comments.
 */
export function parseSshConfigLine(line: string): SshConfigLine | undefined {
  const match = LINE.exec(line.trimEnd());
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { keyword: match[1].toLowerCase(), arguments: splitArguments(match[2]) };
}

function splitArguments(text: string): readonly string[] | undefined {
  if (!/["'\\#]/.test(text)) return text.split(/[ \t]+/).filter((argument) => argument !== "");
  const found: string[] = [];
  let position = 0;
  for (;;) {
    while (isBlank(text[position])) position += 1;
    if (position >= text.length || text[position] === "#") return found;
    const argument = readArgument(text, position);
    if (argument === undefined) return undefined;
    found.push(argument.value);
    position = argument.end;
  }
}

function readArgument(text: string, start: number): { readonly value: string; readonly end: number } | undefined {
  let value = "";
  let quote: string | undefined;
  let end = start;
  for (; end < text.length && (quote !== undefined || !isBlank(text[end])); end += 1) {
    const character = text.charAt(end);
    if (isEscape(text, end, quote)) {
      end += 1;
      value += text.charAt(end);
    } else if (character === quote) quote = undefined;
    else if (quote === undefined && isQuote(character)) quote = character;
    else value += character;
  }
  return quote === undefined ? { value, end } : undefined;
}

function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t";
}

function isQuote(character: string | undefined): boolean {
  return character === "'" || character === '"';
}

/** A backslash counts before a quote or another backslash, and outside quotes before a space. */
function isEscape(text: string, position: number, quote: string | undefined): boolean {
  const next = text[position + 1];
  return text[position] === "\\" && (isQuote(next) || next === "\\" || (quote === undefined && next === " "));
}
