import type { InterruptionAction } from "../core/interruption.ts";
import { plainText } from "../core/plainText.ts";
import type { InterruptionNews } from "../health/interruptions.ts";
import type { Speech } from "./environmentRow.ts";
import { countdown, interruptionLines } from "./interruptionWords.ts";

/** A message with the commands that its buttons call on the environment, by their titles. */
export interface InterruptionMessage {
  readonly isWarning: boolean;
  readonly text: string;
  readonly buttons: ReadonlyMap<string, string>;
}

/** What is said of a coming interruption and of what became of it, with the next step at hand. */
export function interruptionMessage(news: InterruptionNews, now: number, speech: Speech): InterruptionMessage {
  switch (news.kind) {
    case "noticed":
      return noticed(news, now, speech);
    case "over":
      return over(news, speech);
    case "returned":
      return {
        isWarning: false,
        text: speech.say("{0} runs again.", nameOf(news)),
        buttons: connectButton(news, speech),
      };
  }
}

function noticed(news: InterruptionNews, now: number, speech: Speech): InterruptionMessage {
  const { interruption } = news;
  const words = [nameOf(news), interruption.platform, countdown(Math.max(0, interruption.at - now))] as const;
  const [, ...consequences] = interruptionLines(interruption, now, speech);
  const text = [WILL[interruption.action](speech, words), ...consequences.map((line) => `${line}.`)].join(" ");
  const terminal = [speech.say("Open Terminal"), "gpuDev.openTerminal"] as const;
  return { isWarning: true, text, buttons: new Map([terminal, ...connectButton(news, speech)]) };
}

type Words = readonly [name: string, platform: string, time: string];

const WILL: Readonly<Record<InterruptionAction, (speech: Speech, words: Words) => string>> = {
  stop: ({ say }, words) => say("{0} will be stopped by {1} in {2}.", ...words),
  hibernate: ({ say }, [name, platform]) => say("{0} is being hibernated by {1}.", name, platform),
  terminate: ({ say }, words) => say("{0} will be deleted by {1} in {2}.", ...words),
};

function over(news: InterruptionNews, speech: Speech): InterruptionMessage {
  const { say } = speech;
  const { interruption, environment } = news;
  const { platform } = interruption;
  const none: ReadonlyMap<string, string> = new Map();
  if (!environment)
    return { isWarning: true, text: say("{0} was deleted by {1}.", nameOf(news), platform), buttons: none };
  const happened =
    environment.state === "hibernated"
      ? say("{0} was hibernated by {1}.", nameOf(news), platform)
      : say("{0} was stopped by {1}.", nameOf(news), platform);
  if (interruption.restartedBy === "user") {
    const buttons = environment.operations.start.available ? new Map([[say("Resume"), "gpuDev.resume"]]) : none;
    return { isWarning: true, text: happened, buttons };
  }
  const next = say("{0} starts it again by itself when it has room, and you are told when it runs.", platform);
  return { isWarning: true, text: `${happened} ${next}`, buttons: none };
}

function connectButton({ environment }: InterruptionNews, { say }: Speech): ReadonlyMap<string, string> {
  return environment?.reach === "ssh" ? new Map([[say("Connect"), "gpuDev.connectInNewWindow"]]) : new Map();
}

function nameOf({ name }: InterruptionNews): string {
  return plainText(name, 100);
}
