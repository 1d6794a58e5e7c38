import type { InterruptionAction } from "../core/interruption.ts";
import { plainText } from "../core/plainText.ts";
import type { Sentence } from "../core/sentence.ts";
import type { Interruption } from "../health/interruptions.ts";
import type { Speech } from "./environmentRow.ts";
import type { Say } from "./row.ts";

/** A countdown from further away says nothing but that a clock is wrong. */
const LONGEST_MS = 3_600_000;

/** For the row and the status bar: "interrupted in 1:47". */
export function interruptionWords({ at }: Interruption, now: number, say: Say): string {
  const leftMs = at - now;
  if (leftMs <= 0) return say("being interrupted");
  return leftMs > LONGEST_MS ? say("to be interrupted") : say("interrupted in {0}", countdown(leftMs));
}

/** In full, for the tooltip: what happens and when, what is lost by it and what stays. */
export function interruptionLines(interruption: Interruption, now: number, speech: Speech): readonly string[] {
  const { say } = speech;
  const { platform, action, at, consequences } = interruption;
  const leftMs = at - now;
  const when = leftMs <= 0 || leftMs > LONGEST_MS ? [] : [say("In {0}.", countdown(leftMs))];
  return [
    [ANNOUNCED[action](say, platform), ...when].join(" "),
    ...line(say("Lost:"), consequences?.lost ?? [], speech),
    ...line(say("Stays:"), consequences?.survives ?? [], speech),
  ];
}

const ANNOUNCED: Readonly<Record<InterruptionAction, (say: Say, platform: string) => string>> = {
  stop: (say, platform) => say("{0} needs the capacity and stops this machine.", platform),
  hibernate: (say, platform) => say("{0} needs the capacity and hibernates this machine.", platform),
  terminate: (say, platform) => say("{0} needs the capacity and deletes this machine.", platform),
};

function line(title: string, sentences: readonly Sentence[], { localize }: Speech): readonly string[] {
  if (sentences.length === 0) return [];
  return [`${title} ${sentences.map((text) => plainText(localize(text), 300)).join("; ")}`];
}

/** "1:47": minutes and seconds. A second that has begun counts. */
export function countdown(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
