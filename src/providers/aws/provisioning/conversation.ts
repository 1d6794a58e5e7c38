import { GpuDevError, type ErrorCode } from "../../../core/error.ts";
import type { Answers, Question } from "../../../core/provisioning.ts";
import { sentence, type Sentence } from "../../../core/sentence.ts";
import type { Draft } from "./draft.ts";
import { gpuQuestion } from "./gpuQuestion.ts";
import { keyQuestion } from "./keyQuestion.ts";
import { marketQuestion } from "./marketQuestion.ts";
import { networkQuestion } from "./networkQuestion.ts";
import { atMaxHoursQuestion, maxHoursQuestion, nameQuestion, sshFromQuestion, tagsQuestion } from "./ownQuestions.ts";
import type { JudgedQuestion, QuestionSources } from "./questionSources.ts";
import { diskQuestion, hibernationQuestion, systemQuestion } from "./systemQuestions.ts";
import { typeQuestion } from "./typeQuestion.ts";

type Ask = (
  draft: Draft,
  sources: QuestionSources,
  signal: AbortSignal,
) => JudgedQuestion | undefined | Promise<JudgedQuestion | undefined>;

/** In the order in which they are asked: each may build on the answers to those before it. */
const QUESTIONS: readonly Ask[] = [
  gpuQuestion,
  typeQuestion,
  marketQuestion,
  networkQuestion,
  systemQuestion,
  diskQuestion,
  hibernationQuestion,
  nameQuestion,
  tagsQuestion,
  maxHoursQuestion,
  atMaxHoursQuestion,
  (_draft, sources, signal) => keyQuestion(sources, signal),
  (_draft, sources, signal) => sshFromQuestion(sources, signal),
];

/**
 * Goes through the questions with the answers there are. Each answer is judged by its question as it stands now: what
 * was offered a minute ago may be gone, and an answer may come from anywhere. Rejects with "invalid-request" at the
 * first that is none, or with the code that its option has.
 */
export async function converse(
  answers: Answers,
  sources: QuestionSources,
  signal: AbortSignal,
): Promise<{ readonly draft: Draft; readonly open: Question | undefined }> {
  const catalogue = await sources.offer.catalogue(signal);
  let accepted: Answers = {};
  for (const ask of QUESTIONS) {
    const question = await ask({ answers: accepted, catalogue }, sources, signal);
    if (!question) continue;
    const answer = Object.hasOwn(answers, question.id) ? answers[question.id] : undefined;
    if (answer === undefined) return { draft: { answers: accepted, catalogue }, open: question };
    judge(question, answer);
    accepted = { ...accepted, [question.id]: answer };
  }
  return { draft: { answers: accepted, catalogue }, open: undefined };
}

function judge(question: JudgedQuestion, answer: string): void {
  if (question.kind === "text") {
    const problem = question.problem(answer);
    if (problem) throw refused(question, problem);
    return;
  }
  const option = question.options.find(({ value }) => value === answer);
  if (!option) throw refused(question, sentence("This is not one of the choices."));
  if (option.unavailable) throw refused(question, option.unavailable, option.code);
}

function refused({ title }: JudgedQuestion, problem: Sentence, code: ErrorCode = "invalid-request"): GpuDevError {
  return new GpuDevError(code, sentence("The machine cannot be made. {0}: {1}", title, problem));
}
