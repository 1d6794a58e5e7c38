import type { ErrorCode } from "../../../core/error.ts";
import type { Option, Question } from "../../../core/provisioning.ts";
import type { Sentence } from "../../../core/sentence.ts";
import type { ProvisioningDependencies } from "./dependencies.ts";
import type { Offer } from "./offer.ts";

/** What questions are made of. */
export interface QuestionSources extends Pick<ProvisioningDependencies, "prices" | "keys" | "callerAddress"> {
  readonly offer: Offer;
  readonly region: string;
}

/** An option that knows what kind of failure it is to choose it nevertheless. */
export interface JudgedOption extends Option {
  readonly code?: ErrorCode;
}

/** A question whose options are such. */
export type JudgedQuestion =
  | Extract<Question, { readonly kind: "text" }>
  | (Omit<Extract<Question, { readonly kind: "choice" }>, "options"> & { readonly options: readonly JudgedOption[] });

/** Why an option cannot be chosen, as a part of it; nothing where it can. */
export function unavailable(code: ErrorCode, reason: Sentence | undefined): Pick<JudgedOption, "unavailable" | "code"> {
  return reason ? { unavailable: reason, code } : {};
}

export const GIBIBYTE_MIB = 1024;

/** Of mebibytes, to a tenth. */
export function gibibytes(mebibytes: number): number {
  return Math.round((mebibytes / GIBIBYTE_MIB) * 10) / 10;
}
