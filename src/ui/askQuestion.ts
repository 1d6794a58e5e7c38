import * as vscode from "vscode";
import { disposeAll } from "../core/event.ts";
import { isAbort } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import type { Option, Question } from "../core/provisioning.ts";
import type { Sentence } from "../core/sentence.ts";
import { escapeIcons } from "./escapeIcons.ts";
import { localize } from "./localize.ts";

/** What became of a question: an answer, the wish to go back, or dismissed. */
export type Asked =
  { readonly kind: "answer"; readonly value: string } | { readonly kind: "back" } | { readonly kind: "dismissed" };

/** Shows that something is being asked of a cloud, which the user may give up; undefined when they did. */
export async function whileLoading<T>(
  title: string,
  load: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const pick = vscode.window.createQuickPick();
  const abort = new AbortController();
  const hidden = pick.onDidHide(() => abort.abort());
  Object.assign(pick, { title, placeholder: vscode.l10n.t("Loading…"), busy: true, ignoreFocusOut: true });
  pick.show();
  try {
    return await load(abort.signal);
  } catch (error) {
    if (abort.signal.aborted && isAbort(error)) return undefined;
    throw error;
  } finally {
    disposeAll([hidden, pick]);
  }
}

export function askQuestion(question: Question, step: number): Promise<Asked> {
  return question.kind === "choice" ? askChoice(question, step) : askText(question, step);
}

interface OptionItem extends vscode.QuickPickItem {
  readonly option: Option | undefined;
}

function askChoice(question: Question & { readonly kind: "choice" }, step: number): Promise<Asked> {
  const pick = vscode.window.createQuickPick<OptionItem>();
  Object.assign(pick, { title: localize(question.title), matchOnDescription: true, matchOnDetail: true });
  pick.items = question.options.length === 0 ? [toNone(question.none)] : toItems(question.options);
  const chosen = (): Asked | undefined => {
    const option = pick.selectedItems[0]?.option;
    return option && !option.unavailable ? { kind: "answer", value: option.value } : undefined;
  };
  return answered(pick, step, chosen);
}

/** What cannot be chosen stays visible below the rest, with its reason. */
function toItems(options: readonly Option[]): OptionItem[] {
  const available = options.filter(({ unavailable }) => !unavailable).map(toItem);
  const others = options.filter(({ unavailable }) => unavailable).map(toItem);
  if (others.length === 0) return available;
  const separator = { label: vscode.l10n.t("Not available"), kind: vscode.QuickPickItemKind.Separator };
  return [...available, { ...separator, option: undefined }, ...others];
}

function toItem(option: Option): OptionItem {
  const { label, description, detail, unavailable } = option;
  return {
    label: unavailable ? `$(circle-slash) ${textOf(label)}` : textOf(label),
    ...(description === undefined ? {} : { description: textOf(description) }),
    ...(unavailable === undefined && detail === undefined ? {} : { detail: textOf(unavailable ?? detail ?? "") }),
    option,
  };
}

function toNone(none: Sentence): OptionItem {
  return { label: textOf(none), option: undefined };
}

function textOf(text: string | Sentence): string {
  return escapeIcons(plainText(typeof text === "string" ? text : localize(text), 400));
}

function askText(question: Question & { readonly kind: "text" }, step: number): Promise<Asked> {
  const input = vscode.window.createInputBox();
  Object.assign(input, { title: localize(question.title), prompt: localize(question.prompt), value: question.value });
  const validate = (): boolean => {
    const problem = question.problem(input.value);
    input.validationMessage = problem === undefined ? undefined : plainText(localize(problem), 400);
    return problem === undefined;
  };
  const validating = input.onDidChangeValue(validate);
  const typed = (): Asked | undefined => (validate() ? { kind: "answer", value: input.value } : undefined);
  return answered(input, step, typed).finally(() => void validating.dispose());
}

/** Settles when the input is accepted with an answer, left by its Back button, or hidden. */
function answered(
  input: vscode.QuickPick<OptionItem> | vscode.InputBox,
  step: number,
  answer: () => Asked | undefined,
): Promise<Asked> {
  return new Promise<Asked>((resolve) => {
    const settle = (asked: Asked): void => {
      resolve(asked);
      disposeAll([...subscriptions, input]);
    };
    const subscriptions = [
      input.onDidAccept(() => {
        const asked = answer();
        if (asked) settle(asked);
      }),
      input.onDidTriggerButton(() => settle({ kind: "back" })),
      input.onDidHide(() => settle({ kind: "dismissed" })),
    ];
    input.step = step;
    input.ignoreFocusOut = true; // a price is looked up elsewhere in between
    if (step > 1) input.buttons = [vscode.QuickInputButtons.Back];
    input.show();
  });
}
