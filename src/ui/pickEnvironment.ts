import * as vscode from "vscode";
import type { Environment } from "../core/environment.ts";
import { plainText } from "../core/plainText.ts";
import { escapeIcons } from "./escapeIcons.ts";
import { localize } from "./localize.ts";

/** The user's choice; undefined when the user chose none. */
export async function pickEnvironment(
  candidates: readonly Environment[],
  title: string,
): Promise<Environment | undefined> {
  if (candidates.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t("No environment in the view fits this command."));
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(
    candidates.map((environment) => ({
      label: escapeIcons(plainText(environment.name)),
      description: escapeIcons(plainText(localize(environment.kind))),
      environment,
    })),
    { title, placeHolder: vscode.l10n.t("Choose an environment"), matchOnDescription: true },
  );
  return picked?.environment;
}

/**
 * The id of the environment of the row, page or link a command was called from; undefined from the command palette.
 * Commands are public: what they are called with is anyone's value.
 */
export function environmentIdOf(argument: unknown): string | undefined {
  if (typeof argument === "string") return argument;
  if (typeof argument !== "object" || argument === null || !("environmentId" in argument)) return undefined;
  return typeof argument.environmentId === "string" ? argument.environmentId : undefined;
}
