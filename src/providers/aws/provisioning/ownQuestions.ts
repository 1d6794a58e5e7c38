// What the machine is called, how long it may run, and who reaches it.
import { isIP } from "node:net";
import type { Question } from "../../../core/provisioning.ts";
import { sentence } from "../../../core/sentence.ts";
import { chosenMarket, chosenMaxHours, chosenType, QUESTION, wholeNumber, type Draft } from "./draft.ts";
import type { QuestionSources } from "./questionSources.ts";
import { nameProblem, tagsProblem } from "./tags.ts";

const USUAL_HOURS = 8;
/** A month; whoever needs it longer leaves it empty. */
const MOST_HOURS = 720;

export function nameQuestion(draft: Draft): Question {
  return {
    kind: "text",
    id: QUESTION.name,
    title: sentence("Name"),
    prompt: sentence("What the machine is called."),
    value: `gpu-${chosenType(draft).name.replace(".", "-")}`,
    problem: nameProblem,
  };
}

export function tagsQuestion(): Question {
  return {
    kind: "text",
    id: QUESTION.tags,
    title: sentence("Tags"),
    prompt: sentence("Further tags, as project=vision, team=research. May be empty."),
    value: "",
    problem: tagsProblem,
  };
}

export function maxHoursQuestion(): Question {
  return {
    kind: "text",
    id: QUESTION.maxHours,
    title: sentence("Hours"),
    prompt: sentence(
      "After how many hours of running it switches itself off, whether or not anybody is connected. Empty: never.",
    ),
    value: String(USUAL_HOURS),
    problem: (text) => {
      if (text.trim() === "") return undefined;
      const hours = wholeNumber(text);
      if (hours !== undefined && hours >= 1 && hours <= MOST_HOURS) return undefined;
      return sentence("A whole number from 1 to {0}, or nothing.", MOST_HOURS);
    },
  };
}

/** Undefined where nothing is to be decided: a Spot machine cannot be stopped and is deleted. */
export function atMaxHoursQuestion(draft: Draft): Question | undefined {
  if (chosenMaxHours(draft) === undefined || chosenMarket(draft) === "spot") return undefined;
  return {
    kind: "choice",
    id: QUESTION.atMaxHours,
    title: sentence("When it switches itself off"),
    none: sentence("It cannot be chosen."),
    options: [
      { value: "stop", label: sentence("Stop it"), description: sentence("its disk is kept and costs money") },
      { value: "delete", label: sentence("Delete it"), description: sentence("with its disk") },
    ],
  };
}

/** Asked only where the address of this computer cannot be found out. */
export async function sshFromQuestion(
  { callerAddress }: QuestionSources,
  signal: AbortSignal,
): Promise<Question | undefined> {
  if (addressRange(await callerAddress(signal)) !== undefined) return undefined;
  return {
    kind: "text",
    id: QUESTION.sshFrom,
    title: sentence("Who reaches it"),
    prompt: sentence("The public IPv4 address from which you reach the internet: only from there SSH is let in."),
    value: "",
    problem: (text) =>
      addressRange(text.trim()) === undefined ? sentence("An IPv4 address, as 203.0.113.7.") : undefined,
  };
}

/**
 * "203.0.113.7" → "203.0.113.7/32": never more than one address. Undefined for what is none, and for an IPv6 address,
 * from which a machine in a default network is not reached.
 */
export function addressRange(address: string | undefined): string | undefined {
  return address !== undefined && isIP(address) === 4 ? `${address}/32` : undefined;
}
