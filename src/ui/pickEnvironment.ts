import * as vscode from "vscode";
import type { Environment } from "../core/environment.ts";
import { plainText } from "../core/plainText.ts";
import { escapeIcons } from "./escapeIcons.ts";

/**
 * The environment a command is about: the one of the tree row or link it was called from, else the user's choice.
 * Undefined when the user chose none.
 */
export async function targetEnvironment(
  argument: unknown,
  candidates: readonly Environment[],
  title: string,
): Promise<Environment | undefined> {
  const id = environmentIdOf(argument);
  if (id !== undefined) return candidates.find((environment) => environment.id === id);
  if (candidates.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t("There is no environment for this command yet."));
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(
    candidates.map((environment) => ({
      label: escapeIcons(plainText(environment.name)),
      description: escapeIcons(plainText(environment.kind)),
      environment,
    })),
    { title, placeHolder: vscode.l10n.t("Choose an environment"), matchOnDescription: true },
  );
  return picked?.environment;
}

/** Commands are public: what they are called with is anyone's value. */
function environmentIdOf(argument: unknown): string | undefined {
  if (typeof argument === "string") return argument;
  if (typeof argument !== "object" || argument === null || !("environmentId" in argument)) return undefined;
  return typeof argument.environmentId === "string" ? argument.environmentId : undefined;
}
