import type { Environment, Price } from "./environment.ts";
import type { OperationContext } from "./provider.ts";
import type { Sentence } from "./sentence.ts";

/** What the user has answered so far, by the id of the question. */
export type Answers = Readonly<Record<string, string>>;

export interface Option {
  /** The answer that it stands for. */
  readonly value: string;
  readonly label: string | Sentence;
  readonly description?: string | Sentence;
  readonly detail?: string | Sentence;
  /** Why it cannot be chosen at the moment. */
  readonly unavailable?: Sentence;
}

export type Question =
  | {
      readonly kind: "choice";
      readonly id: string;
      readonly title: Sentence;
      readonly options: readonly Option[];
      /** Said in place of an empty list. */
      readonly none: Sentence;
    }
  | {
      readonly kind: "text";
      readonly id: string;
      readonly title: Sentence;
      readonly prompt: Sentence;
      /** What stands there at first. */
      readonly value: string;
      /** Why this is no answer; undefined: it is one. */
      readonly problem: (text: string) => Sentence | undefined;
    };

/** What will exist, what it costs and what can go wrong: shown before anything is made. */
export interface ProvisioningPlan {
  readonly answers: Answers;
  /** Of the environment to be. */
  readonly name: string;
  readonly creates: readonly Sentence[];
  /** While it runs. Absent: nobody could tell, which the plan says. */
  readonly price?: Price;
  /** While it is stopped. */
  readonly storagePrice?: Price;
  /** After how many hours it ends by itself; absent: never. */
  readonly maxHours?: number;
  readonly risks: readonly Sentence[];
}

/** What an operation left in a cloud, found there by its mark: its journal is gone, or on another computer. */
export interface Remnant {
  readonly operationId: string;
  readonly parts: readonly Sentence[];
  /** When it was begun: wall-clock milliseconds. */
  readonly startedAt: number;
}

/** A conversation: the answers so far give the next question, then a plan with its price, then the act. */
export interface Provisioning {
  /** Undefined when nothing is left to ask. */
  next(answers: Answers, signal: AbortSignal): Promise<Question | undefined>;
  plan(answers: Answers, signal: AbortSignal): Promise<ProvisioningPlan>;
  /**
   * Makes it. Called again with the steps of an interrupted run it goes on where that one was, and never makes a
   * second one.
   */
  provision(answers: Answers, operationId: string, context: OperationContext): Promise<Environment>;
  /** Removes in reverse order what the steps of a run name. Resolves with what is left, and why. */
  abandon(answers: Answers, operationId: string, context: OperationContext): Promise<readonly Sentence[]>;
  /** What an operation made that is there at this moment: told before `abandon` removes it. */
  remains?(operationId: string, signal: AbortSignal): Promise<readonly Sentence[]>;
  /** What operations of this user left that is part of no machine. Machines are listed by themselves. */
  findRemnants?(signal: AbortSignal): Promise<readonly Remnant[]>;
}
