import type { Sentence } from "../core/sentence.ts";
import type { Severity } from "./problem.ts";
import { HARDWARE_XIDS } from "./xidHardware.ts";
import { SOFTWARE_XIDS } from "./xidSoftware.ts";

/** Where the cause usually lies. `system`: the machine around the GPU, such as its virtualisation. */
export type XidFault = "application" | "driver" | "hardware" | "system";

/** What one XID number means. */
export interface Xid {
  readonly code: number;
  /** NVIDIA's own short name. */
  readonly mnemonic: string;
  readonly meaning: Sentence;
  readonly fault: XidFault;
  readonly nextStep: Sentence;
  readonly severity: Severity;
  readonly link: string;
}

/** Where each number, its short name and the recommended action come from. */
export const XID_LINK = "https://docs.nvidia.com/deploy/xid-errors/";

const CATALOGUE: ReadonlyMap<number, Xid> = new Map(
  [...SOFTWARE_XIDS, ...HARDWARE_XIDS].map((row) => [row.code, { ...row, link: XID_LINK }]),
);

/** Undefined for a number that is not in the catalogue: it is shown verbatim. */
export function xid(code: number): Xid | undefined {
  return CATALOGUE.get(code);
}

/** The numbers of the catalogue, ascending. */
export function knownXids(): readonly number[] {
  return [...CATALOGUE.keys()].sort((a, b) => a - b);
}
