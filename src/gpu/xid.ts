import type { Sentence } from "../core/sentence.ts";
import type { Severity } from "./problem.ts";

/** What one XID number means. */
export interface Xid {
  readonly code: number;
  /** NVIDIA's own short name. */
  readonly mnemonic: string;
  readonly meaning: Sentence;
  readonly fault: "application" | "driver" | "hardware" | "system";
  readonly nextStep: Sentence;
  readonly severity: Severity;
  readonly link: string;
}

/** Undefined for a number that is not in the catalogue: it is shown verbatim. */
export function xid(code: number): Xid | undefined {
  void code;
  return undefined;
}
