/**
 * A program of this machine through which another one is reached, its words one by one: the name under which the PATH
 * has it, and its arguments. What speaks to the far side is its standard input and output.
 */
export type ProxyProgram = readonly [name: string, ...words: string[]];

/** A name and no path: which file it is, the PATH of this machine's user decides. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/;
/**
 * Of signs to which neither a shell nor ssh nor cmd.exe gives a meaning. A space may stand inside, where quotes keep it;
 * an equals sign not at the start, where zsh would look for a command.
 */
const WORD = /^[A-Za-z0-9_.:/@+,-](?:[A-Za-z0-9_.:/@+=, -]{0,253}[A-Za-z0-9_.:/@+=,-])?$/;
const MOST_WORDS = 32;

/** True for words that are nothing but themselves, whoever reads them. Not for "none", which ssh takes for no program. */
export function isProxyProgram(words: readonly string[]): words is ProxyProgram {
  const [name = "", ...rest] = words;
  return NAME.test(name) && name.toLowerCase() !== "none" && rest.length < MOST_WORDS && rest.every(isProxyWord);
}

/** True for what can be an argument of such a program. */
export function isProxyWord(text: string): boolean {
  return WORD.test(text);
}
