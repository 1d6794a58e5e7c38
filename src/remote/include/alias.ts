/** Lower case only, because the authority of a remote URI is lower-cased; "--" would read as an encoded authority. */
const ALIAS = /^(?!.*--)[a-z0-9][a-z0-9-]{0,62}$/;
const LONGEST_STEM = 48;

export function isSafeAlias(alias: string): boolean {
  return ALIAS.test(alias);
}

/**
 * An SSH alias for a name of any content: the name itself where it is one already, else what is left of it in
 * `[a-z0-9-]` and six digits of its hash. The same name gives the same alias as long as that one is not in `taken`.
 */
export function safeAlias(name: string, taken: ReadonlySet<string>): string {
  if (isSafeAlias(name) && !taken.has(name)) return name;
  const stem = stemOf(name);
  for (let attempt = 0; ; attempt += 1) {
    const salted = attempt === 0 ? name : `${name}\0${attempt}`;
    const alias = `${stem}-${digest(salted)}`;
    if (!taken.has(alias)) return alias;
  }
}

/**
 * Six hexadecimal digits of FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). Two names may share them, by chance
 * or on purpose: `taken` decides, not the hash. Loading node:crypto for it would double the time of activation.
 */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 8).toString(16).padStart(6, "0");
}

function stemOf(name: string): string {
  const stem = name
    .slice(0, 4 * LONGEST_STEM)
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-/, "")
    .slice(0, LONGEST_STEM)
    .replace(/-$/, "");
  return stem === "" ? "gpu" : stem;
}
