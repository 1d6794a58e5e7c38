import { inEnglish, type Sentence } from "./sentence.ts";

/** What kind of failure it is; decides the icon, the offered action and whether a retry can help. */
export type ErrorCode =
  | "unreachable"
  | "timeout"
  | "host-key-unknown"
  | "host-key-changed"
  | "authentication"
  | "configuration"
  | "missing-tool"
  | "no-driver"
  | "remote-command"
  | "no-gpu"
  | "driver"
  | "unreadable-answer"
  | "unsupported"
  | "permission"
  | "storage"
  | "busy"
  /** The account may not have that much. */
  | "quota"
  /** The platform has none left at the moment. */
  | "capacity"
  /** The platform asks to be asked less often. */
  | "throttled"
  /** It no longer exists, or is not visible yet. */
  | "not-found"
  /** Its state changed meanwhile. */
  | "conflict"
  /** What was asked for is not a thing the platform does. */
  | "invalid-request"
  /** The clock of this machine is too far off for a signature. */
  | "clock";

/** The one error that crosses folder boundaries: a code, a sentence fit for the user, and the cause. */
export class GpuDevError extends Error {
  override readonly name = "GpuDevError";
  readonly code: ErrorCode;
  readonly sentence: Sentence;

  constructor(code: ErrorCode, sentence: Sentence, options?: ErrorOptions) {
    super(inEnglish(sentence), options);
    this.code = code;
    this.sentence = sentence;
  }
}

/** True for the outcome of a cancelled signal, which is passed on untouched and never shown. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === "string" ? error : "An unknown failure.";
}
