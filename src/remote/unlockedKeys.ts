import type { ParsedKey } from "ssh2";

/** Keys whose passphrase was given, by the text of their file. In memory only, for the life of the extension. */
export type UnlockedKeys = Map<string, ParsedKey>;
