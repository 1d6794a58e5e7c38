import * as vscode from "vscode";
import type { Environment } from "../core/environment.ts";
import type { Inventory } from "../core/inventory.ts";
import { GpuDevError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import { sentence } from "../core/sentence.ts";
import type { Health } from "../health/watch.ts";
import type { Log } from "../ui/log.ts";
import { calledOn } from "../ui/commandArgument.ts";
import { pickEnvironment } from "../ui/pickEnvironment.ts";
import { withProgress, withViewProgress } from "../ui/progress.ts";
import type { CommandHandler } from "../ui/runCommand.ts";
import { cloudCommands, type CloudParts } from "./cloudCommands.ts";
import { VIEW_ID, type CommandId } from "./commandIds.ts";
import { connect, type ConnectParts } from "./connect.ts";
import { copyDiagnostics } from "./copyDiagnostics.ts";
import { addSshHost, chooseHosts, hideHost } from "./hosts.ts";
import { tellOfOldHostKey, type OldHostKey } from "./oldHostKey.ts";
import { removeSshInclude, type RemovableInclude } from "./removeSshInclude.ts";
import { copySshCommand, openTerminal, type TerminalParts } from "./terminal.ts";

/** What the commands call, made by the composition root. */
export interface CommandParts {
  readonly inventory: Inventory;
  readonly health: Health;
  readonly log: Log;
  readonly version: string;
  readonly isShown: (environment: Environment) => boolean;
  readonly isHost: (text: string) => Promise<boolean>;
  readonly connecting: ConnectParts;
  readonly terminals: TerminalParts;
  readonly include: RemovableInclude;
  /** From the platform of the machine, where it tells them. */
  readonly learnHostKeys: (environment: Environment, signal: AbortSignal) => Promise<void>;
  readonly trustChangedHostKey: (environment: Environment, signal: AbortSignal) => Promise<readonly OldHostKey[]>;
  readonly showHealth: (environmentId: string) => Promise<void>;
  readonly showFleet: () => Promise<void>;
  /** Keeps an environment in the status bar; undefined: none. */
  readonly pin: (environmentId: string | undefined) => void;
  readonly clouds: Omit<CloudParts, "inventory" | "isShown">;
}

type Handlers<Id extends CommandId> = Readonly<Record<Id, CommandHandler>>;

/** A handler for every command of package.json. */
export function createCommands(parts: CommandParts): Handlers<CommandId> {
  const { inventory, isShown, clouds } = parts;
  return {
    ...{ ...connectCommands(parts), ...watchCommands(parts), ...hostCommands(parts), ...helpCommands(parts) },
    ...cloudCommands({ ...clouds, inventory, isShown }),
  };
}

/** Runs `act` on the environment that the command was called on, be it hidden meanwhile, or on one that the user picks. */
function on(
  { inventory, isShown }: CommandParts,
  title: string,
  eligible: (environment: Environment) => boolean,
  act: (environment: Environment) => unknown,
): CommandHandler {
  return async (argument) => {
    const called = calledOn(argument);
    const candidates = (): readonly Environment[] =>
      inventory.environments().filter((environment) => isShown(environment) && eligible(environment));
    const environment = called
      ? inventory.existing(called.environmentId, called.providerId)
      : await pickEnvironment(candidates(), title);
    if (environment && !eligible(environment))
      throw new GpuDevError("unsupported", sentence("{0} is not reached over SSH.", environment.name));
    if (environment) await act(environment);
  };
}

const anyKind = (): boolean => true;
const overSsh = ({ reach }: Environment): boolean => reach === "ssh";

function connectCommands(
  parts: CommandParts,
): Handlers<
  "gpuDev.connectInNewWindow" | "gpuDev.connectInCurrentWindow" | "gpuDev.openTerminal" | "gpuDev.copySshCommand"
> {
  const { connecting, terminals } = parts;
  return {
    "gpuDev.connectInNewWindow": on(parts, vscode.l10n.t("Connect in New Window"), overSsh, (environment) =>
      connect(connecting, environment, "new"),
    ),
    "gpuDev.connectInCurrentWindow": on(parts, vscode.l10n.t("Connect in Current Window"), overSsh, (environment) =>
      connect(connecting, environment, "current"),
    ),
    "gpuDev.openTerminal": on(parts, vscode.l10n.t("Open Terminal"), anyKind, (environment) =>
      openTerminal(terminals, environment),
    ),
    "gpuDev.copySshCommand": on(parts, vscode.l10n.t("Copy SSH Command"), overSsh, (environment) =>
      copySshCommand(terminals, environment),
    ),
  };
}

function watchCommands(
  parts: CommandParts,
): Handlers<
  | "gpuDev.showGpuHealth"
  | "gpuDev.showFleetHealth"
  | "gpuDev.reconnect"
  | "gpuDev.trustChangedHostKey"
  | "gpuDev.pinToStatusBar"
  | "gpuDev.unpinFromStatusBar"
> {
  const { health } = parts;
  return {
    "gpuDev.showGpuHealth": on(parts, vscode.l10n.t("Show GPU Health"), anyKind, ({ id }) => parts.showHealth(id)),
    "gpuDev.showFleetHealth": () => parts.showFleet(),
    "gpuDev.reconnect": on(parts, vscode.l10n.t("Reconnect"), anyKind, (environment) =>
      withProgress(vscode.l10n.t("Connecting to {0}", plainText(environment.name)), async (signal) => {
        await parts.learnHostKeys(environment, signal);
        await health.reconnect(environment.id, signal);
      }),
    ),
    "gpuDev.trustChangedHostKey": on(parts, vscode.l10n.t("Trust Changed Host Key"), overSsh, (environment) =>
      withProgress(vscode.l10n.t("Reading the host key of {0}", plainText(environment.name)), async (signal) => {
        for (const oldKey of await parts.trustChangedHostKey(environment, signal)) void tellOfOldHostKey(oldKey);
        await health.reconnect(environment.id, signal); // the refusal is over, and nothing else would try again
      }),
    ),
    "gpuDev.pinToStatusBar": on(parts, vscode.l10n.t("Show in Status Bar"), anyKind, ({ id }) => {
      parts.pin(id);
    }),
    "gpuDev.unpinFromStatusBar": () => {
      parts.pin(undefined);
    },
  };
}

function hostCommands(
  parts: CommandParts,
): Handlers<
  "gpuDev.chooseHosts" | "gpuDev.hideHost" | "gpuDev.addSshHost" | "gpuDev.refresh" | "gpuDev.removeSshInclude"
> {
  const { inventory, health, isHost, include } = parts;
  return {
    "gpuDev.chooseHosts": () => chooseHosts(inventory.environments().filter(overSsh)),
    "gpuDev.hideHost": on(parts, vscode.l10n.t("Hide Host"), overSsh, hideHost),
    "gpuDev.addSshHost": () => addSshHost(isHost),
    "gpuDev.refresh": async () => {
      await withViewProgress(VIEW_ID, () => inventory.refreshAll());
      health.tryAgain();
    },
    "gpuDev.removeSshInclude": () => removeSshInclude(include),
  };
}

function helpCommands({
  log,
  version,
  inventory,
  health,
}: CommandParts): Handlers<"gpuDev.showLog" | "gpuDev.copyDiagnostics"> {
  return {
    "gpuDev.showLog": () => {
      log.show();
    },
    "gpuDev.copyDiagnostics": () =>
      copyDiagnostics({
        version,
        platform: `${process.platform} ${process.arch}`,
        inventory,
        health,
        recentLog: () => log.recent(),
        redact: (text) => log.redact(text),
      }),
  };
}
