import { plainText } from "./plainText.ts";

/**
 * What a session may ask of the person in front of the screen. Only ever called in interactive mode.
 * `undefined` and `false` mean that the question was dismissed.
 */
export interface Ask {
  trustHostKey(question: HostKeyQuestion, signal: AbortSignal): Promise<boolean>;
  passphrase(question: PassphraseQuestion, signal: AbortSignal): Promise<string | undefined>;
  /** One answer for each prompt, in order. Passwords and one-time codes. */
  answers(question: AnswersQuestion, signal: AbortSignal): Promise<readonly string[] | undefined>;
}

export interface HostKeyQuestion {
  readonly host: string;
  readonly port: number;
  /** As known_hosts names it, e.g. "ssh-ed25519". */
  readonly keyType: string;
  /** As OpenSSH prints it: "SHA256:…". */
  readonly fingerprint: string;
  /** Of the keys trusted so far; empty at first contact, filled only where the user replaces a changed key. */
  readonly trustedFingerprints: readonly string[];
}

export interface PassphraseQuestion {
  readonly keyFile: string;
  /** From 1; more than 1 means that the last answer was wrong. */
  readonly attempt: number;
}

export interface AnswersQuestion {
  readonly host: string;
  readonly user: string;
  /** Of the far side, and therefore hostile text; may be empty. */
  readonly name: string;
  readonly instructions: string;
  readonly prompts: readonly Prompt[];
}

export interface Prompt {
  readonly text: string;
  /** Whether what is typed may be seen. */
  readonly echo: boolean;
}

/** One prompt with what the far side says around it, as RFC 4256 (3.2) has it shown: name, instructions, prompt. */
export function questionText({ name, instructions }: AnswersQuestion, { text }: Prompt): string {
  // Each is cut by itself, so that a long name cannot push the prompt out of sight.
  const parts = [plainText(name, 64), plainText(instructions), plainText(text)];
  return parts.filter((part) => part !== "").join(" · ");
}
