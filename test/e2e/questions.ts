import type { Page } from "playwright-core";
import * as ui from "./workbench.ts";

/** What a person answers to a question; whatever is not named here is taken as it is offered. */
export type PersonsAnswers = Readonly<Record<string, { readonly pick: string } | { readonly type: string }>>;

const WAIT_MS = 60_000;
const MOST_QUESTIONS = 20;

/** Answers question after question until a dialog takes their place. */
export async function answerQuestions(page: Page, answers: PersonsAnswers): Promise<void> {
  for (let step = 1; step <= MOST_QUESTIONS; step++) {
    // Each has its number in its title, so that none is answered twice.
    const title = ui.inputTitle(page, `(${String(step)})`);
    const dialog = page.locator(".monaco-dialog-box");
    await title.or(dialog).first().waitFor({ timeout: WAIT_MS });
    if (await dialog.isVisible()) return;
    const asked = (await title.innerText()).replace(/ \(\d+\)$/, "");
    const answer = answers[asked];
    if (answer && "pick" in answer) {
      await ui.pick(page, answer.pick);
      continue;
    }
    if (answer) await ui.inputBox(page).fill(answer.type);
    await page.keyboard.press("Enter");
  }
  throw new Error("The questions do not end.");
}
