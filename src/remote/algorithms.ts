import type { Algorithms, ServerHostKeyAlgorithm } from "ssh2";
import { listOption, type HostOptions } from "./hostOptions.ts";

/** Signature algorithms of host keys that ssh2 checks, with the type of key each belongs to. */
const HOST_KEY_ALGORITHMS: readonly (readonly [ServerHostKeyAlgorithm, string])[] = [
  ["ssh-ed25519", "ssh-ed25519"],
  ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"],
  ["ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"],
  ["ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521"],
  ["rsa-sha2-512", "ssh-rsa"],
  ["rsa-sha2-256", "ssh-rsa"],
  ["ssh-rsa", "ssh-rsa"],
];
/** Where `ssh -G` prints none: SHA-1 is left out, as in OpenSSH since 8.8. */
const DEFAULT_HOST_KEY_ALGORITHMS = HOST_KEY_ALGORITHMS.map(([algorithm]) => algorithm).filter(
  (algorithm) => algorithm !== "ssh-rsa",
);

/**
 * What to offer a host: the user's own choice as far as ssh2 goes. Where keys are on record for the host, only their
 * types: otherwise a machine in the middle could show a key of another type and pass for a first contact.
 */
export function algorithms(options: HostOptions, knownTypes: readonly string[]): Algorithms {
  return {
    serverHostKey: [...hostKeyAlgorithms(options, knownTypes)],
    ...only("kex", options, "kexalgorithms"),
    ...only("cipher", options, "ciphers"),
    ...only("hmac", options, "macs"),
  };
}

/** Never empty: an empty list would mean ssh2's own defaults. */
export function hostKeyAlgorithms(
  options: HostOptions,
  knownTypes: readonly string[],
): readonly ServerHostKeyAlgorithm[] {
  const chosen = listOption(options, "hostkeyalgorithms") ?? DEFAULT_HOST_KEY_ALGORITHMS;
  const offered = HOST_KEY_ALGORITHMS.filter(([algorithm]) => chosen.includes(algorithm))
    .sort(([a], [b]) => chosen.indexOf(a) - chosen.indexOf(b))
    .filter(([, type]) => knownTypes.length === 0 || knownTypes.includes(type))
    .map(([algorithm]) => algorithm);
  if (offered.length > 0) return offered;
  // The user's choice excludes every key on record: those keys alone are offered, and nothing else is trusted.
  const known = HOST_KEY_ALGORITHMS.filter(([, type]) => knownTypes.includes(type)).map(([algorithm]) => algorithm);
  return known.length > 0 ? known : DEFAULT_HOST_KEY_ALGORITHMS;
}

/** Narrows a list of ssh2 to the user's. It takes patterns there, so that what it does not know is passed over. */
function only(name: "kex" | "cipher" | "hmac", options: HostOptions, option: string): Algorithms {
  const chosen = listOption(options, option);
  if (chosen === undefined || chosen.some((algorithm) => /^[+^-]/.test(algorithm))) return {};
  return { [name]: patternsFor(chosen) };
}

/** What ssh2 keeps as long as a connection lives, and most hosts have in common. */
const sharedPatterns = new Map<string, unknown>();
const MOST_PATTERNS = 32;

/** The type declarations of ssh2 leave out the patterns that its documentation names. */
function patternsFor(chosen: readonly string[]): unknown {
  const anyOf = chosen.map((algorithm) => algorithm.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  const known = sharedPatterns.get(anyOf);
  if (known !== undefined) return known;
  const patterns = { append: [new RegExp(`^(?:${anyOf})$`)], remove: [new RegExp(`^(?!(?:${anyOf})$)`)] };
  if (sharedPatterns.size < MOST_PATTERNS) sharedPatterns.set(anyOf, patterns);
  return patterns;
}
