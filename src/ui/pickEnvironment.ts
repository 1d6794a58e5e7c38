import * as vscode from "vscode";
import { eachOnce, type Environment } from "../core/environment.ts";
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
    eachOnce(candidates).map((environment) => ({
      label: escapeIcons(plainText(environment.name)),
      description: escapeIcons(plainText(localize(environment.kind))),
      environment,
    })),
    { title, placeHolder: vscode.l10n.t("Choose an environment"), matchOnDescription: true },
  );
  return picked?.environment;
}
