/** True for what a `Host` line can match more than one name with, or none: wildcards and negation. */
export function isPattern(text: string): boolean {
  return /[*?]|^!/.test(text);
}

/** Whether a `Host` line applies to a name: some pattern matches and no negated one does (ssh_config(5), PATTERNS). */
export function matchesPatterns(name: string, patterns: readonly string[]): boolean {
  const negated = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1));
  if (negated.some((pattern) => matchesWildcards(name, pattern))) return false;
  return patterns.some((pattern) => !pattern.startsWith("!") && matchesWildcards(name, pattern));
}

/** `*` stands for any text, `?` for one character. Steps back to the latest `*` only, so time is bounded by the product. */
function matchesWildcards(name: string, pattern: string): boolean {
  let at = 0;
  let star = -1;
  let starAt = 0;
  let position = 0;
  while (position < name.length) {
    if (pattern[at] === "*") {
      star = at;
      starAt = position;
      at += 1;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === name[position])) {
      at += 1;
      position += 1;
    } else if (star >= 0) {
      starAt += 1;
      position = starAt;
      at = star + 1;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}
