import * as vscode from "vscode";
import type { Environment, PowerOperation } from "../core/environment.ts";
import { GpuDevError } from "../core/error.ts";
import type { Inventory } from "../core/inventory.ts";
import { plainText } from "../core/plainText.ts";
import { sentence } from "../core/sentence.ts";
import { environmentIdOf, pickEnvironment } from "../ui/pickEnvironment.ts";
import { withProgress } from "../ui/progress.ts";
import type { CommandHandler } from "../ui/runCommand.ts";
import { chooseAwsAccounts, type AwsChoices } from "./chooseAwsAccounts.ts";
import type { CommandId } from "./commandIds.ts";
import { choosePower, pause, power, type PowerParts } from "./power.ts";
import { provision, tellReady, type ProvisionParts } from "./provision.ts";
import { signIn } from "./signIn.ts";

export interface CloudParts extends PowerParts, ProvisionParts {
  readonly isShown: (environment: Environment) => boolean;
  readonly aws: AwsChoices;
}

type CloudCommandId = Extract<
  CommandId,
  | "gpuDev.chooseAwsAccounts"
  | "gpuDev.delete"
  | "gpuDev.discardUnfinished"
  | "gpuDev.finishUnfinished"
  | "gpuDev.hibernate"
  | "gpuDev.pause"
  | "gpuDev.power"
  | "gpuDev.provision"
  | "gpuDev.restart"
  | "gpuDev.resume"
  | "gpuDev.signIn"
  | "gpuDev.stop"
>;

/** What can be done with machines that a cloud manages. */
export function cloudCommands(parts: CloudParts): Readonly<Record<CloudCommandId, CommandHandler>> {
  const { inventory } = parts;
  const doing = (operation: PowerOperation): CommandHandler =>
    onMany(
      parts,
      ({ operations }) => operations[operation].available,
      (chosen) => power(parts, operation, chosen),
    );
  const isManaged = ({ state }: Environment): boolean => state !== "unmanaged";
  const canPause = ({ operations }: Environment): boolean =>
    operations.hibernate.available || operations.stop.available;
  return {
    "gpuDev.resume": doing("start"),
    "gpuDev.stop": doing("stop"),
    "gpuDev.hibernate": doing("hibernate"),
    "gpuDev.restart": doing("restart"),
    "gpuDev.delete": doing("delete"),
    "gpuDev.pause": onMany(parts, canPause, (chosen) => pause(parts, chosen)),
    "gpuDev.power": onMany(parts, isManaged, async ([first]) => first && choosePower(parts, first)),
    "gpuDev.provision": (argument) => provision(parts, textOf(argument, "providerId")),
    "gpuDev.chooseAwsAccounts": () => chooseAwsAccounts(parts.aws),
    "gpuDev.signIn": (argument) => signIn(inventory, textOf(argument, "providerId")),
    "gpuDev.finishUnfinished": (argument) => finish(parts, textOf(argument, "operationId")),
    "gpuDev.discardUnfinished": (argument) => discard(parts, textOf(argument, "operationId")),
  };
}

/** Acts on every selected row, or on one that the user picks. */
function onMany(
  { inventory, isShown }: { readonly inventory: Inventory; readonly isShown: CloudParts["isShown"] },
  fits: (environment: Environment) => boolean,
  act: (environments: readonly Environment[]) => Promise<unknown>,
): CommandHandler {
  return async (argument, selection) => {
    const ids = (Array.isArray(selection) ? (selection as readonly unknown[]) : [argument]).map(environmentIdOf);
    const called = ids.filter((id) => id !== undefined).map((id) => inventory.existing(id));
    if (called.length > 0) return act(called);
    const candidates = inventory.environments().filter((environment) => isShown(environment) && fits(environment));
    const picked = await pickEnvironment(candidates, vscode.l10n.t("GPU Environments"));
    return picked && act([picked]);
  };
}

async function finish(parts: CloudParts, operationId: string | undefined): Promise<void> {
  const operations = await parts.operations();
  const left = found(operations.unfinished, operationId);
  const title = vscode.l10n.t("Provisioning {0}", plainText(left.name));
  const environment = await withProgress(title, (signal, report) => operations.finish(left.id, { signal, report }));
  void tellReady(environment);
}

async function discard(parts: CloudParts, operationId: string | undefined): Promise<void> {
  const operations = await parts.operations();
  const left = found(operations.unfinished, operationId);
  const remove = vscode.l10n.t("Delete");
  const message = vscode.l10n.t("Delete what {0} left behind?", plainText(left.name));
  const detail = vscode.l10n.t("Whatever this operation made in the cloud is deleted, with everything on it.");
  if ((await vscode.window.showWarningMessage(message, { modal: true, detail }, remove)) !== remove) return;
  const title = vscode.l10n.t("Deleting what {0} left behind", plainText(left.name));
  await withProgress(title, (signal, report) => operations.discard(left.id, { signal, report }));
}

function found<T extends { readonly id: string }>(unfinished: readonly T[], id: string | undefined): T {
  const [only] = unfinished;
  const wanted = id === undefined && unfinished.length === 1 ? only : unfinished.find((one) => one.id === id);
  if (wanted) return wanted;
  throw new GpuDevError("not-found", sentence("There is no such unfinished operation. Refresh the view."));
}

/** Commands are public: what they are called with is anyone's value. */
function textOf(argument: unknown, key: string): string | undefined {
  if (typeof argument !== "object" || argument === null) return undefined;
  const value: unknown = Object.entries(argument).find(([name]) => name === key)?.[1];
  return typeof value === "string" ? value : undefined;
}
