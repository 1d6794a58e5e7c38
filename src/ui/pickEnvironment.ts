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

/** An environment that a command was called on. */
export interface CalledOn {
  readonly environmentId: string;
  /** Below whose heading; absent where it was called from elsewhere. */
  readonly providerId?: string;
}

/**
 * What the row, page or link stands for that a command was called from; undefined from the command palette. Commands
 * are public: what they are called with is anyone's value.
 */
export function calledOn(argument: unknown): CalledOn | undefined {
  if (typeof argument === "string") return { environmentId: argument };
  const environmentId = textOf(argument, "environmentId");
  const providerId = textOf(argument, "providerId");
  if (environmentId === undefined) return undefined;
  return { environmentId, ...(providerId === undefined ? {} : { providerId }) };
}

/** A text in an argument of a command. */
export function textOf(argument: unknown, key: string): string | undefined {
  if (typeof argument !== "object" || argument === null) return undefined;
  const value: unknown = Object.entries(argument).find(([name]) => name === key)?.[1];
  return typeof value === "string" ? value : undefined;
}
