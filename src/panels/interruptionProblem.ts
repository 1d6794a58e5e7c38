import { canAnswer, type Environment } from "../core/environment.ts";
import type { InterruptionAction } from "../core/interruption.ts";
import { sentence, type Sentence } from "../core/sentence.ts";
import type { GpuProblem } from "../gpu/problem.ts";
import type { Interruption } from "../health/interruptions.ts";
import { countdown } from "../views/interruptionWords.ts";

/** A coming interruption in the form of the other troubles of a page: the first of them, until it has happened. */
export function interruptionProblem(
  interruption: Interruption | undefined,
  environment: Environment | undefined,
  now: number,
): readonly GpuProblem[] {
  if (!interruption || !environment || !canAnswer(environment)) return [];
  const { action, platform, at, consequences } = interruption;
  return [
    {
      id: "interruption",
      severity: "critical",
      title: TITLES[action](platform, countdown(Math.max(0, at - now))),
      explanation: sentence("What is lost: {0}", listed(consequences?.lost)),
      nextStep: sentence("Save what you need now. Stays: {0}", listed(consequences?.survives)),
    },
  ];
}

const TITLES: Readonly<Record<InterruptionAction, (platform: string, time: string) => Sentence>> = {
  stop: (platform, time) => sentence("{0} stops this machine in {1}", platform, time),
  hibernate: (platform) => sentence("{0} hibernates this machine", platform),
  terminate: (platform, time) => sentence("{0} deletes this machine in {1}", platform, time),
};

function listed(sentences: readonly Sentence[] = []): Sentence | string {
  return sentences.reduce<Sentence | string>(
    (list, next) => (list === "–" ? next : sentence("{0}; {1}", list, next)),
    "–",
  );
}
