import * as vscode from "vscode";
import { eachOnce, type Environment, type PowerOperation } from "../core/environment.ts";
import type { Inventory } from "../core/inventory.ts";
import { calledOn, textOf } from "../ui/commandArgument.ts";
import { pickEnvironment } from "../ui/pickEnvironment.ts";
import type { CommandHandler } from "../ui/runCommand.ts";
import { chooseAwsAccounts, type AwsChoices } from "./chooseAwsAccounts.ts";
import type { CommandId } from "./commandIds.ts";
import { choosePower, pause, power, type PowerParts } from "./power.ts";
import { provision, type ProvisionParts } from "./provision.ts";
import { signIn } from "./signIn.ts";
import { discardUnfinished, finishUnfinished } from "./unfinished.ts";

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
    "gpuDev.finishUnfinished": (argument) => finishUnfinished(parts, textOf(argument, "operationId")),
    "gpuDev.discardUnfinished": (argument) => discardUnfinished(parts, textOf(argument, "operationId")),
  };
}

/** Acts on every selected row, or on one that the user picks. */
function onMany(
  { inventory, isShown }: { readonly inventory: Inventory; readonly isShown: CloudParts["isShown"] },
  fits: (environment: Environment) => boolean,
  act: (environments: readonly Environment[]) => Promise<unknown>,
): CommandHandler {
  return async (argument, selection) => {
    const rows = (Array.isArray(selection) ? (selection as readonly unknown[]) : [argument]).map(calledOn);
    const called = rows
      .filter((row) => row !== undefined)
      .map(({ environmentId, providerId }) => inventory.existing(environmentId, providerId));
    if (called.length > 0) return act(eachOnce(called));
    const candidates = inventory.environments().filter((environment) => isShown(environment) && fits(environment));
    const picked = await pickEnvironment(candidates, vscode.l10n.t("GPU Environments"));
    return picked && act([picked]);
  };
}
