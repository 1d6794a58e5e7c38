import * as vscode from "vscode";
import { questionText, type AnswersQuestion, type HostKeyQuestion, type PassphraseQuestion } from "../core/ask.ts";
import { abortable } from "../core/waiting.ts";
import { plainText } from "../core/plainText.ts";
import { escapeLinks } from "./escapeLinks.ts";

/** Asked once per unknown key, with what the user needs in order to compare; a changed key is asked about as such. */
export async function askToTrustHostKey(question: HostKeyQuestion, signal: AbortSignal): Promise<boolean> {
  const where = plainText(question.port === 22 ? question.host : `${question.host}:${String(question.port)}`);
  return question.trustedFingerprints.length === 0
    ? askAboutUnknownKey(where, question, signal)
    : askAboutChangedKey(where, question, signal);
}

async function askAboutUnknownKey(where: string, question: HostKeyQuestion, signal: AbortSignal): Promise<boolean> {
  const trust = vscode.l10n.t("Trust and Connect");
  const detail = vscode.l10n.t(
    "{0} key with fingerprint\n{1}\n\nCompare it with what the owner of the machine says. It is remembered for this extension; from then on another key is refused.",
    plainText(question.keyType),
    question.fingerprint,
  );
  const title = vscode.l10n.t("The host key of {0} is not known yet.", where);
  return (
    (await unlessAborted(signal, vscode.window.showWarningMessage(title, { modal: true, detail }, trust))) === trust
  );
}

/** Dangerous: both fingerprints are shown, and the safe answer is the easy one. */
async function askAboutChangedKey(where: string, question: HostKeyQuestion, signal: AbortSignal): Promise<boolean> {
  const replace = vscode.l10n.t("Replace the Trusted Key");
  const detail = vscode.l10n.t(
    "Either the machine was reinstalled, or someone is between you and it.\n\nTrusted so far: {0}\nOffered: {1}\n\nReplace the trusted key only if the owner of the machine confirms the fingerprint that is offered.",
    question.trustedFingerprints.join(", "),
    question.fingerprint,
  );
  const title = vscode.l10n.t("The host key of {0} has CHANGED.", where);
  const answer = await unlessAborted(signal, vscode.window.showWarningMessage(title, { modal: true, detail }, replace));
  return answer === replace;
}

export async function askPassphrase(question: PassphraseQuestion, signal: AbortSignal): Promise<string | undefined> {
  return askForText(signal, {
    title: vscode.l10n.t("Passphrase of {0}", plainText(question.keyFile)),
    prompt:
      question.attempt > 1
        ? vscode.l10n.t("That passphrase did not open the key. Try another one.")
        : vscode.l10n.t("Kept in memory until the editor closes. With an SSH agent you are not asked."),
    password: true,
  });
}

/** Password and keyboard-interactive prompts, one after the other; undefined when the user gives up. */
export async function askAnswers(
  question: AnswersQuestion,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const answers: string[] = [];
  for (const prompt of question.prompts) {
    const answer = await askForText(signal, {
      title: plainText(`${question.user}@${question.host}`),
      prompt: escapeLinks(questionText(question, prompt)),
      password: !prompt.echo,
    });
    if (answer === undefined) return undefined;
    answers.push(answer);
  }
  return answers;
}

/** Stays open while the user looks the answer up elsewhere; an abort closes it. */
async function askForText(signal: AbortSignal, options: vscode.InputBoxOptions): Promise<string | undefined> {
  const source = new vscode.CancellationTokenSource();
  try {
    return await abortable(signal, (resolve, reject) => {
      vscode.window.showInputBox({ ...options, ignoreFocusOut: true }, source.token).then(resolve, reject);
      return () => source.cancel();
    });
  } finally {
    source.dispose();
  }
}

/** A dialog cannot be closed from code; an abort stops waiting for it. */
function unlessAborted<T>(signal: AbortSignal, question: Thenable<T>): Promise<T> {
  return abortable(signal, (resolve, reject) => {
    question.then(resolve, reject);
    return () => undefined;
  });
}
